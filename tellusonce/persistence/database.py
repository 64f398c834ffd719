"""Connections and transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.types.json import set_json_dumps, set_json_loads
from pydantic_core import from_json, to_json
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tellusonce.services.storage import StorageOutdated, StorageUnreachable
from tellusonce.settings import Settings

Cursor = psycopg.Cursor[tuple[Any, ...]]


class Database:
    """One process's pool of connections; opened when first used, so that a forked child has its own."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.engine = _engine(url, settings)
        self._autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction, committed at the end. Raises StorageUnreachable."""
        with _reachable(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        """The same as a psycopg cursor, for the flow's batched statements."""
        with self.transaction() as connection, self._driver_cursor(connection) as cursor:
            yield cursor

    @contextmanager
    def statement(self) -> Iterator[Cursor]:
        """A psycopg cursor for one statement, which is a transaction by itself: one round trip instead of three."""
        with _reachable(), self._autocommit.connect() as connection, self._driver_cursor(connection) as cursor:
            yield cursor

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    @contextmanager
    def _driver_cursor(self, connection: Connection) -> Iterator[Cursor]:
        driver = _driver(connection)
        try:
            with driver.cursor() as cursor:
                yield cursor
        except psycopg.OperationalError:
            if driver.broken:
                # Those that wait in the pool have most likely gone with it: one failure is enough.
                connection.invalidate()
                self.engine.dispose()
            raise


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
    except (DBAPIError, psycopg.Error) as failed:
        cause = failed.orig if isinstance(failed, DBAPIError) else failed
        if isinstance(cause, psycopg.OperationalError):
            raise StorageUnreachable(f"PostgreSQL: {type(cause).__name__}") from failed
        if isinstance(cause, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
            raise StorageOutdated from failed
        raise


def sqlalchemy_url(url: str) -> URL:
    """A PostgreSQL address in SQLAlchemy's form, whatever driver it names."""
    return make_url(url).set(drivername="postgresql+psycopg")


def _engine(url: str, settings: Settings) -> Engine:
    bounds_seconds = {
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
            "options": " ".join(
                ["-c TimeZone=UTC", *(f"-c {name}={int(seconds * 1000)}" for name, seconds in bounds_seconds.items())]
            ),
        },
    )

    @event.listens_for(engine, "connect")
    def _convert_json_fast(connection: psycopg.Connection[Any], _record: object) -> None:
        set_json_loads(from_json, connection)
        set_json_dumps(to_json, connection)

    @event.listens_for(engine, "handle_error")
    def _forget_broken_connections(context: Any) -> None:
        if isinstance(context.original_exception, psycopg.OperationalError):
            context.is_disconnect = True

    return engine
