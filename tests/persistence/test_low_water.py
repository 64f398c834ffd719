"""Low-water marks: while looks from the start are slow, most begin a little below what was reached."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.persistence.breakers import LaneControl
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import Lanes
from tellusonce.persistence.low_water import LowWater
from tellusonce.persistence.sweeps import Sweeps
from tests.persistence.stored import STATE_PENSION, a_stored_notification, query

NOON = datetime(2026, 3, 19, 12, tzinfo=UTC)
SLOW_SECONDS = 0.03
HELD_UP_SECONDS = 0.3


@pytest.fixture
def lanes(database: Database) -> Lanes:
    """As one process has them."""
    return Lanes(database, CircuitBreaker())


def a_notification_due(database: Database, seconds_ago: float) -> UUID:
    notification = a_stored_notification(database)
    query(
        database,
        "UPDATE notification SET next_attempt_at = now() - make_interval(secs => %s) WHERE id = %s",
        seconds_ago,
        notification,
    )
    return notification


def claimed(lanes: Lanes) -> set[UUID]:
    return {each.id for each in lanes.claim(STATE_PENSION, 100, 60)}


@contextmanager
def held_up(database_url: str) -> Iterator[None]:
    """What reads notifications waits a moment, as it would take long where it passes over a great deal."""
    with psycopg.connect(database_url) as other:
        other.execute("LOCK TABLE notification IN ACCESS EXCLUSIVE MODE")
        ending = threading.Timer(HELD_UP_SECONDS, other.commit)
        ending.start()
        yield
        ending.join()


def test_a_look_begins_at_the_start_while_that_is_quick() -> None:
    low_water = LowWater(SLOW_SECONDS)
    low_water.looked(low_water.marks(["a"]), [("a", NOON)], took_seconds=SLOW_SECONDS / 2)
    assert low_water.marks(["a"]) == {"a": None}


def test_after_a_slow_look_the_next_begin_five_seconds_below_what_was_reached() -> None:
    """Of the lane that was looked at, and only of that."""
    low_water = LowWater(SLOW_SECONDS)
    low_water.looked(low_water.marks(["a"]), [("a", NOON)], took_seconds=SLOW_SECONDS * 2)
    low_water.looked(low_water.marks(["b"]), [("b", NOON)], took_seconds=SLOW_SECONDS / 2)
    assert low_water.marks(["a", "b"]) == {"a": NOON - timedelta(seconds=5), "b": None}


def test_a_look_from_the_start_comes_again_however_slow_those_from_the_mark_are() -> None:
    low_water = LowWater(SLOW_SECONDS, from_start_every_seconds=0.2)
    low_water.looked(low_water.marks(["a"]), [("a", NOON)], took_seconds=SLOW_SECONDS * 2)
    slow_until = time.monotonic() + 0.2
    while time.monotonic() < slow_until:
        low_water.looked({"a": NOON}, [("a", NOON)], took_seconds=SLOW_SECONDS * 2)
    assert low_water.marks(["a"]) == {"a": None}


@given(minutes=st.lists(st.integers(0, 600), min_size=1))
def test_a_mark_never_falls(minutes: list[int]) -> None:
    """What lost its lease and is found by a look from the start is old, and brings no mark back."""
    low_water = LowWater(SLOW_SECONDS)
    for each in minutes:
        low_water.looked({"a": None}, [("a", NOON + timedelta(minutes=each))], took_seconds=SLOW_SECONDS * 2)
    assert low_water.marks(["a"]) == {"a": NOON + timedelta(minutes=max(minutes), seconds=-5)}


def test_claims_after_a_slow_one_leave_what_is_further_down(
    lanes: Lanes, database: Database, database_url: str
) -> None:
    """A registration that was three seconds in committing is found; what an hour ago became due is left for now."""
    latest = a_stored_notification(database)
    with held_up(database_url):
        assert claimed(lanes) == {latest}
    further_down, a_little_below = a_notification_due(database, 3_600), a_notification_due(database, 3)
    assert claimed(lanes) == {a_little_below}
    assert claimed(Lanes(database, CircuitBreaker())) == {further_down}, "another process begins at the start"


def test_what_must_be_tried_alone_is_looked_for_from_the_start_on_its_own_account(
    lanes: Lanes, database: Database, database_url: str
) -> None:
    """Slow claims of the many do not hide what was lost."""
    latest = a_stored_notification(database)
    with held_up(database_url):
        assert claimed(lanes) == {latest}
    lost = a_notification_due(database, 3_600)
    query(database, "UPDATE notification SET attempts = 2, lost_attempts = 2 WHERE id = %s", lost)
    (alone,) = lanes.claim_one(STATE_PENSION, 60)
    assert alone.id == lost


def test_looks_for_what_must_be_tried_alone_are_spared_after_a_slow_one(
    lanes: Lanes, database: Database, database_url: str
) -> None:
    a_stored_notification(database)
    claimed(lanes)
    with held_up(database_url):
        assert lanes.claim_one(STATE_PENSION, 60) == []
    a_notification_due(database, 3_600)
    assert lanes.claim_one(STATE_PENSION, 60) == []


def test_sweeps_after_a_slow_one_leave_what_is_further_down(database: Database, database_url: str) -> None:
    sweeps = Sweeps(database)
    with held_up(database_url):
        assert sweeps.due_agencies([STATE_PENSION]) == []
    a_notification_due(database, 3_600)
    assert sweeps.due_agencies([STATE_PENSION]) == []
    assert Sweeps(database).due_agencies([STATE_PENSION]) == [STATE_PENSION], "another process begins at the start"
    a_notification_due(database, 3)
    assert sweeps.due_agencies([STATE_PENSION]) == [STATE_PENSION]


def test_what_waits_in_a_paused_lane_stays_in_sight(lanes: Lanes, database: Database, database_url: str) -> None:
    """Sweeps have not reached beyond it, however slow they were: once the lane is resumed it is rung for."""
    a_notification_due(database, 3_600)
    lanes.pause(STATE_PENSION, "the agency answered 410 Gone")
    sweeps = Sweeps(database)
    with held_up(database_url):
        assert sweeps.due_agencies([STATE_PENSION]) == []
    LaneControl(database).resume(STATE_PENSION, "staff:test")
    assert sweeps.due_agencies([STATE_PENSION]) == [STATE_PENSION]
