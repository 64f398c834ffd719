"""Signing secrets: derived, changed by generations, two of them live at the most."""

from functools import partial

import pytest

from tellusonce.channels.signing import signing_secret
from tellusonce.persistence.database import Database
from tellusonce.persistence.signing_keys import StoredSigningKeys
from tellusonce.services.signing_keys import NothingToRetire, RotationUnfinished, SigningKeys
from tests.persistence.racing import at_once
from tests.persistence.stored import query

_MASTER = bytes(range(32))
_AGENCY = "holmshire-council-tax"
_ACTOR = "supervisor:Olwen Reece"


def test_an_agency_has_its_first_secret(database: Database) -> None:
    """Before any change an agency has the one secret that it always had, and no row says so."""
    assert _keys(database).secrets(_AGENCY) == (signing_secret(_MASTER, _AGENCY),)
    assert query(database, "SELECT * FROM signing_key") == []


def test_a_new_secret_leaves_the_one_before_live(database: Database) -> None:
    """A rotation gives the new secret; pushes are signed by both, the newer one first."""
    keys = _keys(database)
    (older,) = keys.secrets(_AGENCY)
    newer = keys.rotate(_AGENCY, _ACTOR)
    assert newer != older
    assert keys.secrets(_AGENCY) == (newer, older)


def test_the_older_secret_is_retired(database: Database) -> None:
    """Once the agency knows the new secret the older one is ended, and stays on record with its times."""
    keys = _keys(database)
    newer = keys.rotate(_AGENCY, _ACTOR)
    keys.retire(_AGENCY, _ACTOR)
    assert keys.secrets(_AGENCY) == (newer,)
    assert query(
        database, "SELECT generation, made_at <= now(), retired_at IS NULL FROM signing_key ORDER BY generation"
    ) == [(1, True, False), (2, True, True)]


def test_a_change_reaches_other_processes_within_a_second(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker goes on by what it has read, for at most a second; who made the change goes by it at once."""
    supervisors, workers = _keys(database), _keys(database)
    before = workers.secrets(_AGENCY)
    newer = supervisors.rotate(_AGENCY, _ACTOR)
    assert supervisors.secrets(_AGENCY) == (newer, *before)
    assert workers.secrets(_AGENCY) == before
    monkeypatch.setattr("time.monotonic", lambda: workers._current_until)
    assert workers.secrets(_AGENCY) == (newer, *before)


def test_a_third_secret_waits_for_the_first_to_be_retired(database: Database) -> None:
    """While two are live no other is made: it would cut off an agency that still uses the first."""
    keys = _keys(database)
    keys.rotate(_AGENCY, _ACTOR)
    both = keys.secrets(_AGENCY)
    with pytest.raises(RotationUnfinished):
        keys.rotate(_AGENCY, _ACTOR)
    assert keys.secrets(_AGENCY) == both


def test_the_last_secret_is_not_retired(database: Database) -> None:
    """An agency is never left without a secret, neither at first nor after a change."""
    keys = _keys(database)
    with pytest.raises(NothingToRetire):
        keys.retire(_AGENCY, _ACTOR)
    newer = keys.rotate(_AGENCY, _ACTOR)
    keys.retire(_AGENCY, _ACTOR)
    with pytest.raises(NothingToRetire):
        keys.retire(_AGENCY, _ACTOR)
    assert keys.secrets(_AGENCY) == (newer,)


def test_no_secret_comes_back(database: Database) -> None:
    """However often it is changed, a secret that was retired is never live again."""
    keys = _keys(database)
    seen = [keys.secrets(_AGENCY)[0]]
    for _ in range(4):
        seen.append(keys.rotate(_AGENCY, _ACTOR))
        keys.retire(_AGENCY, _ACTOR)
    assert len(set(seen)) == 5
    assert keys.secrets(_AGENCY) == (seen[-1],)


def test_a_change_leaves_other_agencies_alone(database: Database) -> None:
    """Each agency's secrets are changed by themselves."""
    keys = _keys(database)
    before = keys.secrets("holmshire-housing-benefit")
    keys.rotate(_AGENCY, _ACTOR)
    assert keys.secrets("holmshire-housing-benefit") == before


def test_no_secret_is_stored(database: Database) -> None:
    """A row holds which generation is live and nothing that anything could be signed by."""
    keys = _keys(database)
    keys.rotate(_AGENCY, _ACTOR)
    rows = str(query(database, "SELECT * FROM signing_key"))
    assert not any(secret.removeprefix("whsec_") in rows for secret in keys.secrets(_AGENCY))


def test_changes_at_once_make_one_new_secret(database: Database) -> None:
    """Of several rotations at once one is done and the others are refused; so it is with retiring."""
    keys = _keys(database)
    rotated = at_once([partial(keys.rotate, _AGENCY, _ACTOR)] * 4)
    assert sorted(type(each).__name__ for each in rotated) == ["RotationUnfinished"] * 3 + ["str"]
    assert len(keys.secrets(_AGENCY)) == 2
    retired = at_once([partial(keys.retire, _AGENCY, _ACTOR)] * 4)
    assert [type(each) for each in retired].count(NothingToRetire) == 3
    assert len(keys.secrets(_AGENCY)) == 1


def _keys(database: Database) -> SigningKeys:
    return SigningKeys(StoredSigningKeys(database), partial(signing_secret, _MASTER))
