"""Connections and transactions: bounded, in UTC, and mended by themselves."""

import time
from contextlib import suppress
from functools import partial

import psycopg
import pytest
from psycopg.errors import UniqueViolation

from tellusonce.persistence.database import Database
from tellusonce.services.storage import StorageUnreachable
from tellusonce.settings import Settings
from tests.persistence.racing import at_once
from tests.persistence.stored import query

_PAUSED = "INSERT INTO lane (agency) VALUES ('holmshire-council-tax')"


def test_what_fails_is_undone(database: Database) -> None:
    """A transaction that does not come to its end leaves nothing."""
    with suppress(KeyError), database.cursor() as cursor:
        cursor.execute(_PAUSED)
        raise KeyError
    assert query(database, "SELECT * FROM lane") == []


def test_a_mistake_is_not_said_to_be_the_network(database: Database) -> None:
    """A statement that PostgreSQL refuses raises its own error, and the connection serves on."""
    query(database, _PAUSED)
    with pytest.raises(UniqueViolation):
        query(database, _PAUSED)
    assert query(database, "SELECT 1") == [(1,)]


def test_nobody_there_is_said_at_once() -> None:
    """Where no PostgreSQL listens, that is StorageUnreachable, whose text holds no address and no password."""
    nobody = Database("postgresql://user:secret@127.0.0.1:1/tellusonce", Settings())
    with pytest.raises(StorageUnreachable) as raised:
        query(nobody, "SELECT 1")
    assert "secret" not in str(raised.value)
    assert "127.0.0.1" not in str(raised.value)


@pytest.mark.parametrize("opening", [Database.cursor, Database.statement], ids=["transaction", "one statement"])
def test_dropped_connections_cost_one_failure(database: Database, database_url: str, opening: object) -> None:
    """After PostgreSQL has dropped all connections of a process, one call fails at the most."""
    at_once([partial(query, database, "SELECT pg_sleep(0.1)")] * 4)
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert sum(not _serves(database, opening) for _ in range(6)) <= 1


def test_waiting_for_a_connection_is_bounded(database_url: str) -> None:
    """When all connections are in use and none comes free in time, that is StorageUnreachable."""
    database = Database(database_url, Settings(database_connections=1, database_wait_seconds=0.1))
    started = time.monotonic()
    with database.cursor(), pytest.raises(StorageUnreachable):
        query(database, "SELECT 1")
    assert time.monotonic() - started < 2
    database.close()


def test_statements_are_bounded(database_url: str) -> None:
    """A statement that takes longer than it may is broken off, and that is StorageUnreachable."""
    database = Database(database_url, Settings(statement_timeout_seconds=0.1))
    started = time.monotonic()
    with pytest.raises(StorageUnreachable):
        query(database, "SELECT pg_sleep(5)")
    assert time.monotonic() - started < 2
    database.close()


def test_waiting_for_a_lock_is_bounded(database_url: str) -> None:
    """A statement does not wait for a lock for longer than it may, and that is StorageUnreachable."""
    database = Database(database_url, Settings(lock_timeout_seconds=0.1))
    with database.cursor() as cursor:
        cursor.execute("LOCK TABLE report")
        with pytest.raises(StorageUnreachable):
            query(database, "SELECT * FROM report")
    database.close()


def _serves(database: Database, opening: object) -> bool:
    assert callable(opening)
    try:
        with opening(database) as cursor:
            cursor.execute("SELECT 1")
    except StorageUnreachable:
        return False
    return True
