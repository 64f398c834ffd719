"""This project at the same work: reports registered, pushed to four agencies, acknowledged, all of it durable."""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import make_url

from tellusonce.bootstrap import Service, collect_garbage_rarely
from tellusonce.cli.ports import free_port
from tellusonce.cli.sample_agencies import SampleAgencies
from tellusonce.cli.supervisor import Supervisor, supervisor
from tellusonce.domain.notification import CLOSED
from tellusonce.persistence.migrations import upgrade
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.services.reference import drawn_until_free
from tellusonce.services.register import IdempotencyKey
from tellusonce.settings import PREFIX, Settings
from tests.benchmarks.configuration import AGENCIES, DISTRICT, PUSH, configure, submission
from tests.benchmarks.meter import Meter, metered, percentiles
from tests.benchmarks.stage import Stage
from workers.doorbell import CeleryDoorbell

WARM_UP_REPORTS = 20
START_AT_MOST_SECONDS = 60.0
POLL_SECONDS = 0.05
IDLE_PAUSE_SECONDS = 0.2
REST_SECONDS = 3
"""After the warm-up the doorbell may ring at once again: its bucket fills in less."""
SUBMITTERS = 16
"""Registrars at work at once, each waiting for the commit."""
_CLOSED = sorted(CLOSED)
_ACTOR = {"actor": "operator:benchmark", "district": DISTRICT}
DELAYS = "SELECT extract(epoch FROM delivered_at - accepted_at) * 1000 FROM notification"
_CELERY = (sys.executable, "-m", "celery", "--quiet", "-A")


@dataclass(frozen=True)
class Ours:
    """The service under measurement."""

    stage: Stage
    service: Service
    database_url: str
    api_url: str
    children: Supervisor
    environment: Mapping[str, str]
    """What a further process of the service is told."""
    workers: list[str]
    application: str
    """Of the workers, as Celery finds it."""

    def start_worker(self, processes: int) -> None:
        """Start a worker, the first or one more, of so many processes."""
        name = f"worker-{len(self.workers) + 1}"
        options = ("worker", "--hostname", f"{name}@%h", "--concurrency", str(processes), "--loglevel", "WARNING")
        self.children.start(name, [*_CELERY, self.application, *options], self.environment)
        self.workers.append(name)

    def start_api(self) -> None:
        """Start the API."""
        port = self.api_url.rpartition(":")[2]
        options = ("--host", "127.0.0.1", "--port", port, "--no-access-log", "--log-level", "warning")
        uvicorn = (sys.executable, "-m", "uvicorn", "--factory", "tellusonce.web.app:create_app")
        self.children.start("api", [*uvicorn, *options], self.environment)

    def start_samples(self) -> None:
        """Start sample agencies of the configured channel, which take the place of the stage's."""
        samples = SampleAgencies(self.service.settings, self.service, self.children, self.api_url)
        samples.start_apart(dict.fromkeys(AGENCIES, ()))

    def registrar_key(self) -> str:
        """A key for POST /v1/reports."""
        return self.service.api_keys.issue(Principal("benchmark", Role.REGISTRAR, district=DISTRICT))

    def warm_up(self) -> None:
        """Let everything be started, connected and compiled."""
        self.submit(WARM_UP_REPORTS, 1)
        self.wait_until_closed(START_AT_MOST_SECONDS)

    @contextmanager
    def metered(self) -> Iterator[Meter]:
        """Meter the block."""
        pids = [self.children.pid(name) for name in self.workers]
        with metered(self.database_url, self.stage.machine, pids) as meter:
            yield meter

    def throughput(self, reports: int, a_transaction: int) -> dict[str, float]:
        """Time so many reports from the first submit to the last durable outcome, `a_transaction` reports in each.

        Raises TimeoutError when notifications stay open.
        """
        with self.metered() as meter:
            self.submit(reports, a_transaction)
            self.wait_until_closed(START_AT_MOST_SECONDS + reports / 10)
        return meter.costs(reports)

    def idle_delay_ms(self, reports: int) -> Mapping[str, float]:
        """From accepted to delivered, each report alone: the median and the 99th percentile, in milliseconds."""
        time.sleep(REST_SECONDS)
        for _ in range(reports):
            self.submit(1, 1)
            time.sleep(IDLE_PAUSE_SECONDS)
        self.wait_until_closed(START_AT_MOST_SECONDS)
        return self.latest_delays_ms(reports)

    def latest_delays_ms(self, reports: int) -> Mapping[str, float]:
        """From accepted to delivered of the latest so many reports."""
        return percentiles(self.database_url, f"{DELAYS} ORDER BY accepted_at DESC LIMIT {4 * reports}")

    def submit(self, reports: int, a_transaction: int) -> None:
        """Register reports: singly as the API does, each under a key of its own, or many in each transaction."""
        submitted = submission()
        register = self.service.register

        def once() -> None:
            register.register_once(submitted, **_ACTOR, key=IdempotencyKey("benchmark", str(uuid4()), b""))

        def store(count: int) -> None:
            drawn_until_free(lambda: register.store([register.prepare(submitted, **_ACTOR) for _ in range(count)]))

        with ThreadPoolExecutor(SUBMITTERS) as submitters:
            counts = [min(a_transaction, reports - start) for start in range(0, reports, a_transaction)]
            list(submitters.map(lambda count: once() if a_transaction == 1 else store(count), counts))

    def wait_until_closed(self, at_most_seconds: float) -> None:
        """Wait until nothing is open. Raises TimeoutError."""
        deadline = time.monotonic() + at_most_seconds
        while self.is_open():
            if time.monotonic() > deadline:
                raise TimeoutError("notifications are not closed")
            time.sleep(POLL_SECONDS)

    def is_open(self) -> bool:
        """Whether a notification is not closed."""
        with self.service.database.statement() as cursor:
            # The words of the index on what is open, from its newest end: at the other are all that have left it.
            states = ", ".join(f"'{state}'" for state in _CLOSED)
            newest = f"WHERE state NOT IN ({states}) ORDER BY accepted_at DESC, id DESC LIMIT 1"
            cursor.execute(f"SELECT id FROM notification {newest}".encode())
            return cursor.fetchone() is not None


