"""This project at the same work: reports registered, pushed to four agencies, acknowledged, all of it durable."""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil

from tellusonce.bootstrap import Servers, Service
from tellusonce.cli.supervisor import Supervisor, supervisor
from tellusonce.domain.report import Submission
from tellusonce.persistence.database import Database
from tellusonce.persistence.migrations import upgrade
from tellusonce.settings import PREFIX, Settings
from tests.builders import a_submission
from workers.doorbell import CeleryDoorbell

WARM_UP_REPORTS = 20
START_AT_MOST_SECONDS = 60.0
DRAIN_AT_MOST_SECONDS = 300.0
POLL_SECONDS = 0.02
SUBMITTERS = 4
"""Registrars at work at once, each waiting for the commit."""
_ACTOR = {"actor": "operator:benchmark", "district": "holmshire"}

Agency = tuple[str, str]
"""Code and address."""


def run(at: Servers, data_dir: Path, agencies: Sequence[Agency], reports: int, a_transaction: int) -> dict[str, float]:
    """Time so many reports from the first submit to the last durable outcome, `a_transaction` reports in each.

    The database is empty before. `cpu_seconds` is the worker's processes' alone, `p50` and `p99` are milliseconds from
    accepted to delivered. Raises TimeoutError when notifications stay open.
    """
    settings = Settings(data_dir=data_dir)
    doorbell = CeleryDoorbell(settings.rings_per_second, settings.rings_burst)
    service = Service(settings, at.database_url, doorbell)
    upgrade(service.database)
    with _workers(at, data_dir, agencies) as children:
        worker = psutil.Process(children.pid("worker"))
        _submit(service, WARM_UP_REPORTS, 1)
        _wait_until_closed(service.database, START_AT_MOST_SECONDS)
        cpu_seconds_before = _cpu_seconds(worker)
        started = time.perf_counter()
        _submit(service, reports, a_transaction)
        submitted_seconds = time.perf_counter() - started
        _wait_until_closed(service.database, DRAIN_AT_MOST_SECONDS)
        seconds = time.perf_counter() - started
        cpu_seconds = _cpu_seconds(worker) - cpu_seconds_before
    service.close()
    return {
        "reports": reports,
        "seconds": seconds,
        "reports_per_second": reports / seconds,
        "submitted_seconds": submitted_seconds,
        "cpu_seconds": cpu_seconds,
    }


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


def _submit(service: Service, reports: int, a_transaction: int) -> None:
    submission = Submission.model_validate(a_submission())

    def submit(count: int) -> None:
        service.register.store([service.register.prepare(submission, **_ACTOR) for _ in range(count)])

    with ThreadPoolExecutor(SUBMITTERS) as submitters:
        counts = [min(a_transaction, reports - start) for start in range(0, reports, a_transaction)]
        list(submitters.map(submit, counts))


def _wait_until_closed(database: Database, at_most_seconds: float) -> None:
    deadline = time.monotonic() + at_most_seconds
    while is_open := _open(database):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{is_open} notifications are not closed")
        time.sleep(POLL_SECONDS)


def _open(database: Database) -> int:
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM notification WHERE state NOT IN ('actioned', 'not-held')")
        row = cursor.fetchone()
        assert row is not None
        return int(row[0])


def _cpu_seconds(worker: psutil.Process) -> float:
    times = [process.cpu_times() for process in (worker, *worker.children(recursive=True))]
    return float(sum(spent.user + spent.system for spent in times))
