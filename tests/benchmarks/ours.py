"""This project at the same work: reports registered, pushed to four agencies, acknowledged, all of it durable."""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psutil

from tellusonce.bootstrap import Servers, Service
from tellusonce.cli.sample import ROAD_ACCIDENT
from tellusonce.cli.supervisor import Supervisor, supervisor
from tellusonce.domain.report import Submission
from tellusonce.persistence.migrations import upgrade
from tellusonce.services.register import IdempotencyKey
from tellusonce.settings import PREFIX, Settings
from workers.doorbell import CeleryDoorbell

WARM_UP_REPORTS = 20
START_AT_MOST_SECONDS = 60.0
DRAIN_AT_MOST_SECONDS = 300.0
POLL_SECONDS = 0.02
IDLE_PAUSE_SECONDS = 0.2
SUBMITTERS = 16
"""Registrars at work at once, each waiting for the commit."""
_ACTOR = {"actor": "operator:benchmark", "district": "holmshire"}

Agency = tuple[str, str]
"""Code and address."""


@contextmanager
def running(at: Servers, data_dir: Path, agencies: Sequence[Agency]) -> Iterator["Running"]:
    """The service with one worker, a process for every core, and beat; warmed up."""
    settings = Settings(data_dir=data_dir)
    service = Service(settings, at.database_url, CeleryDoorbell(settings.rings_per_second, settings.rings_burst))
    upgrade(service.database)
    with _workers(at, data_dir, agencies) as children:
        started = Running(service, psutil.Process(children.pid("worker")))
        started.submit(WARM_UP_REPORTS, 1)
        started.wait_until_closed(START_AT_MOST_SECONDS)
        yield started
    service.close()


@dataclass(frozen=True)
class Running:
    """The service under measurement."""

    service: Service
    worker: psutil.Process

    def throughput(self, reports: int, a_transaction: int) -> dict[str, float]:
        """Time so many reports from the first submit to the last durable outcome, `a_transaction` reports in each.

        `cpu_seconds` is the worker's processes' alone. Raises TimeoutError when notifications stay open.
        """
        cpu_seconds_before = _cpu_seconds(self.worker)
        started = time.perf_counter()
        self.submit(reports, a_transaction)
        submit_seconds = time.perf_counter() - started
        self.wait_until_closed(DRAIN_AT_MOST_SECONDS)
        seconds = time.perf_counter() - started
        return {
            "reports": reports,
            "seconds": seconds,
            "reports_per_second": reports / seconds,
            "submit_seconds": submit_seconds,
            "cpu_seconds": _cpu_seconds(self.worker) - cpu_seconds_before,
        }

    def idle_delay_ms(self, reports: int) -> dict[str, float]:
        """From accepted to delivered, each report alone: the median and the 99th percentile, in milliseconds."""
        began = datetime.now(UTC)
        for _ in range(reports):
            self.submit(1, 1)
            time.sleep(IDLE_PAUSE_SECONDS)
        self.wait_until_closed(DRAIN_AT_MOST_SECONDS)
        with self.service.database.statement() as cursor:
            cursor.execute(
                "SELECT percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY "
                "extract(epoch FROM delivered_at - accepted_at) * 1000)::float8[] "
                "FROM notification WHERE accepted_at > %s",
                (began,),
            )
            row = cursor.fetchone()
            assert row is not None
            return dict(zip(("p50", "p99"), row[0], strict=True))

    def submit(self, reports: int, a_transaction: int) -> None:
        """Register reports: singly as the API does, each under a key of its own, or imported in batches."""
        submission = Submission.model_validate(ROAD_ACCIDENT)
        register = self.service.register

        def once() -> None:
            key = IdempotencyKey("benchmark", str(uuid4()), b"")
            register.register_once(submission, **_ACTOR, key=key)

        def store(count: int) -> None:
            register.store([register.prepare(submission, **_ACTOR) for _ in range(count)])

        with ThreadPoolExecutor(SUBMITTERS) as submitters:
            counts = [min(a_transaction, reports - start) for start in range(0, reports, a_transaction)]
            list(submitters.map(lambda count: once() if a_transaction == 1 else store(count), counts))

    def wait_until_closed(self, at_most_seconds: float) -> None:
        """Wait until nothing is open. Raises TimeoutError."""
        deadline = time.monotonic() + at_most_seconds
        while still_open := sum(each.count for each in self.service.reading.open_counts()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{still_open} notifications are not closed")
            time.sleep(POLL_SECONDS)


@contextmanager
def _workers(at: Servers, data_dir: Path, agencies: Sequence[Agency]) -> Iterator[Supervisor]:
    environment = {
        f"{PREFIX}DATABASE_URL": at.database_url,
        f"{PREFIX}BROKER_URL": at.broker_url,
        f"{PREFIX}DATA_DIR": str(data_dir),
        f"{PREFIX}PUSH_URLS": json.dumps(dict(agencies)),
    }
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "workers"]
    with supervisor(data_dir / "logs") as children:
        concurrency = str(os.cpu_count())
        children.start(
            "worker", [*celery, "worker", "--concurrency", concurrency, "--loglevel", "WARNING"], environment
        )
        children.start("beat", [*celery, "beat", "--loglevel", "WARNING", "--pidfile="], environment)
        yield children


def _cpu_seconds(worker: psutil.Process) -> float:
    times = [process.cpu_times() for process in (worker, *worker.children(recursive=True))]
    return float(sum(spent.user + spent.system for spent in times))
