"""The application beside a real OpenID provider."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tellusonce.web.app import application
from tests.identity.serving import provider, provider_settings


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    """Where the provider is, which is a process of its own."""
    with provider() as address:
        yield address


@pytest.fixture
def settings(issuer: str, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, **provider_settings(issuer, tmp_path))


@pytest.fixture
def service(database_url: str, settings: Settings) -> Service:
    return Service(settings, database_url, SilentDoorbell())


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(application(service), base_url=service.public_url, follow_redirects=False) as client:
        yield client
