"""Connections and transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.types.json import set_json_loads
from pydantic_core import from_json
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, TimeoutError as PoolTimeout

from tellusonce.services.storage import StorageUnreachable
from tellusonce.settings import Settings

Cursor = psycopg.Cursor[tuple[Any, ...]]


class Database:
    """One process's pool of connections; opened when first used, so that a forked child has its own."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.engine = _engine(url, settings)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction, committed at the end. Raises StorageUnreachable."""
        with _reachable(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        """The same as a psycopg cursor, for the flow's batched statements."""
        with self.transaction() as connection, _driver(connection).cursor() as cursor:
            yield cursor

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def _driver(connection: Connection) -> psycopg.Connection[tuple[Any, ...]]:
    driver_connection = connection.connection.driver_connection
    assert isinstance(driver_connection, psycopg.Connection)
    return driver_connection


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as waited:
        raise StorageUnreachable("no connection to PostgreSQL came free in time") from waited
    except DBAPIError as failed:
        if isinstance(failed.orig, psycopg.OperationalError):
            raise StorageUnreachable(f"PostgreSQL: {type(failed.orig).__name__}") from failed
        raise
    except psycopg.OperationalError as failed:
        raise StorageUnreachable(f"PostgreSQL: {type(failed).__name__}") from failed


def sqlalchemy_url(url: str) -> URL:
    """A PostgreSQL address in SQLAlchemy's form, whatever driver it names."""
    return make_url(url).set(drivername="postgresql+psycopg")


def _engine(url: str, settings: Settings) -> Engine:
    bounds_ms = {
        "statement_timeout": settings.statement_timeout_seconds,
        "lock_timeout": settings.lock_timeout_seconds,
        "idle_in_transaction_session_timeout": settings.idle_in_transaction_timeout_seconds,
    }
    engine = create_engine(
        sqlalchemy_url(url),
        pool_size=settings.database_connections,
        max_overflow=0,
        pool_timeout=settings.database_wait_seconds,
        connect_args={
            "connect_timeout": 2,
            "application_name": "tellusonce",
            "options": " ".join(f"-c {name}={int(seconds * 1000)}" for name, seconds in bounds_ms.items()),
        },
    )

    @event.listens_for(engine, "connect")
    def _read_json_fast(connection: psycopg.Connection[Any], _record: object) -> None:
        set_json_loads(from_json, connection)

    @event.listens_for(engine, "handle_error")
    def _forget_broken_connections(context: Any) -> None:
        if isinstance(context.original_exception, psycopg.OperationalError):
            context.is_disconnect = True

    return engine
