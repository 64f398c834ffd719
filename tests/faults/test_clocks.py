"""F11: a worker or the API whose clock is wrong. Leases go by PostgreSQL's clock, and agencies judge signatures."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tellusonce.persistence.clock import DatabaseClock
from tellusonce.persistence.database import Database
from tellusonce.settings import Settings
from tests.stories.conftest import Play
from tests.stories.stage import Stage

AGENCIES = dict.fromkeys(
    ("holmshire-council-tax", "dwp-state-pension"), ("--latency-seconds", "0.3", "--acknowledge", "post")
)
REPORTS = 4
REFUSED = "SELECT count(*) FROM attempt WHERE status = 401"
WRONG = {"workers": "tests.faults.wrong_clock", "tellusonce.web.app:create_app": "tests.faults.wrong_clock:create_app"}
"""What a process runs, and what it runs instead."""


def put_clock(stage: Stage, name: str, offset_seconds: int) -> None:
    """Start the process anew with its wall clock so far off; durations stay as they are."""
    child = stage.children._child(name)
    child.command = [WRONG.get(part, part) for part in child.command]
    child.environment = {**child.environment, "WRONG_CLOCK_SECONDS": str(offset_seconds)}
    stage.kill(name)
    stage.revive()
    stage.until(stage.town.ready, within_seconds=40)


@pytest.mark.parametrize("offset_seconds", [7_200, pytest.param(-7_200, marks=pytest.mark.long)])
def test_a_worker_two_hours_off_steals_nothing_and_its_signatures_are_refused(play: Play, offset_seconds: int) -> None:
    with play(AGENCIES) as stage:
        put_clock(stage, "worker", offset_seconds)
        for _ in range(REPORTS):
            stage.registrar.register()
        stage.until(lambda: stage.count(REFUSED) > 0, within_seconds=30)
        stage.town.start_worker("worker-2")

        stage.until(stage.finished, within_seconds=90)

        verdict = stage.verdict()
        assert verdict.faults() == {}
        assert verdict.duplicates == 0, "nothing was claimed while another had its lease"


@pytest.mark.long
@pytest.mark.parametrize("offset_seconds", [280, -280])
def test_a_worker_within_the_tolerance_is_heard(play: Play, offset_seconds: int) -> None:
    with play(AGENCIES) as stage:
        put_clock(stage, "worker", offset_seconds)
        for _ in range(REPORTS):
            stage.registrar.register()
        stage.until(stage.finished, within_seconds=30)
        assert stage.count(REFUSED) == 0
        assert stage.verdict().faults() == {}


@pytest.mark.long
@pytest.mark.parametrize("offset_seconds", [7_200, -7_200])
def test_an_api_two_hours_off_loses_nothing(play: Play, offset_seconds: int) -> None:
    with play({**AGENCIES, "local-government-pension": ()}) as stage:
        put_clock(stage, "api", offset_seconds)
        for _ in range(REPORTS):
            stage.registrar.register()
        stage.until(stage.finished, within_seconds=30)
        verdict = stage.verdict()
        assert verdict.faults() == {}
        assert verdict.duplicates == 0


@pytest.mark.parametrize("offset_days", [-3, 3])
def test_deadlines_are_planned_by_the_databases_day(database: Database, offset_days: int) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(days=offset_days), tick=True):
        assert abs(DatabaseClock(database).now() - datetime.now(UTC)) > timedelta(days=2)


def test_the_databases_clock_goes_on_between_questions(database: Database) -> None:
    clock = DatabaseClock(database)
    first = clock.now()
    database.close()
    assert timedelta(0) < clock.now() - first < timedelta(minutes=1)


def test_without_the_database_the_machines_clock_serves() -> None:
    away = Database("postgresql://127.0.0.1:1/none", Settings())
    assert abs(DatabaseClock(away).now() - datetime.now(UTC)) < timedelta(seconds=5)
