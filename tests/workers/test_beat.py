"""Beat: its clock, and what it holds back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from celery import Celery
from redis import Redis

from tellusonce.embedded import EmbeddedServer
from workers.app import SWEEPS
from workers.beat import BoundedScheduler, steady_now
from workers.outstanding import SWEEPS_LIMIT


@pytest.fixture
def scheduler(app: Celery) -> Iterator[BoundedScheduler]:
    """Beat's scheduler on the test's broker."""
    made = BoundedScheduler(app)
    yield made
    made.close()


def test_a_sweep_is_sent_when_it_is_due(scheduler: BoundedScheduler, broker: Redis) -> None:
    scheduler.apply_entry(scheduler.schedule["sweep"])
    assert broker.llen(SWEEPS) == 1


def test_sweeps_do_not_pile_up_while_nobody_takes_them(scheduler: BoundedScheduler, broker: Redis) -> None:
    for _ in range(3 * SWEEPS_LIMIT):
        scheduler.apply_entry(scheduler.schedule["sweep"])
    assert broker.llen(SWEEPS) == SWEEPS_LIMIT


def test_sweeps_are_sent_again_once_they_are_taken(scheduler: BoundedScheduler, broker: Redis) -> None:
    for _ in range(2 * SWEEPS_LIMIT):
        scheduler.apply_entry(scheduler.schedule["sweep"])
    broker.delete(SWEEPS)
    scheduler.apply_entry(scheduler.schedule["sweep"])
    assert broker.llen(SWEEPS) == 1


def test_beat_goes_on_after_the_broker_was_emptied(scheduler: BoundedScheduler, broker: Redis) -> None:
    scheduler.apply_entry(scheduler.schedule["sweep"])
    broker.flushall()
    scheduler.apply_entry(scheduler.schedule["sweep"])
    assert broker.llen(SWEEPS) == 1


def test_beat_outlives_a_broker_that_is_down(scheduler: BoundedScheduler, valkey: EmbeddedServer, app: Celery) -> None:
    app.conf.broker_transport_options["max_retries"] = 0
    valkey.stop()
    scheduler.apply_entry(scheduler.schedule["sweep"])


@pytest.mark.parametrize("jump", [timedelta(hours=-2), timedelta(hours=2), timedelta(minutes=-5)])
def test_a_sweep_is_due_at_its_time_however_the_system_clock_jumps(app: Celery, jump: timedelta) -> None:
    pace = app.conf.beat_schedule["sweep"]["schedule"]
    last_run_at = steady_now()
    with time_machine.travel(datetime.now(UTC) + jump, tick=True):
        is_due, wait_seconds = pace.is_due(last_run_at)
        assert not is_due
        assert wait_seconds <= pace.seconds
        is_due, _ = pace.is_due(last_run_at - timedelta(seconds=pace.seconds))
        assert is_due
