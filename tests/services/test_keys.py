"""Rotating master keys while reports are registered and delivered, and retiring them."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from uuid_utils.compat import uuid7

from tellusonce.persistence.blind_index import BlindIndex
from tellusonce.persistence.database import Database
from tellusonce.persistence.drafts import StoredDrafts
from tellusonce.persistence.master_keys import MasterKeyMissing, MasterKeys
from tellusonce.persistence.wrapped_keys import WrappedKeys
from tellusonce.services.drafts import Draft, Owner
from tellusonce.services.keys import KeyInUse, Keys, KeysGiven, NoSuchKey, RotationUnderWay
from tellusonce.settings import Settings
from tests.persistence.stored import a_stored_report, claim, delivered, query, record, stored_facts

TAKEN_UP_SECONDS = 0.05


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    return tmp_path / "master.keys"


@pytest.fixture
def database(database_url: str, ring: Path) -> Iterator[Database]:
    """As a process has it that was started before any rotation."""
    opened = Database(database_url, _settings(ring))
    yield opened
    opened.close()


@pytest.fixture
def operators(database_url: str, ring: Path) -> Iterator[Database]:
    """The same database as the operator's command opens it: with a ring of its own, read from the same file."""
    opened = Database(database_url, _settings(ring))
    yield opened
    opened.close()


def _settings(ring: Path) -> Settings:
    return Settings(master_keys=None, master_keys_file=ring)


def keys_of(database: Database, limit: int = 2, taken_up_seconds: float = TAKEN_UP_SECONDS) -> Keys:
    return Keys(database.encryption.master_keys, WrappedKeys(database), limit, taken_up_seconds)


def nothing_shown(_done: int, _total: int) -> None:
    """As where there is no terminal."""


def wrapped_by(database: Database) -> set[str]:
    return {row[0] for row in query(database, "SELECT master_key FROM report UNION SELECT master_key FROM index_key")}


def test_everything_is_wrapped_anew_and_nothing_encrypted_anew(database: Database, operators: Database) -> None:
    """Each report's key is under the new master key, as is that of the index; the facts stand as they stood."""
    reports = [a_stored_report(database) for _ in range(5)]
    before = query(database, "SELECT report_id, facts FROM report_version ORDER BY 1")
    shown: list[tuple[int, int]] = []
    first = keys_of(operators).rotate(lambda done, total: shown.append((done, total)))
    assert wrapped_by(database) == {first}
    assert shown == [(2, 5), (4, 5), (5, 5)]
    assert query(database, "SELECT report_id, facts FROM report_version ORDER BY 1") == before
    assert stored_facts(database) == [each.facts for each in reports]
    (sought, *_) = sorted(reports[0].sought, key=str)
    assert len(BlindIndex(operators).find([sought], None, None, 10)) == 5


def test_drafts_are_wrapped_anew_too(database: Database, operators: Database) -> None:
    """More of them than go in one transaction; each is read as before."""
    owner = Owner("holmshire", "registrar:Siân Pryce")
    drafts = [Draft(uuid7(), owner, "bereavement", {"deceased": {}}) for _ in range(3)]
    for draft in drafts:
        StoredDrafts(database).add(draft, limit=3)
    first = keys_of(operators).rotate(nothing_shown)
    assert {row[0] for row in query(database, "SELECT master_key FROM draft")} == {first}
    assert [StoredDrafts(operators).find(each.id, owner) is not None for each in drafts] == [True, True, True]


def test_reports_are_registered_and_delivered_meanwhile(database: Database, operators: Database) -> None:
    """A process that was started before goes on as if nothing happened, and none of its reports is lost."""
    ended, failures, registered = threading.Event(), list[Exception](), 0

    def work() -> None:
        nonlocal registered
        while not ended.is_set():
            try:
                a_stored_report(database)
                registered += 1
                record(database, *[delivered(claimed) for claimed in claim(database) if claimed.facts])
            except Exception as failure:
                failures.append(failure)

    worker = threading.Thread(target=work)
    worker.start()
    rotations = 0
    while not failures and (rotations < 3 or registered <= 3):  # on a loaded machine three are over before a report is
        keys_of(operators).rotate(nothing_shown)
        rotations += 1
    ended.set()
    worker.join()
    assert failures == []
    assert registered > 3
    assert len(stored_facts(operators)) == registered
    assert query(database, "SELECT DISTINCT state FROM notification") == [("delivered",)]


