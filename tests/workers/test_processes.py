"""A worker as a process: how it starts, how it ends, and what it says."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest
from celery import Celery
from redis import Redis

from tellusonce.bootstrap import Service
from tellusonce.embedded import EmbeddedServer, start_valkey
from tellusonce.life_events.validation import read_submission
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tests.builders import a_submission
from tests.workers.agency import SlowAgency

AGENCY = "holmshire-council-tax"
START_SECONDS = 60
COMMAND = (sys.executable, "-m", "celery", "--quiet", "-A", "workers", "worker", "--concurrency", "1")


@pytest.fixture
def environment(tmp_path: Path, database_url: str, valkey: EmbeddedServer) -> dict[str, str]:
    """What the worker is told."""
    return {
        "TELLUSONCE_DATABASE_URL": database_url,
        "TELLUSONCE_BROKER_URL": valkey.url,
        "TELLUSONCE_DATA_DIR": str(tmp_path),
    }


@pytest.fixture
def agency() -> Iterator[SlowAgency]:
    """An agency that needs a second for its answer."""
    with SlowAgency(latency_seconds=1) as slow:
        yield slow


@contextmanager
def worker(folder: Path, environment: Mapping[str, str], agency: SlowAgency | None = None) -> Iterator[psutil.Process]:
    """A worker, killed at the end if it has not ended by then; its log is `worker.log`."""
    push_urls = {"TELLUSONCE_PUSH_URLS": json.dumps({AGENCY: agency.url})} if agency else {}
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [*COMMAND, "--loglevel", "WARNING"],
            env={**os.environ, **environment, **push_urls},
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )
    family = psutil.Process(process.pid)
    try:
        yield family
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(condition: Callable[[], bool], within_seconds: float) -> float:
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < within_seconds, "waited in vain"
        time.sleep(0.02)
    return time.monotonic() - started


def register(folder: Path, database_url: str) -> None:
    """Store one report; nobody is told of it."""
    service = Service(Settings(data_dir=folder), database_url, SilentDoorbell())
    submission = json.dumps(a_submission()).encode()
    service.register.register(read_submission(submission), actor="registrar:test", district="holmshire")
    service.close()


def standing(database_url: str) -> tuple[object, ...] | None:
    """State and number of attempts of what the agency is told."""
    with psycopg.connect(database_url) as connection:
        return connection.execute("SELECT state, attempts FROM notification WHERE agency = %s", [AGENCY]).fetchone()


def has_ended(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def niceness(main: psutil.Process) -> list[int]:
    """That of the process and its children; at the start some come and go."""
    with suppress(psutil.NoSuchProcess):
        return [each.nice() for each in [main, *main.children()]]
    return []


def stop_politely(main: psutil.Process) -> None:
    main.terminate()


def stop_the_group(main: psutil.Process) -> None:
    os.killpg(main.pid, signal.SIGTERM)


def test_a_worker_gives_way_to_the_api(tmp_path: Path, environment: dict[str, str]) -> None:
    with worker(tmp_path, environment) as process:
        expected = psutil.Process().nice() + 5
        until(lambda: niceness(process) == [expected] * 2, START_SECONDS)


@pytest.mark.parametrize("stop", [stop_politely, stop_the_group])
def test_what_is_under_way_is_seen_through_at_a_shutdown(
    stop: Callable[[psutil.Process], None],
    tmp_path: Path,
    environment: dict[str, str],
    database_url: str,
    agency: SlowAgency,
    app: Celery,
) -> None:
    register(tmp_path, database_url)
    with worker(tmp_path, environment, agency) as main:
        app.send_task("deliver", (AGENCY,))
        until(lambda: bool(agency.taken), START_SECONDS)
        family = [main, *main.children(recursive=True)]
        stop(main)
        until(lambda: all(map(has_ended, family)), 15)
    assert standing(database_url) == ("delivered", 1)
    assert len(agency.taken) == 1


def test_the_children_of_a_killed_worker_end_with_it(
    tmp_path: Path, environment: dict[str, str], database_url: str, agency: SlowAgency, app: Celery
) -> None:
    register(tmp_path, database_url)
    with worker(tmp_path, environment, agency) as main:
        app.send_task("deliver", (AGENCY,))
        until(lambda: bool(agency.taken), START_SECONDS)
        children = main.children(recursive=True)
        assert children
        main.kill()
        until(lambda: all(map(has_ended, children)), 1)
    assert standing(database_url) == ("queued", 1)


def test_a_worker_waits_for_a_broker_that_comes_later(
    tmp_path: Path,
    environment: dict[str, str],
    database_url: str,
    valkey: EmbeddedServer,
    agency: SlowAgency,
    app: Celery,
) -> None:
    register(tmp_path, database_url)
    valkey.stop()
    with worker(tmp_path, environment, agency):
        until(lambda: "Cannot connect" in (tmp_path / "worker.log").read_text(), START_SECONDS)
        later = start_valkey(tmp_path / "broker")
        try:
            app.send_task("deliver", (AGENCY,))
            until(lambda: bool(agency.taken), 5)
        finally:
            later.stop()


def test_a_worker_goes_on_after_its_broker_was_stopped_and_killed(
    tmp_path: Path,
    environment: dict[str, str],
    database_url: str,
    valkey: EmbeddedServer,
    agency: SlowAgency,
    app: Celery,
) -> None:
    register(tmp_path, database_url)
    with worker(tmp_path, environment, agency):
        app.send_task("deliver", (AGENCY,))
        until(lambda: standing(database_url) == ("delivered", 1), START_SECONDS)
        os.kill(valkey.pid, signal.SIGSTOP)
        time.sleep(1)
        os.kill(valkey.pid, signal.SIGKILL)
        valkey.stop()
        register(tmp_path, database_url)
        again = start_valkey(tmp_path / "broker")
        try:
            app.send_task("deliver", (AGENCY,))
            until(lambda: len(agency.taken) == 2, 5)
        finally:
            again.stop()


def test_a_worker_leaves_nothing_in_the_broker_and_listens_to_its_queues_alone(
    tmp_path: Path,
    environment: dict[str, str],
    database_url: str,
    agency: SlowAgency,
    app: Celery,
    broker: Redis,
) -> None:
    register(tmp_path, database_url)
    with worker(tmp_path, environment, agency):
        app.send_task("deliver", (AGENCY,))
        until(lambda: standing(database_url) == ("delivered", 1), START_SECONDS)
        assert broker.exists("unacked", "unacked_index", "doorbells", "sweeps") == 0
        asked = set(broker.info("commandstats"))
        assert "cmdstat_brpop" in asked
        assert asked & {f"cmdstat_{each}" for each in ("zadd", "zrem", "publish", "subscribe", "psubscribe")} == set()


def test_each_line_of_the_log_is_json_and_none_warns_of_root(
    tmp_path: Path, environment: dict[str, str], valkey: EmbeddedServer, app: Celery
) -> None:
    log = tmp_path / "worker.log"
    nowhere = "postgresql://nobody@/nowhere?host=/nonexistent"
    with worker(tmp_path, environment | {"TELLUSONCE_DATABASE_URL": nowhere}) as main:
        app.send_task("sweep")
        app.send_task("deliver", ("no-such-agency",))
        until(lambda: '"not looked"' in log.read_text() and '"lane broke off"' in log.read_text(), START_SECONDS)
        main.children()[0].kill()
        until(lambda: "SIGKILL" in log.read_text(), 5)
        main.terminate()
        until(lambda: has_ended(main), 15)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert all(line.keys() >= {"event", "level", "timestamp"} for line in lines)
    assert "superuser" not in log.read_text()


@pytest.mark.parametrize(
    ("setting", "value", "named"),
    [
        ("TELLUSONCE_CONFIG_DIR", "/nonexistent", "/nonexistent"),
        ("TELLUSONCE_SWEEP_SECONDS", "often", "TELLUSONCE_SWEEP_SECONDS"),
    ],
)
def test_what_would_fail_in_every_child_stops_the_start(
    setting: str, value: str, named: str, environment: dict[str, str]
) -> None:
    started = subprocess.run(
        COMMAND,
        env={**os.environ, **environment, setting: value},
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert started.returncode != 0
    assert named in started.stderr
    assert "Traceback" not in started.stderr
