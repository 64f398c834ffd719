"""DBOS: an async workflow a report, enqueued in the transaction that stores it; four steps at once, one transaction.

One process a core; a single process was as fast on two busy cores.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from dbos import DBOS, AsyncSQLAlchemyDatasource, DBOSClient, DBOSConfig
from sqlalchemy import Engine, create_engine, make_url, text

from tests.benchmarks.peers import work
from tests.benchmarks.peers.race import Peer

QUEUE = "reports"
PROCESSES = os.cpu_count() or 1
AT_ONCE = 50
"""Reports in each process."""
POLL_SECONDS = 0.05

_NEW_REPORT = text("INSERT INTO peer.report (id, facts) VALUES (:id, :facts)")
_NEW_NOTIFICATION = text("INSERT INTO peer.notification (id, report_id, agency) VALUES (:id, :report_id, :agency)")
_ACKNOWLEDGED = text("""
UPDATE peer.notification
SET attempts = attempts + 1, attempted_at = now(), acknowledgement = :acknowledgement, outcome = :outcome
WHERE id = :id
""")
_DONE = text("UPDATE peer.report SET done_at = now() WHERE id = :id")


def _database_url() -> str:
    return make_url(os.environ[work.DATABASE_URL]).set(drivername="postgresql+psycopg").render_as_string(False)


@cache
def _client() -> tuple[DBOSClient, Engine]:
    engine = create_engine(_database_url())
    return DBOSClient(system_database_engine=engine), engine


def submit(reports: int) -> None:
    """Store each report with its notifications and its workflow, all in one transaction."""
    client, engine = _client()
    for _ in range(reports):
        report_id = uuid4()
        notifications = [(str(uuid4()), agency) for agency in work.listed_agencies()]
        with engine.begin() as connection:
            connection.execute(_NEW_REPORT, {"id": report_id, "facts": json.dumps(work.FACTS)})
            connection.execute(
                _NEW_NOTIFICATION,
                [{"id": UUID(id_), "report_id": report_id, "agency": agency} for id_, agency in notifications],
            )
            options = {"queue_name": QUEUE, "workflow_name": "notify_all"}
            client.enqueue_in_transaction(connection, options, str(report_id), notifications, work.FACTS)


@DBOS.workflow(name="notify_all")
async def notify_all(report_id: str, notifications: Sequence[tuple[str, str]], facts: Mapping[str, Any]) -> None:
    """Deliver all notifications of a report at once and record their outcomes."""
    words = await asyncio.gather(*(notify(id_, report_id, agency, facts) for id_, agency in notifications))
    await _datasource.run_tx_step_async({"isolation_level": "READ COMMITTED"}, record, report_id, words)


@DBOS.step(retries_allowed=True, max_attempts=5)
async def notify(id_: str, report_id: str, agency: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Deliver a notification; gives its acknowledgement."""
    return await work.push(UUID(id_), UUID(report_id), agency, facts)


async def record(report_id: str, words: Sequence[Mapping[str, Any]]) -> None:
    """Store the attempts with their acknowledgements and mark the report done."""
    session = _datasource.sql_session()
    for word in words:
        parameters = {"id": word["notification"], "outcome": word["outcome"], "acknowledgement": json.dumps(word)}
        await session.execute(_ACKNOWLEDGED, parameters)
    await session.execute(_DONE, {"id": report_id})


def _configuration(process: str) -> DBOSConfig:
    return {
        "name": "peer",
        "system_database_url": _database_url(),
        "executor_id": process,
        "log_level": "WARNING",
        "scheduler_polling_interval_sec": 30.0,
    }


def prepare() -> None:
    """Make DBOS's tables and the queue."""
    DBOS(config=_configuration("prepare"))
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=AT_ONCE, polling_interval_sec=POLL_SECONDS)
    DBOS.destroy()


async def _work(process: str) -> None:
    global _datasource  # noqa: PLW0603 - steps and transactions are module-level in DBOS
    _datasource = await AsyncSQLAlchemyDatasource.create(_database_url())
    DBOS(config=_configuration(process))
    DBOS.launch()
    await asyncio.Event().wait()


_datasource: Any = None
PEER = Peer(submit, [(sys.executable, "-m", __name__, str(number)) for number in range(PROCESSES)], prepare)

if __name__ == "__main__":
    asyncio.run(_work(f"process-{sys.argv[1]}"))
