"""API keys: only digests are kept, and each principal has one in force."""

import hashlib
from functools import partial

import pytest

from tellusonce.persistence.api_keys import StoredKeys
from tellusonce.persistence.database import Database
from tellusonce.services.api_keys import ApiKeys, Principal, Role
from tests.persistence.racing import at_once
from tests.persistence.stored import query

_REGISTRAR = Principal("Holmshire register office", Role.REGISTRAR, district="holmshire")
_AGENCY = Principal("agency key", Role.AGENCY, agency="holmshire-council-tax")
_STAFF = Principal("Service desk", Role.STAFF)
_ALL = (_REGISTRAR, _AGENCY, _STAFF, Principal("Night shift", Role.OPERATOR))


def test_a_key_says_whose_it_is(database: Database) -> None:
    """Who shows the key they were issued is known as they were named then."""
    keys = _keys(database)
    issued = {keys.issue(principal): principal for principal in _ALL}
    assert {key: keys.principal(key) for key in issued} == issued


def test_only_the_digest_is_kept(database: Database) -> None:
    """No row holds the key; what is kept is its SHA-256 digest."""
    key = _keys(database).issue(_REGISTRAR)
    rows = query(database, "SELECT * FROM api_key")
    assert query(database, "SELECT digest FROM api_key") == [(hashlib.sha256(key.encode()).digest(),)]
    assert key not in str(rows)
    assert key.encode() not in rows[0]


def test_no_two_keys_are_alike(database: Database) -> None:
    """Each key is new, long, and marked as one of ours so that scanners for leaked secrets can tell."""
    keys = _keys(database)
    issued = {keys.issue(_REGISTRAR) for _ in range(5)}
    assert len(issued) == 5
    assert all(key.startswith("tuo_") and len(key) >= 47 for key in issued)


def test_an_unknown_key_is_nobodys(database: Database) -> None:
    """A key that was never issued is nobody's, whatever it looks like."""
    _keys(database).issue(_REGISTRAR)
    assert {_keys(database).principal(key) for key in ("", "tuo_", "tuo_" + "A" * 43, "\x00", "é")} == {None}


def test_a_revoked_key_is_nobodys(database: Database) -> None:
    """A key that was revoked is as good as unknown."""
    key = _keys(database).issue(_REGISTRAR)
    query(database, "UPDATE api_key SET revoked_at = now()")
    assert _keys(database).principal(key) is None


def test_a_new_key_is_in_place_of_the_earlier(database: Database, subtests: pytest.Subtests) -> None:
    """Issuing a principal's key anew revokes the earlier one, which stays on record."""
    keys = _keys(database)
    for principal in _ALL:
        with subtests.test(principal.role.value):
            earlier, later = keys.issue(principal), keys.issue(principal)
            assert keys.principal(earlier) is None
            assert keys.principal(later) == principal
    assert query(database, "SELECT count(*), count(revoked_at) FROM api_key") == [(2 * len(_ALL), len(_ALL))]


def test_a_new_key_leaves_others_in_force(database: Database) -> None:
    """Who differs in name, role, agency or district keeps their key."""
    keys = _keys(database)
    others = (
        Principal("Amberdale register office", Role.REGISTRAR, district="holmshire"),
        Principal("Holmshire register office", Role.REGISTRAR, district="amberdale"),
        Principal("Holmshire register office", Role.STAFF),
        Principal("Holmshire register office", Role.AGENCY, agency="holmshire-council-tax"),
        Principal("Holmshire register office", Role.AGENCY, agency="holmshire-housing-benefit"),
    )
    issued = {keys.issue(other): other for other in others}
    keys.issue(_REGISTRAR)
    assert {key: keys.principal(key) for key in issued} == issued


def test_keys_issued_at_once_leave_one_in_force(database: Database) -> None:
    """However many are issued at once for one principal, each is given and only one is in force afterwards."""
    keys = _keys(database)
    issued = [key for key in at_once([partial(keys.issue, _STAFF)] * 5) if isinstance(key, str)]
    assert len(issued) == 5
    assert [keys.principal(key) for key in issued].count(_STAFF) == 1


def test_a_revoked_key_keeps_its_time(database: Database) -> None:
    """When a key was revoked stays on record, however many are issued after it."""
    keys = _keys(database)
    for _ in range(2):
        keys.issue(_STAFF)
    revoked = query(database, "SELECT digest, revoked_at FROM api_key WHERE revoked_at IS NOT NULL")
    keys.issue(_STAFF)
    assert set(revoked) < set(query(database, "SELECT digest, revoked_at FROM api_key"))


def _keys(database: Database) -> ApiKeys:
    return ApiKeys(StoredKeys(database))
