"""Celery and SQLAlchemy: a chord of four tasks a report, with a Redis result backend."""

import os
import sys
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar
from uuid import UUID, uuid4

import httpx2
from celery import Celery, chord
from sqlalchemy import Engine, ForeignKey, MetaData, create_engine, make_url
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship
from sqlalchemy.types import DateTime

from tests.benchmarks.peers import work
from tests.benchmarks.peers.race import Peer

app = Celery("celery_chord", broker=os.environ.get(work.BROKER_URL), backend=os.environ.get(work.BROKER_URL))
app.conf.update(
    task_default_queue="peer",
    result_backend_transport_options={"result_chord_ordered": False},
    result_expires=600,
    worker_prefetch_multiplier=16,
)
client = httpx2.Client(timeout=work.SEND_TIMEOUT_SECONDS)


class Base(DeclarativeBase):
    """Maps the tables of `work`."""

    metadata = MetaData(schema="peer")
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
    """The engine, made in the process that asks."""
    return create_engine(make_url(os.environ[work.DATABASE_URL]).set(drivername="postgresql+psycopg"))


def submit(reports: int) -> None:
    """Store each report with a notification for each agency, and start its chord."""
    for _ in range(reports):
        report = Report(id=uuid4(), facts=work.FACTS)
        report.notifications = [Notification(id=uuid4(), agency=code) for code in work.listed_agencies()]
        with Session(engine(), expire_on_commit=False) as session:
            session.add(report)
            session.commit()
        chord(notify.s(str(notification.id)) for notification in report.notifications)(close.si(str(report.id)))


@app.task(autoretry_for=(httpx2.HTTPError,), retry_backoff=True, max_retries=5)
def notify(notification_id: str) -> None:
    """Deliver a notification and store the attempt with the acknowledgement that answers it."""
    with Session(engine()) as session:
        notification = session.get_one(Notification, UUID(notification_id), options=[joinedload(Notification.report)])
        url, body, headers = work.signed_push(
            notification.id, notification.report_id, notification.agency, notification.report.facts
        )
        response = client.post(url, content=body, headers=headers)
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


_POOL = (f"--concurrency={os.cpu_count()}", "--pool=prefork", "--loglevel=WARNING")
_QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat")
_WORKER = (sys.executable, "-m", "celery", "-A", __name__, "worker", *_POOL, *_QUIET)
PEER = Peer(submit, [_WORKER], prepare=app.control.purge)
