"""F12: an old snapshot is held open beside the queue: ours end by policy, and another's does not slow a claim."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from tellusonce.bootstrap import Service
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.domain.report import Submission
from tellusonce.domain.retry import RetrySchedule
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import Lanes
from tellusonce.persistence.sweeps import Sweeps
from tellusonce.services.deliver import Answer, Claimed, Deliver
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.services.storage import StorageUnreachable
from tellusonce.settings import Settings
from tests.builders import a_submission
from tests.services.outboxes import ScriptedOutbox, taking

FOUR = ("dwp-disability-living-allowance", "dwp-state-pension", "holmshire-council-tax", "holmshire-housing-benefit")
REPORTS_PER_SECOND = 100
REGISTERED_TOGETHER_LIMIT = 100
CLAIM_AT_MOST_SECONDS = 0.05
_TICK_SECONDS = 0.1
_SWEEP_EVERY_SECONDS = 0.5


class Timed:
    """How long each call took."""

    def __init__(self) -> None:
        self._took_seconds: list[float] = []

    @contextmanager
    def one(self) -> Iterator[None]:
        """Time this one."""
        started = time.monotonic()
        yield
        self._took_seconds.append(time.monotonic() - started)

    def seconds(self, share_quicker: float) -> float:
        """This share of the calls took less."""
        return sorted(self._took_seconds)[int(len(self._took_seconds) * share_quicker)]

    def __str__(self) -> str:
        p50, p95, longest = (self.seconds(share) * 1_000 for share in (0.5, 0.95, 0.999_999))
        return f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, the longest {longest:.0f} ms"


class TimedLanes(Lanes):
    """Notes how long each claim took."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, CircuitBreaker())
        self.claims = Timed()

    def claim(self, agency: str, limit: int, lease_seconds: float) -> list[Claimed]:
        """As any lane does."""
        with self.claims.one():
            return super().claim(agency, limit, lease_seconds)

    def claim_one(self, agency: str, lease_seconds: float) -> list[Claimed]:
        """As any lane does."""
        with self.claims.one():
            return super().claim_one(agency, lease_seconds)


class PromptOutbox(ScriptedOutbox):
    """Answers all letters together."""

    def answers(self) -> list[Answer]:
        """What the agency says to each."""
        return [answer for _ in range(self.under_way) for answer in super(PromptOutbox, self).answers()]


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    """Takes the reports."""
    opened = Service(Settings(data_dir=tmp_path), database_url, SilentDoorbell())
    yield opened
    opened.close()


def idle_in_a_transaction(database: Database) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM notification")
        time.sleep(1)
        cursor.execute("SELECT count(*) FROM notification")


def test_a_session_of_ours_that_idles_in_its_transaction_is_ended(database_url: str) -> None:
    database = Database(database_url, Settings(idle_in_transaction_timeout_seconds=0.5))
    with pytest.raises(StorageUnreachable):
        idle_in_a_transaction(database)
    database.close()


def test_claims_stay_quick_beside_an_old_snapshot(service: Service, database: Database, database_url: str) -> None:
    """Half of them: other tests share the machine."""
    churn_beside_a_snapshot(service, database, database_url, for_seconds=8, share_quick=0.5)


@pytest.mark.long
@pytest.mark.timeout(1_200)
def test_claims_stay_quick_for_ten_minutes(service: Service, database: Database, database_url: str) -> None:
    for_seconds = float(os.environ.get("SECONDS") or 600)
    churn_beside_a_snapshot(service, database, database_url, for_seconds, share_quick=0.95)


def churn_beside_a_snapshot(
    service: Service, database: Database, database_url: str, for_seconds: float, share_quick: float
) -> None:
    lanes, sweeps, sweeping = TimedLanes(database), Sweeps(database), Timed()
    with psycopg.connect(database_url) as old:
        old.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        old.execute("SELECT count(*) FROM notification")
        started = time.monotonic()
        reports, sweep_at = 0, started
        while time.monotonic() - started < for_seconds:
            arrears = int((time.monotonic() - started) * REPORTS_PER_SECOND) - reports
            if batch := min(arrears, REGISTERED_TOGETHER_LIMIT):
                submission = Submission.model_validate(a_submission())
                prepared = [
                    service.register.prepare(submission, actor="registrar:test", district="holmshire")
                    for _ in range(batch)
                ]
                service.register.store(prepared)
                reports += batch
            for agency in FOUR:
                deliver(lanes, service, agency)
            if time.monotonic() >= sweep_at:
                sweep_at += _SWEEP_EVERY_SECONDS
                with sweeping.one():
                    sweeps.due_agencies(FOUR)
            time.sleep(_TICK_SECONDS)
    print(f"{reports} reports in {for_seconds:.0f} s: claims {lanes.claims}; sweeps {sweeping}")
    assert lanes.claims.seconds(share_quick) <= CLAIM_AT_MOST_SECONDS


def deliver(lanes: Lanes, service: Service, agency: str) -> None:
    Deliver(
        lane=lanes,
        outbox=lambda _: PromptOutbox(taking),
        acknowledge=service.acknowledge.acknowledge,
        render=lambda claimed: str(claimed.id).encode(),
        retry=RetrySchedule((1,), timedelta(days=14)),
        now=lambda: datetime.now(UTC),
        lost_attempts_limit=5,
    ).deliver(agency)