def test_a_rotation_that_was_cut_short_goes_on(database: Database, operators: Database) -> None:
    """Run again, it adds no further key, and wraps what is left."""

    def cut_short(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    for _ in range(5):
        a_stored_report(database)
    with pytest.raises(KeyboardInterrupt):
        keys_of(operators).rotate(cut_short)
    assert len(wrapped_by(database)) == 2
    first = keys_of(operators).rotate(nothing_shown)
    assert wrapped_by(database) == {first}
    assert len(operators.encryption.master_keys.ids) == 2


def test_two_do_not_rotate_at_once(database: Database, operators: Database) -> None:
    """The second is told so, and adds nothing."""
    with WrappedKeys(database).alone(), pytest.raises(RotationUnderWay):
        keys_of(operators).rotate(nothing_shown)
    assert len(operators.encryption.master_keys.ids) == 1


def test_a_key_is_retired_once_nothing_needs_it(database: Database, operators: Database) -> None:
    """What stays can be read by the ring that is left, and by a process that holds no other."""
    a_stored_report(database)
    (old,) = operators.encryption.master_keys.ids
    keys = keys_of(operators, taken_up_seconds=0)
    first = keys.rotate(nothing_shown)
    keys.retire(old)
    assert [(each.id, each.wraps, each.in_use) for each in keys.listed()] == [(first, True, True)]
    assert len(stored_facts(database)) == 1


def test_a_key_that_is_needed_is_not_retired(database: Database, operators: Database) -> None:
    """Neither the one that wraps, nor one that has wrapped what is stored, nor one that another may still wrap by."""
    a_stored_report(database)
    (old,) = operators.encryption.master_keys.ids
    at_once, patient = keys_of(operators, taken_up_seconds=0), keys_of(operators, taken_up_seconds=60)
    with pytest.raises(KeyInUse, match="rotate first"):
        at_once.retire(old)
    operators.encryption.master_keys.add()
    with pytest.raises(KeyInUse, match="has wrapped keys of what is stored"):
        at_once.retire(old)
    with pytest.raises(KeyInUse, match="try again in 360 seconds"):
        patient.retire(old)
    with pytest.raises(NoSuchKey):
        at_once.retire("0123456789ab")
    assert len(operators.encryption.master_keys.ids) == 2


def test_a_ring_that_was_lost_is_not_replaced_unseen(database: Database, ring: Path, database_url: str) -> None:
    """Where the file is gone a new one is made as at a first start, and the database refuses it by name."""
    a_stored_report(database)
    (lost,) = database.encryption.master_keys.ids
    ring.unlink()
    restarted = Database(database_url, _settings(ring))
    with pytest.raises(MasterKeyMissing, match=lost):
        a_stored_report(restarted)
    assert [(each.id, each.in_ring) for each in keys_of(restarted).listed()][1:] == [(lost, False)]
    restarted.close()
    assert query(database, "SELECT count(*) FROM report") == [(1,)]


def test_keys_in_the_environment_are_wrapped_anew_and_not_added(database_url: str) -> None:
    """The operator puts a new key first and restarts; the rotation then wraps by it what the other has wrapped."""
    settings = Settings()
    assert settings.master_keys
    given = settings.master_keys.get_secret_value()
    new = "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU="
    before, after = (
        Database(database_url, Settings(master_keys=SecretStr(keys))) for keys in (given, f"{new} {given}")
    )
    with pytest.raises(KeysGiven):
        keys_of(before).rotate(nothing_shown)
    a_stored_report(before)
    first = keys_of(after).rotate(nothing_shown)
    assert wrapped_by(after) == {first} == {MasterKeys(Path("nowhere"), new).ids[0]}
    before.close()
    after.close()
