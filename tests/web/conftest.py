"""The real application over a real, empty database."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from celery import Celery
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tellusonce.web.app import application
from tests.web.calling import Caller, Callers
from tests.web.visiting import Visitors
from workers.app import configuration

NOBODY_LISTENS = "127.0.0.1:1"


class ListedRings:
    """A doorbell that lists whom it was rung for."""

    def __init__(self) -> None:
        self.agencies: list[str] = []

    def ring(self, agencies: Iterable[str]) -> None:
        self.agencies.extend(sorted(agencies))

    def close(self) -> None:
        """Nothing waits."""


@pytest.fixture
def rings() -> ListedRings:
    return ListedRings()


@pytest.fixture
def service(database_url: str, tmp_path: Path, rings: ListedRings) -> Service:
    return Service(Settings(data_dir=tmp_path, board_stream_seconds=0.01), database_url, rings)


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    """Who calls without a key."""
    with TestClient(application(service), follow_redirects=False) as client:
        yield client


@pytest.fixture
def callers(client: TestClient, service: Service) -> Callers:
    """Those who call with a key of theirs."""
    return Callers(client, service.api_keys)


@pytest.fixture
def visitors(client: TestClient, service: Service) -> Visitors:
    """Those who open pages."""
    return Visitors(client, service)


@pytest.fixture
def registrar(callers: Callers) -> Caller:
    """A registrar of Holmshire."""
    return callers.registrar("holmshire")


@pytest.fixture
def client_without_database(tmp_path: Path) -> Iterator[TestClient]:
    """Of a service whose database is not there."""
    service = Service(Settings(data_dir=tmp_path), f"postgresql://{NOBODY_LISTENS}/none", SilentDoorbell())
    with TestClient(application(service), follow_redirects=False) as client:
        yield client


@pytest.fixture
def broker(broker_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service asks the test's broker."""
    _ask_broker(broker_url, monkeypatch)


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service asks a broker that is not there."""
    _ask_broker(f"redis://{NOBODY_LISTENS}/0", monkeypatch)


def _ask_broker(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLUSONCE_DATABASE_URL", f"postgresql://{NOBODY_LISTENS}/none")
    monkeypatch.setenv("TELLUSONCE_BROKER_URL", url)
    app = Celery("test", set_as_current=False)
    app.conf.update(configuration())
    monkeypatch.setattr("workers.broker.app", app)
