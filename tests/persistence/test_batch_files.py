"""Batches on the database: numbered without gaps or doubles, one at a time for each agency, whoever dies."""

import hashlib
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from tellusonce.persistence.batch_files import AcknowledgementFiles, BatchFiles
from tellusonce.persistence.database import Database
from tellusonce.services.acknowledgement_files import ReadBefore
from tellusonce.services.batch_files import BatchUnderWay, LastBatch
from tests.persistence.stored import COUNCIL_TAX, STATE_PENSION, query

_DIGEST = hashlib.sha256(b"a file").digest()


def test_numbers_go_up_by_one_for_each_agency(database: Database) -> None:
    """An agency's first batch is 1, and the next has the next number, whatever other agencies get."""
    assert [_place(database, STATE_PENSION) for _ in range(3)] == [1, 2, 3]
    assert _place(database, COUNCIL_TAX) == 1


def test_what_was_not_recorded_has_its_number_still(database: Database) -> None:
    """Where a process dies before its batch is recorded the next batch has the same number."""
    with BatchFiles(database).next_batch(STATE_PENSION, 0) as batch:
        assert batch.number == 1
    assert _place(database, STATE_PENSION) == 1


def test_one_batch_at_a_time_for_each_agency(database: Database) -> None:
    """While one process makes a batch no other does for that agency, and any may for another."""
    batches = BatchFiles(database)
    with batches.next_batch(STATE_PENSION, 0):
        with pytest.raises(BatchUnderWay), batches.next_batch(STATE_PENSION, 0.3):
            pass
        assert _place(database, COUNCIL_TAX) == 1
    assert _place(database, STATE_PENSION) == 1


def test_many_at_once_never_share_a_number(database: Database) -> None:
    """However many processes make batches for one agency at once, each gets its turn and a number of its own."""
    with ThreadPoolExecutor(6) as threads:
        numbers = list(threads.map(lambda _: _place(database, STATE_PENSION, wait_seconds=20), range(6)))
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]


def test_a_batch_takes_no_connection_from_the_pool(database: Database) -> None:
    """More batches than the pool has connections leave all of these to others, and give their own back at the end."""
    done = threading.Event()
    agencies = [f"agency-{number}" for number in range(10)]
    started = threading.Barrier(len(agencies) + 1)

    def make(agency: str) -> None:
        with BatchFiles(database).next_batch(agency, 0):
            started.wait(20)
            done.wait(20)

    with ThreadPoolExecutor(len(agencies)) as threads:
        making = [threads.submit(make, agency) for agency in agencies]
        started.wait(20)
        assert query(database, "SELECT 1") == [(1,)]
        done.set()
        for each in making:
            each.result()
    ((connections,),) = query(
        database, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert connections <= 8


def test_who_has_lost_the_turn_records_nothing(database: Database) -> None:
    """Where the session that held the turn is gone nothing is recorded on another: somebody else may have it."""
    with BatchFiles(database).next_batch(STATE_PENSION, 0) as batch:
        query(
            database,
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()",
        )
        with pytest.raises(psycopg.OperationalError):
            batch.record("dwp-state-pension-000001.csv", 1, _DIGEST)
    assert query(database, "SELECT * FROM batch_file") == []
    assert _place(database, STATE_PENSION) == 1


def test_the_last_batch_is_told_with_the_databases_time(database: Database) -> None:
    """What decides whether a batch is due is one clock's: when the last was placed, and what time it is there."""
    batches = BatchFiles(database)
    now, last = batches.last_batch(STATE_PENSION)
    assert last is None
    for _ in range(2):
        _place(database, STATE_PENSION, count=7)
    query(database, "UPDATE batch_file SET placed_at = now() - interval '1 day', count = 6 WHERE number = 1")
    later, last = batches.last_batch(STATE_PENSION)
    assert last is not None
    assert now < last.placed_at <= later < now + timedelta(minutes=1)
    assert last == LastBatch(last.placed_at, 7)


def test_a_file_that_was_read_is_known_by_its_digest(database: Database) -> None:
    """An agency's file is known again by what is in it; another agency's is not."""
    files = AcknowledgementFiles(database)
    assert files.read_before(STATE_PENSION, _DIGEST) is None
    for name in ("first.csv", "second.csv"):
        files.add(STATE_PENSION, _DIGEST, ReadBefore(name, 3, 1))
    assert files.read_before(STATE_PENSION, _DIGEST) == ReadBefore("first.csv", 3, 1)
    assert files.read_before(COUNCIL_TAX, _DIGEST) is None
    assert files.read_before(STATE_PENSION, hashlib.sha256(b"another").digest()) is None


def test_what_is_recorded_of_a_batch(database: Database) -> None:
    """Name, count and digest of each batch stay on record."""
    _place(database, STATE_PENSION, count=2)
    rows: Sequence[object] = query(database, "SELECT agency, number, name, count, sha256 FROM batch_file")
    assert rows == [(STATE_PENSION, 1, "dwp-state-pension-000001.csv", 2, _DIGEST)]


def _place(database: Database, agency: str, count: int = 1, wait_seconds: float = 0) -> int:
    with BatchFiles(database).next_batch(agency, wait_seconds) as batch:
        batch.record(f"{agency}-{batch.number:06}.csv", count, _DIGEST)
        return batch.number
