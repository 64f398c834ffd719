"""Connections and transactions."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from psycopg.types.json import set_json_dumps, set_json_loads
from pydantic_core import from_json, to_json
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tellusonce.persistence.encryption import Encryption
from tellusonce.persistence.master_keys import MasterKeys
from tellusonce.services.storage import StorageBusy, StorageOutdated, StorageUnreachable
from tellusonce.settings import Settings

Cursor = psycopg.Cursor[tuple[Any, ...]]

# The last is no OperationalError to psycopg: who was stopped in mid-transaction finds the session ended.
_SESSION_LOST = (psycopg.OperationalError, psycopg.errors.IdleInTransactionSessionTimeout)
_LOCKED = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)


class Database:
    """One process's pool of connections; opened when first used, so that a forked child has its own.

    Connections commit each statement by themselves unless a transaction is asked for. `encryption` has the keys of what
    is stored.
    """

    def __init__(self, url: str, settings: Settings) -> None:
        self.encryption = Encryption(MasterKeys.of(settings))
        self.engine = _engine(url, settings)
        self._transactional = self.engine.execution_options(isolation_level="READ COMMITTED")

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction for SQLAlchemy Core, committed at the end. Raises StorageUnreachable."""
        with _reachable(), self._transactional.begin() as connection:
            yield connection

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        """A transaction as a psycopg cursor, for the flow's batched statements."""
        with _reachable(), self._connection() as connection, connection.transaction(), connection.cursor() as cursor:
            yield cursor

    @contextmanager
    def pipeline(self) -> Iterator[Cursor]:
        """A transaction whose statements are sent without waiting for the ones before, until a result is read."""
        with (
            _reachable(),
            self._connection() as connection,
            connection.pipeline(),
            connection.transaction(),
            connection.cursor() as cursor,
        ):
            yield cursor

    @contextmanager
    def statement(self) -> Iterator[Cursor]:
        """A psycopg cursor for one statement, which is a transaction by itself: one round trip instead of three."""
        with _reachable(), self._connection() as connection, connection.cursor() as cursor:
            yield cursor

    @contextmanager
    def session(self) -> Iterator[Cursor]:
        """A cursor on a connection besides the pool's, which ends with it: for a lock that is held for minutes."""
        with _reachable():
            pooled = self.engine.raw_connection()
            connection = pooled.driver_connection
            assert isinstance(connection, psycopg.Connection)
            pooled.detach()
            with closing(connection), connection.cursor() as cursor:
                yield cursor

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        pooled = self.engine.raw_connection()
        connection = pooled.driver_connection
        assert isinstance(connection, psycopg.Connection)
        try:
            yield connection
        finally:
            if connection.closed:
                # Those that wait in the pool have most likely gone with it: one failure is enough.
                pooled.invalidate()
                self.engine.dispose()
            pooled.close()


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as waited:
        raise StorageUnreachable("no connection to PostgreSQL came free in time") from waited
    except (DBAPIError, psycopg.Error) as failed:
        cause = failed.orig if isinstance(failed, DBAPIError) else failed
        if isinstance(cause, _LOCKED):
            raise StorageBusy(f"PostgreSQL: {type(cause).__name__}") from failed
        if isinstance(cause, _SESSION_LOST):
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
        isolation_level="AUTOCOMMIT",
        pool_reset_on_return=None,
        pool_size=settings.database_connections,
        max_overflow=0,
        pool_timeout=settings.database_wait_seconds,
        connect_args={
            "connect_timeout": 2,
            "application_name": "tellusonce",
            "options": " ".join(
                [
                    "-c TimeZone=UTC",
                    "-c plan_cache_mode=force_custom_plan",
                    *(f"-c {name}={int(seconds * 1000)}" for name, seconds in bounds_seconds.items()),
                ]
            ),
        },
    )

    @event.listens_for(engine, "connect")
    def _convert_json_fast(connection: psycopg.Connection[Any], _record: object) -> None:
        set_json_loads(from_json, connection)
        set_json_dumps(to_json, connection)

    @event.listens_for(engine, "handle_error")
    def _forget_broken_connections(context: Any) -> None:
        if isinstance(context.original_exception, _SESSION_LOST):
            context.is_disconnect = True

    return engine
