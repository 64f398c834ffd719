"""The peer: what one would write with Celery and SQLAlchemy alone, a chord of four notifications a report."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar
from uuid import UUID, uuid4

import httpx2
import psutil
from celery import Celery, chord
from sqlalchemy import Engine, ForeignKey, MetaData, create_engine, func, make_url, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship
from sqlalchemy.types import DateTime
from standardwebhooks import Webhook

SCHEMA = "peer_celery_chord"
WARM_UP_REPORTS = 20
START_AT_MOST_SECONDS = 60.0
DRAIN_SECONDS_A_REPORT_AT_MOST = 1.0
POLL_SECONDS = 0.02
STOP_AT_MOST_SECONDS = 20.0
SEND_TIMEOUT_SECONDS = 15.0
FACTS = {
    "deceased.name": "Ann Example",
    "deceased.date_of_birth": "1941-03-02",
    "deceased.national_insurance_number": "QQ123456C",
    "deceased.died_on": "2026-11-01",
    "deceased.address": {"line_1": "1 High Street", "town": "Sampleton", "postcode": "AA1 1AA"},
    "informant.name": "Ben Example",
    "informant.email": "ben@example.org",
}

app = Celery("celery_chord")
app.conf.update(
    broker_url=os.environ.get("BENCH_BROKER_URL"),
    result_backend=os.environ.get("BENCH_BROKER_URL"),
    task_default_queue=SCHEMA,
    result_backend_transport_options={"result_chord_ordered": False},
    result_expires=600,
    worker_prefetch_multiplier=16,
)
client = httpx2.Client(timeout=SEND_TIMEOUT_SECONDS)


class Base(DeclarativeBase):
    """Tables in a schema of their own."""

    metadata = MetaData(schema=SCHEMA)
    type_annotation_map: ClassVar = {dict[str, Any]: JSONB, datetime: DateTime(timezone=True)}


class Report(Base):
    """A report, done when all its notifications have an outcome."""

    __tablename__ = "report"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    facts: Mapped[dict[str, Any]]
    done_at: Mapped[datetime | None]
    notifications: Mapped[list["Notification"]] = relationship(back_populates="report")


class Notification(Base):
    """A notification with its attempts and its acknowledgement."""

    __tablename__ = "notification"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    report_id: Mapped[UUID] = mapped_column(ForeignKey(Report.id), index=True)
    agency: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    attempted_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    acknowledgement: Mapped[dict[str, Any] | None]
    report: Mapped[Report] = relationship(back_populates="notifications")


@cache
def engine() -> Engine:
    """The engine for BENCH_DATABASE_URL."""
    url = make_url(os.environ["BENCH_DATABASE_URL"]).set(drivername="postgresql+psycopg")
    return create_engine(url)


@cache
def listed_agencies() -> dict[str, tuple[str, Webhook]]:
    """The address and the signer of each agency in BENCH_AGENCIES, by code."""
    listed = json.loads(os.environ["BENCH_AGENCIES"])
    return {code: (url, Webhook(secret)) for code, url, secret in listed}


def submit(report: Report) -> None:
    """Store the report with a notification for each agency, and start its chord."""
    report.notifications = [Notification(id=uuid4(), agency=code) for code in listed_agencies()]
    with Session(engine(), expire_on_commit=False) as session:
        session.add(report)
        session.commit()
    chord(notify.s(str(notification.id)) for notification in report.notifications)(close.si(str(report.id)))


@app.task(autoretry_for=(httpx2.HTTPError,), retry_backoff=True, max_retries=5)
def notify(notification_id: str) -> None:
    """Deliver a notification and store the attempt with the acknowledgement that answers it."""
    with Session(engine()) as session:
        notification = session.get_one(Notification, UUID(notification_id), options=[joinedload(Notification.report)])
        response = send(notification)
        response.raise_for_status()
        notification.attempts += 1
        notification.attempted_at = datetime.now(UTC)
        notification.acknowledgement = response.json()
        notification.outcome = notification.acknowledgement["outcome"]
        session.commit()


@app.task(ignore_result=True)
def close(report_id: str) -> None:
    """Mark the report done when all its outcomes are in."""
    with Session(engine()) as session:
        report = session.get_one(Report, UUID(report_id), options=[joinedload(Report.notifications)])
        if all(notification.outcome for notification in report.notifications):
            report.done_at = datetime.now(UTC)
        session.commit()


def send(notification: Notification) -> httpx2.Response:
    """Post the signed event of a notification to its agency."""
    url, webhook = listed_agencies()[notification.agency]
    now = datetime.now(UTC)
    body = json.dumps(event(notification, now))
    headers = {
        "content-type": "application/cloudevents+json",
        "webhook-id": str(notification.id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": webhook.sign(str(notification.id), now, body),
    }
    return client.post(url, content=body, headers=headers)


def event(notification: Notification, now: datetime) -> dict[str, Any]:
    """The CloudEvents 1.0 message of a notification."""
    return {
        "specversion": "1.0",
        "id": str(notification.id),
        "source": "https://tellusonce.example.org",
        "type": "tellusonce.bereavement.original",
        "subject": str(notification.report_id),
        "time": now.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": "https://tellusonce.example.org/schemas/bereavement",
        "data": {"version": 1, "sequence": 1, "facts": notification.report.facts},
    }


def run(database_url: str, broker_url: str, agencies: list[tuple[str, str, str]], reports: int) -> dict[str, float]:
    """Time so many reports from the first submit to the last durable outcome, once a process.

    Agencies are (code, url, secret), each sent one notification a report. The worker has a process for
    every core; `cpu_seconds` is its processes' alone. Raises TimeoutError when reports stay undone.
    """
    environment = {
        "BENCH_DATABASE_URL": database_url,
        "BENCH_BROKER_URL": broker_url,
        "BENCH_AGENCIES": json.dumps(agencies),
    }
    os.environ.update(environment)
    app.conf.update(broker_url=broker_url, result_backend=broker_url)
    app.control.purge()
    with _tables(), _worker() as worker:
        _submit(WARM_UP_REPORTS)
        _wait_until_done(WARM_UP_REPORTS, START_AT_MOST_SECONDS)
        cpu_seconds_before = _cpu_seconds(worker)
        started = time.perf_counter()
        _submit(reports)
        _wait_until_done(WARM_UP_REPORTS + reports, reports * DRAIN_SECONDS_A_REPORT_AT_MOST)
        seconds = time.perf_counter() - started
        cpu_seconds = _cpu_seconds(worker) - cpu_seconds_before
    return {
        "reports": reports,
        "seconds": seconds,
        "reports_per_second": reports / seconds,
        "cpu_seconds": cpu_seconds,
    }


@contextmanager
def _tables() -> Iterator[None]:
    with engine().begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
        Base.metadata.create_all(connection)
    try:
        yield
    finally:
        with engine().begin() as connection:
            connection.execute(text(f"DROP SCHEMA {SCHEMA} CASCADE"))


@contextmanager
def _worker() -> Iterator[psutil.Process]:
    options = [f"--concurrency={os.cpu_count()}", "--pool=prefork", "--loglevel=WARNING"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    no_root_warning = ["-W", "ignore:You're running the worker with superuser"]
    command = [sys.executable, *no_root_warning, "-m", "celery", "-A", __name__, "worker", *options, *quiet]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield psutil.Process(process.pid)
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_AT_MOST_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _submit(reports: int) -> None:
    for _ in range(reports):
        submit(Report(id=uuid4(), facts=FACTS))


def _wait_until_done(reports: int, at_most_seconds: float) -> None:
    deadline = time.monotonic() + at_most_seconds
    while (done := _done()) < reports:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{reports - done} of {reports} reports are not done")
        time.sleep(POLL_SECONDS)


def _done() -> int:
    with Session(engine()) as session:
        return session.scalar(select(func.count(Report.done_at))) or 0


def _cpu_seconds(worker: psutil.Process) -> float:
    times = [process.cpu_times() for process in (worker, *worker.children(recursive=True))]
    return float(sum(spent.user + spent.system for spent in times))
