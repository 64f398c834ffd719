"""Many at once: threads that start together, and a statement held up half way."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import LiteralString, TypeVar

from tellusonce.persistence.database import Database
from tests.persistence.stored import query

_PATIENCE_SECONDS = 10.0
_Given = TypeVar("_Given")


def at_once(calls: Sequence[Callable[[], _Given]]) -> list[_Given | Exception]:
    """What each call gave or raised; each runs in a thread of its own, and none before all have started."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], _Given]) -> _Given | Exception:
        gate.wait(_PATIENCE_SECONDS)
        try:
            return call()
        except Exception as raised:  # the caller judges it
            return raised

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@contextmanager
def held_up(database: Database, lock: LiteralString) -> Iterator[None]:
    """Hold a lock that others run into, in a transaction of its own."""
    with database.cursor() as cursor:
        cursor.execute(lock)
        yield


def wait_until(holds: Callable[[], bool]) -> None:
    """Look until it holds; fails after ten seconds."""
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up_at, "it did not come about in time"
        time.sleep(0.005)


def sessions_waiting_for_locks(database: Database) -> list[int]:
    """The PostgreSQL process ids of those that wait in this database."""
    rows = query(
        database,
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
    return [pid for (pid,) in rows]
