"""The real application over a real database, with keys for everybody and agencies of every channel."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tellusonce.web.app import application
from tests.web.calling import Caller, Callers
from workers.app import configuration


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of the service; a test may have its own."""
    return Settings(data_dir=tmp_path)


@pytest.fixture
def service(database_url: str, settings: Settings) -> Service:
    return Service(settings, database_url, SilentDoorbell())


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    """Who calls without a key. A failure of ours is answered as to anybody, not raised in the test."""
    with TestClient(application(service), follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def callers(client: TestClient, service: Service) -> Callers:
    return Callers(client, service.api_keys)


@pytest.fixture
def registrar(callers: Callers) -> Caller:
    """A registrar of Holmshire."""
    return callers.registrar("holmshire")


@pytest.fixture
def broker_asked(broker_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service asks the test's broker whether it is there."""
    monkeypatch.setenv("TELLUSONCE_DATABASE_URL", "postgresql://127.0.0.1:1/none")
    monkeypatch.setenv("TELLUSONCE_BROKER_URL", broker_url)
    app = Celery("test", set_as_current=False)
    app.conf.update(configuration())
    monkeypatch.setattr("workers.broker.app", app)
