"""The application beside a real OpenID provider."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.cli.town import free_port
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Place, Settings
from tellusonce.web.app import application
from tests.identity.provider import CLIENT_ID, CLIENT_SECRET

_START_SECONDS = 30


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    """Where the provider is, which is a process of its own."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    process = subprocess.Popen([sys.executable, "-m", "tests.identity.provider", str(port)])
    give_up_at = time.monotonic() + _START_SECONDS
    while True:
        assert process.poll() is None
        try:
            httpx2.get(f"{address}/keys").raise_for_status()
            break
        except httpx2.TransportError:
            assert time.monotonic() < give_up_at
            time.sleep(0.05)
    yield address
    process.terminate()
    process.wait()


@pytest.fixture
def settings(issuer: str, tmp_path: Path) -> Settings:
    secret = tmp_path / "client.secret"
    secret.write_text(CLIENT_SECRET + "\n")
    return Settings(
        data_dir=tmp_path,
        oidc_issuer=issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret_file=secret,
        oidc_groups={
            "service-desk": Place(role="staff"),
            "registrars-holmshire": Place(role="registrar", district="holmshire"),
        },
    )


@pytest.fixture
def service(database_url: str, settings: Settings) -> Service:
    return Service(settings, database_url, SilentDoorbell())


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(application(service), base_url=service.public_url, follow_redirects=False) as client:
        yield client