@contextmanager
def ours(
    stage: Stage,
    database_url: str,
    channel: Mapping[str, Any] = PUSH,
    *,
    silent: bool = False,
    application: str = "workers",
    **further: Any,
) -> Iterator[Ours]:
    """The service over a database of its own, with beat and no worker yet; `silent` rings for nobody.

    `further` are settings.
    """
    settings = Settings(
        data_dir=stage.data_dir,
        config_dir=configure(stage.data_dir / "config", channel, stage.urls),
        database_url=database_url,
        broker_url=stage.broker_url,
        push_urls=stage.urls if channel["kind"] == "push" else {},
        checkpoint_file=stage.data_dir / f"{make_url(database_url).database}.jsonl",
        **further,
    )
    # For the doorbell's application in this process, which reads both or rings nowhere.
    os.environ |= {f"{PREFIX}BROKER_URL": stage.broker_url, f"{PREFIX}DATABASE_URL": database_url}
    doorbell = SilentDoorbell() if silent else CeleryDoorbell(settings.rings_per_second, settings.rings_burst)
    service = Service(settings, database_url, doorbell)
    upgrade(service.database)
    collect_garbage_rarely()  # this process stands in for the API
    api_url = f"http://127.0.0.1:{free_port()}"
    with supervisor(stage.data_dir / "logs") as children:
        running = Ours(
            stage, service, database_url, api_url, children, _environment(settings, api_url), [], application
        )
        children.start(
            "beat", [*_CELERY, "workers", "beat", "--loglevel", "WARNING", "--pidfile="], running.environment
        )
        yield running
    service.close()


@contextmanager
def ours_at_work(
    stage: Stage, channel: Mapping[str, Any] = PUSH, processes: Sequence[int] = (), **options: Any
) -> Iterator[Ours]:
    """The same on a fresh database, warmed up, with a worker for each number of processes; else one for all cores."""
    with stage.database() as database_url, ours(stage, database_url, channel, **options) as running:
        for count in processes or (os.cpu_count() or 1,):
            running.start_worker(count)
        running.warm_up()
        yield running


def _environment(settings: Settings, api_url: str) -> dict[str, str]:
    given = settings.model_dump(mode="json", include=settings.model_fields_set)
    return {
        **{PREFIX + name.upper(): v if isinstance(v, str) else json.dumps(v) for name, v in given.items()},
        f"{PREFIX}PUBLIC_URL": api_url,
    }
