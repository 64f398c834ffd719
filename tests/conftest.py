"""Real servers for all tests: one PostgreSQL and one Valkey a run, and a fresh database, cloned, for each test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from argon2.profiles import CHEAPEST
from psycopg import sql

from tellusonce.embedded import EmbeddedServer, start_postgres, start_valkey
from tellusonce.persistence.database import Database
from tellusonce.persistence.migrations import upgrade
from tellusonce.settings import Settings
from tests.emptying import emptied
from tests.reading_once import reading_once

_DATABASE = "TELLUSONCE_TEST_DATABASE_URL"
_BROKER = "TELLUSONCE_TEST_BROKER_URL"
_TEMPLATE = "tellusonce"
# The same for all processes of a run, wherever their data folders are.
_MASTER_KEY = "bm9ib2R5IHVzZXMgdGhpcyBrZXkgYnV0IHRoZSB0ZXM="
_numbers = count()
_empty: list[str] = []
_running: list[EmbeddedServer] = []


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers in the process that the workers are started by."""
    os.environ.setdefault("TELLUSONCE_MASTER_KEYS", _MASTER_KEY)
    if hasattr(config, "workerinput") or _DATABASE in os.environ:
        return
    data_dir = Path(tempfile.mkdtemp(prefix="tellusonce-tests-"))
    data_dir.chmod(0o711)
    postgres, valkey = start_postgres(data_dir), start_valkey(data_dir)
    _running.extend((valkey, postgres))
    os.environ[_DATABASE], os.environ[_BROKER] = postgres.url, valkey.url
    _forgo_durability(postgres.url)
    database = Database(postgres.url, Settings())
    upgrade(database)
    database.close()
    config.add_cleanup(lambda: _stop(data_dir))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes minutes, unless it is asked for by `-m long`."""
    if config.option.markexpr:
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


def _forgo_durability(url: str) -> None:
    """No test here pulls the plug, and making a database for each test is mostly waiting for the disk."""
    with psycopg.connect(url, autocommit=True) as admin:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            admin.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        admin.execute("SELECT pg_reload_conf()")


def _stop(data_dir: Path) -> None:
    for server in _running:
        server.stop()
    shutil.rmtree(data_dir)


@pytest.fixture(scope="session", autouse=True)
def _shipped_configuration() -> Iterator[None]:
    with reading_once():
        yield


@pytest.fixture
def database_url() -> Iterator[str]:
    """A database of the test's own, with the tables and nothing in them."""
    server = os.environ[_DATABASE]
    name = _empty.pop() if _empty else _new(server)
    yield server.replace(f"/{_TEMPLATE}?", f"/{name}?")
    if emptied(server, name):
        _empty.append(name)


def _new(server: str) -> str:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server, dbname="postgres", autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(_TEMPLATE)))
    return name


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The same, opened."""
    opened = Database(database_url, Settings())
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def broker_url() -> str:
    """The broker; tests that empty or stop it start one of their own."""
    return os.environ[_BROKER]


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """A digest is to be slow, and a test that signs somebody in is not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tellusonce.persistence.passwords.PARAMETERS", CHEAPEST)
        yield
