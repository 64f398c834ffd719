"""Procrastinate: a job a notification, in async workers, one a core; the last to be acknowledged closes the report."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import procrastinate
import psycopg
from psycopg_pool import AsyncConnectionPool

from tests.benchmarks.peers import work
from tests.benchmarks.peers.race import Peer

AT_ONCE = 20
"""Jobs in each process."""

_NEW_REPORT = "INSERT INTO peer.report (id, facts) VALUES (%s, %s)"
_NEW_NOTIFICATION = "INSERT INTO peer.notification (id, report_id, agency) VALUES (%s, %s, %s)"
_READ = """
SELECT report_id, agency, facts FROM peer.notification JOIN peer.report ON report.id = report_id
WHERE notification.id = %s
"""
_ACKNOWLEDGED = """
UPDATE peer.notification SET attempts = attempts + 1, attempted_at = now(), acknowledgement = %s, outcome = %s
WHERE id = %s
"""
# The lock lets the later of two that end together see the earlier.
_LOCK = "SELECT FROM peer.report WHERE id = %s FOR UPDATE"
_CLOSE = """
UPDATE peer.report SET done_at = now()
WHERE id = %s AND NOT EXISTS (SELECT FROM peer.notification WHERE report_id = report.id AND outcome IS NULL)
"""

app = procrastinate.App(
    connector=procrastinate.PsycopgConnector(conninfo=os.environ[work.DATABASE_URL], max_size=AT_ONCE)
)


def submit(reports: int) -> None:
    """Store each report with its notifications and their jobs, all in one transaction."""
    with psycopg.connect(os.environ[work.DATABASE_URL]) as connection, _deferring().open():
        for _ in range(reports):
            report_id = uuid4()
            notifications = [(uuid4(), report_id, agency) for agency in work.listed_agencies()]
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(_NEW_REPORT, (report_id, json.dumps(work.FACTS)))
                cursor.executemany(_NEW_NOTIFICATION, notifications)
                deferrer = _deferring().configure_task("notify", connection=connection)
                deferrer.batch_defer(*({"notification_id": str(id_)} for id_, _, _ in notifications))


@app.task(name="notify", retry=5)
async def notify(notification_id: str) -> None:
    """Deliver a notification and store the attempt with the acknowledgement that answers it."""
    async with _pool().connection() as connection:
        row = await (await connection.execute(_READ, (notification_id,))).fetchone()
        assert row is not None
    report_id, agency, facts = row
    word: Mapping[str, Any] = await work.push(UUID(notification_id), report_id, agency, facts)
    async with _pool().connection() as connection:
        await connection.execute(_LOCK, (report_id,))
        await connection.execute(_ACKNOWLEDGED, (json.dumps(word), word["outcome"], notification_id))
        await connection.execute(_CLOSE, (report_id,))


def prepare() -> None:
    """Make Procrastinate's tables."""
    with _deferring().open():
        _deferring().schema_manager.apply_schema()


@cache
def _deferring() -> procrastinate.App:
    """An app that is used without an event loop."""
    return procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=os.environ[work.DATABASE_URL]))


@cache
def _pool() -> "AsyncConnectionPool[psycopg.AsyncConnection[tuple[Any, ...]]]":
    return AsyncConnectionPool(os.environ[work.DATABASE_URL], max_size=AT_ONCE, open=False)


async def _work() -> None:
    async with _pool(), app.open_async():
        await app.run_worker_async(concurrency=AT_ONCE)


PEER = Peer(submit, [(sys.executable, "-m", __name__)] * (os.cpu_count() or 1), prepare)

if __name__ == "__main__":
    asyncio.run(_work())
