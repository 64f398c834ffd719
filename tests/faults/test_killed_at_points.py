"""A worker is killed at each point of a delivery: nothing is lost, and the next attempt comes after the lease."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import psycopg
import pytest

from tellusonce.bootstrap import Service
from tellusonce.life_events.validation import read_submission
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tests.builders import a_submission
from tests.workers.agency import SlowAgency

AGENCY = "holmshire-council-tax"
LEASE_SECONDS = 1
TAKEN_BEFORE = {"claimed": 0, "sent": 1, "answered": 1, "before-commit": 1}


@pytest.fixture
def agency() -> Iterator[SlowAgency]:
    """An agency that answers at once."""
    with SlowAgency(latency_seconds=0) as prompt:
        yield prompt


@pytest.fixture
def service(tmp_path: Path, database_url: str, agency: SlowAgency) -> Iterator[Service]:
    """A service with short leases that reaches the agency."""
    settings = Settings(data_dir=tmp_path, push_lease_seconds=LEASE_SECONDS, push_urls={AGENCY: agency.url})
    opened = Service(settings, database_url, SilentDoorbell())
    yield opened
    opened.close()


def die_delivering(point: str, database_url: str, folder: Path, agency: SlowAgency) -> None:
    environment = {
        "TELLUSONCE_DATA_DIR": str(folder),
        "TELLUSONCE_PUSH_LEASE_SECONDS": str(LEASE_SECONDS),
        "TELLUSONCE_PUSH_URLS": json.dumps({AGENCY: agency.url}),
    }
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults.dying", point, database_url, AGENCY],
        env={**os.environ, **environment},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL


def standing(database_url: str) -> tuple[object, ...] | None:
    with psycopg.connect(database_url) as connection:
        return connection.execute(
            "SELECT state, attempts, (SELECT array_agg(number) FROM attempt WHERE notification_id = notification.id)"
            " FROM notification WHERE agency = %s ORDER BY accepted_at DESC LIMIT 1",
            [AGENCY],
        ).fetchone()


@pytest.mark.parametrize("point", TAKEN_BEFORE)
def test_the_next_attempt_comes_after_the_lease(
    point: str, service: Service, database_url: str, tmp_path: Path, agency: SlowAgency
) -> None:
    killed_at(point, service, database_url, tmp_path, agency)


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_two_hundred_times(service: Service, database_url: str, tmp_path: Path, agency: SlowAgency) -> None:
    times = int(os.environ.get("TIMES") or 200)
    for point, _ in zip(cycle(TAKEN_BEFORE), range(times), strict=False):
        killed_at(point, service, database_url, tmp_path, agency)
    with psycopg.connect(database_url) as connection:
        delivered = connection.execute("SELECT count(*) FROM notification WHERE state = 'delivered'").fetchone()
    assert delivered == (times,)
    assert len(set(agency.taken)) == times


def killed_at(point: str, service: Service, database_url: str, folder: Path, agency: SlowAgency) -> None:
    before = len(agency.taken)
    submission = read_submission(json.dumps(a_submission(benefits=["council-tax-benefit"])).encode())
    service.register.register(submission, actor="registrar:test", district="holmshire")
    die_delivering(point, database_url, folder, agency)
    assert standing(database_url) == ("queued", 1, None)
    assert len(agency.taken) == before + TAKEN_BEFORE[point]

    time.sleep(LEASE_SECONDS)
    service.delivery.deliver.deliver(AGENCY)

    assert standing(database_url) == ("delivered", 2, [2])
    assert len(agency.taken) == before + TAKEN_BEFORE[point] + 1
    assert len(set(agency.taken[before:])) == 1, "the same id on every attempt"
