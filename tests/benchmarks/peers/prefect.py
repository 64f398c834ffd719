"""Prefect: an async flow a report with four concurrent tasks, on a Prefect server of its own over the same PostgreSQL.

Flows run in the process that submits them, which is Prefect's fastest form: a worker or a served deployment starts a
process, or asks the server for work, once more for each report.
"""

import asyncio
import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import make_url

from tests.benchmarks.peers import work
from tests.benchmarks.peers.race import Peer

with socket.create_server(("127.0.0.1", 0)) as _listener:
    _PORT = _listener.getsockname()[1]
_DATABASE = make_url(os.environ[work.DATABASE_URL]).set(drivername="postgresql+asyncpg")
_API = f"http://127.0.0.1:{_PORT}/api"
os.environ |= {
    "PREFECT_API_URL": _API,
    "PREFECT_SERVER_DATABASE_CONNECTION_URL": _DATABASE.render_as_string(hide_password=False),
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "ERROR",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_HOME": os.environ[work.FOLDER],
}
from prefect import flow, task  # noqa: E402 - it reads its settings when it is imported

AT_ONCE = 8
"""Flows."""
START_AT_MOST_SECONDS = 120.0

_NEW_REPORT = "INSERT INTO peer.report (id, facts) VALUES (%s, %s)"
_NEW_NOTIFICATION = "INSERT INTO peer.notification (id, report_id, agency) VALUES (%s, %s, %s)"
_ACKNOWLEDGED = """
UPDATE peer.notification SET attempts = attempts + 1, attempted_at = now(), acknowledgement = %s, outcome = %s
WHERE id = %s
"""
_DONE = "UPDATE peer.report SET done_at = now() WHERE id = %s"


def submit(reports: int) -> None:
    """Run a flow for each report, a few at once."""
    asyncio.run(_submit(reports))


async def _submit(reports: int) -> None:
    free = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with free:
            await tell_all()

    async with _pool():
        await asyncio.gather(*(one() for _ in range(reports)))
    _pool.cache_clear()


@flow(log_prints=False, persist_result=False)
async def tell_all() -> None:
    """Store a report with its notifications, deliver these at once, and mark the report done."""
    report_id = uuid4()
    notifications = [(uuid4(), report_id, agency) for agency in work.listed_agencies()]
    async with _pool().connection() as connection, connection.cursor() as cursor:
        await cursor.execute(_NEW_REPORT, (report_id, json.dumps(work.FACTS)))
        await cursor.executemany(_NEW_NOTIFICATION, notifications)
    await asyncio.gather(*(notify(id_, report_id, agency) for id_, _, agency in notifications))
    async with _pool().connection() as connection:
        await connection.execute(_DONE, (report_id,))


@task(retries=5, retry_delay_seconds=1, persist_result=False)
async def notify(id_: UUID, report_id: UUID, agency: str) -> None:
    """Deliver a notification and store the attempt with the acknowledgement that answers it."""
    word: Mapping[str, Any] = await work.push(id_, report_id, agency, work.FACTS)
    async with _pool().connection() as connection:
        await connection.execute(_ACKNOWLEDGED, (json.dumps(word), word["outcome"], id_))


@cache
def _pool() -> "AsyncConnectionPool[psycopg.AsyncConnection[tuple[Any, ...]]]":
    return AsyncConnectionPool(os.environ[work.DATABASE_URL], max_size=AT_ONCE, open=False)


def started() -> None:
    """Wait until the server answers. Raises TimeoutError."""
    deadline = time.monotonic() + START_AT_MOST_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{_API}/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError("Prefect's server does not answer")


_SERVER = (sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(_PORT), "--no-ui")
PEER = Peer(submit, [_SERVER], started=started)
