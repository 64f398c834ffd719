"""Lanes that ask at the same time are served together, each with its own, and none fails another."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tellusonce.domain.acknowledgement import Outcome
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.domain.notification import State
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import Lanes
from tellusonce.services.deliver import Claimed
from tellusonce.services.gathering import Gathering
from tellusonce.services.storage import StorageBusy
from tellusonce.settings import Settings
from tests.persistence.stored import a_stored_report, delivered, failed, query, state_of

AGENCIES = ("council-tax", "housing-benefit", "state-pension")
_FIRST = "first-to-ask"


@pytest.fixture
def lanes(database: Database) -> Lanes:
    """One process's; a single failure opens a breaker."""
    return Lanes(database, CircuitBreaker(attempts_at_least=1))


@pytest.fixture
def impatient_lanes(tmp_path: Path, database_url: str) -> Iterator[Lanes]:
    """The same, waiting half a second for a lock."""
    impatient = Database(database_url, Settings(data_dir=tmp_path, lock_timeout_seconds=0.5))
    yield Lanes(impatient, CircuitBreaker())
    impatient.close()


def test_what_several_lanes_ask_for_is_claimed_in_one_transaction(database: Database, lanes: Lanes) -> None:
    """Each gets its own agency's, up to its own limit; of a lane that is paused nothing is claimed."""
    for _ in range(3):
        a_stored_report(database, *AGENCIES)
    lanes.pause("council-tax", "the agency answered 410 Gone")
    with database.cursor() as held:
        held.execute("LOCK TABLE lane")
        first = _started(partial(lanes.claim, _FIRST, 10, 60))
        rest = _gathered(
            lanes._claiming,
            [
                partial(lanes.claim, "council-tax", 9, 60),
                partial(lanes.claim, "housing-benefit", 1, 60),
                partial(lanes.claim, "state-pension", 9, 60),
            ],
        )
    assert first.result() == []
    assert [[claimed.agency for claimed in each.result()] for each in rest] == [
        [],
        ["housing-benefit"],
        ["state-pension"] * 3,
    ]
    assert query(database, "SELECT count(*), count(DISTINCT xmin::text) FROM notification WHERE attempts > 0") == [
        (4, 1)
    ]


def test_results_of_several_lanes_are_recorded_in_one_transaction(database: Database, lanes: Lanes) -> None:
    """What follows for one agency, here a breaker that opens, follows for it alone."""
    first, council_tax, housing_benefit, state_pension = _claims(database, lanes)
    with database.cursor() as held:
        held.execute("SELECT FROM notification WHERE id = %s FOR UPDATE", (first.id,))
        blocked = _started(partial(lanes.record, [delivered(first)], "push"))
        rest = _gathered(
            lanes._recording,
            [
                partial(lanes.record, [failed(council_tax)], "push"),
                partial(lanes.record, [delivered(housing_benefit, Outcome.NOT_HELD)], "push-batch"),
                partial(lanes.record, [delivered(state_pension)], "push"),
            ],
        )
    assert [each.result() for each in (blocked, *rest)] == [[], [], [], []]
    assert query(database, "SELECT agency FROM lane WHERE open_until IS NOT NULL") == [("council-tax",)]
    assert state_of(database, housing_benefit.id) is State.NOT_HELD
    assert query(
        database, "SELECT count(*), count(DISTINCT xmin::text) FROM attempt WHERE notification_id <> %s", first.id
    ) == [(3, 1)]
    assert query(database, "SELECT channel FROM attempt WHERE notification_id = %s", housing_benefit.id) == [
        ("push-batch",)
    ]


def test_a_lock_that_one_waits_for_holds_up_no_other(database: Database, impatient_lanes: Lanes) -> None:
    """Somebody holds the row of one of those that are recorded together: the others are recorded all the same."""
    first, council_tax, *others = _claims(database, impatient_lanes)
    with database.cursor() as held:
        held.execute("SELECT FROM notification WHERE id = ANY (%s) FOR UPDATE", ([first.id, council_tax.id],))
        blocked = _started(partial(impatient_lanes.record, [delivered(first)], "push"))
        locked, *free = _gathered(
            impatient_lanes._recording,
            [partial(impatient_lanes.record, [delivered(each)], "push") for each in (council_tax, *others)],
        )
        assert [each.result() for each in free] == [[], []]
        assert {state_of(database, each.id) for each in others} == {State.DELIVERED}
        for each in (blocked, locked):
            with pytest.raises(StorageBusy):
                each.result()


def _claims(database: Database, lanes: Lanes) -> list[Claimed]:
    a_stored_report(database, _FIRST, *AGENCIES)
    return [claimed for agency in (_FIRST, *AGENCIES) for claimed in lanes.claim(agency, 10, 60)]


_threads = ThreadPoolExecutor(8)


def _started(ask: Callable[[], Any]) -> Future[Any]:
    """Asked in a thread, which is under way."""
    asked = _threads.submit(ask)
    time.sleep(0.1)
    assert not asked.done()
    return asked


def _gathered(gathering: Gathering[Any, Any], asks: Sequence[Callable[[], Any]]) -> list[Future[Any]]:
    """All asked while the first is under way."""
    asked = [_threads.submit(ask) for ask in asks]
    while len(gathering._waiting) < len(asks):
        time.sleep(0.001)
    return asked
