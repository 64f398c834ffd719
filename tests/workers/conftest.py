"""A broker of the test's own, and a Celery application on it."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from celery import Celery
from redis import Redis

from tellusonce.embedded import EmbeddedServer, start_valkey
from workers.app import configuration
from workers.connecting import EagerAMQP


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A broker of the test's own."""
    server = start_valkey(tmp_path / "broker")
    yield server
    server.stop()


@pytest.fixture
def broker(valkey: EmbeddedServer) -> Iterator[Redis]:
    """The same broker, spoken to directly."""
    with Redis(unix_socket_path=urlsplit(valkey.url).path) as client:
        yield client


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Celery:
    """An application configured as the workers' is, which nobody connects to a broker."""
    monkeypatch.setenv("TELLUSONCE_BROKER_URL", "redis://nowhere.invalid/0")
    return _application(monkeypatch)


@pytest.fixture
def app(valkey: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    """The same on the test's broker, in the place of the workers' own."""
    monkeypatch.setenv("TELLUSONCE_BROKER_URL", valkey.url)
    made = _application(monkeypatch)
    monkeypatch.setattr("workers.doorbell.app", made)
    yield made
    made.close()


def _application(monkeypatch: pytest.MonkeyPatch) -> Celery:
    monkeypatch.setenv("TELLUSONCE_DATABASE_URL", "postgresql://nobody@/nowhere")
    made = Celery("test", amqp=EagerAMQP, set_as_current=False)
    made.conf.update(configuration())
    return made
