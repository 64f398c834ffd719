"""Which batch files were placed for agencies, and which of their acknowledgement files were read."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import LiteralString

import psycopg

from tellusonce.persistence.database import Cursor, Database
from tellusonce.services.acknowledgement_files import ReadBefore
from tellusonce.services.batch_files import BatchUnderWay, LastBatch

_LOOK_SECONDS = 0.1

# Held by the session and not by a transaction, which would have to stay open while files are sent. A machine that
# vanished is found out within half a minute, and its lock is free.
_WATCH: LiteralString = """
SELECT set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
       set_config('tcp_keepalives_count', '3', false)
"""
_TAKE_TURN: LiteralString = "SELECT pg_try_advisory_lock(hashtextextended('batch file ' || %s, 0))"
# The session's end frees it as well, but a moment after who ended it goes on.
_END_TURN: LiteralString = "SELECT pg_advisory_unlock(hashtextextended('batch file ' || %s, 0))"

_LAST: LiteralString = """
SELECT now(), placed_at, count
FROM (VALUES (1)) AS always LEFT JOIN (
    SELECT placed_at, count FROM batch_file WHERE agency = %s ORDER BY number DESC LIMIT 1
) AS last ON true
"""


class _Batch:
    """The port `NumberedBatch`, while its session holds the agency's turn."""

    def __init__(self, cursor: Cursor, agency: str, number: int) -> None:
        self.number = number
        self._cursor = cursor
        self._agency = agency

    def record(self, name: str, count: int, sha256: bytes) -> None:
        """Note that it is in its place. On the session that holds the turn: who has lost that records nothing."""
        self._cursor.execute(
            "INSERT INTO batch_file (agency, number, name, count, sha256) VALUES (%s, %s, %s, %s, %s)",
            (self._agency, self.number, name, count, sha256),
        )


class BatchFiles:
    """The ports `BatchNumbers` and `BatchLog` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def next_batch(self, agency: str, wait_seconds: float) -> Iterator[_Batch]:
        """The agency's next batch, kept from others until the end."""
        with self._database.session() as cursor:
            cursor.execute(_WATCH)
            give_up_at = time.monotonic() + wait_seconds
            while not _has_turn(cursor, agency):
                if time.monotonic() >= give_up_at:
                    raise BatchUnderWay
                time.sleep(_LOOK_SECONDS)
            cursor.execute("SELECT coalesce(max(number), 0) + 1 FROM batch_file WHERE agency = %s", (agency,))
            ((number,),) = cursor.fetchall()
            try:
                yield _Batch(cursor, agency, number)
            finally:
                with suppress(psycopg.Error):  # a session that was lost has no turn any more
                    cursor.execute(_END_TURN, (agency,))

    def last_batch(self, agency: str) -> tuple[datetime, LastBatch | None]:
        """The database's time, and the agency's last batch, where there was one."""
        with self._database.statement() as cursor:
            cursor.execute(_LAST, (agency,))
            ((now, placed_at, count),) = cursor.fetchall()
            return now, LastBatch(placed_at, count) if placed_at else None


class AcknowledgementFiles:
    """The port `AcknowledgementFileStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read_before(self, agency: str, sha256: bytes) -> ReadBefore | None:
        """The agency's file of this digest, where it was read before."""
        with self._database.statement() as cursor:
            cursor.execute(
                "SELECT name, lines, refused FROM acknowledgement_file WHERE agency = %s AND sha256 = %s",
                (agency, sha256),
            )
            row = cursor.fetchone()
            return ReadBefore(*row) if row else None

    def add(self, agency: str, sha256: bytes, file: ReadBefore) -> None:
        """Note that it was read; nothing where that is noted already."""
        with self._database.statement() as cursor:
            cursor.execute(
                "INSERT INTO acknowledgement_file (agency, sha256, name, lines, refused) VALUES (%s, %s, %s, %s, %s) "
                "ON CONFLICT DO NOTHING",
                (agency, sha256, file.name, file.lines, file.refused),
            )


def _has_turn(cursor: Cursor, agency: str) -> bool:
    cursor.execute(_TAKE_TURN, (agency,))
    return bool(cursor.fetchall()[0][0])
