"""The OpenID provider as a process, and the settings of a service that people sign in to by it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tellusonce.cli.ports import free_port
from tellusonce.settings import Place
from tests.identity.provider import CLIENT_ID, CLIENT_SECRET

_START_SECONDS = 30


@contextmanager
def provider() -> Iterator[str]:
    """Serve it until the end of the block: its address, which is the issuer."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    process = subprocess.Popen([sys.executable, "-m", "tests.identity.provider", str(port)])
    give_up_at = time.monotonic() + _START_SECONDS
    try:
        while not _answers(address):
            assert process.poll() is None, "the provider did not start"
            assert time.monotonic() < give_up_at, "the provider took too long to start"
            time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait()


def provider_settings(issuer: str, folder: Path) -> dict[str, Any]:
    """Two of the provider's groups are somebody here."""
    secret = folder / "client.secret"
    secret.write_text(CLIENT_SECRET + "\n")
    return {
        "oidc_issuer": issuer,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret_file": secret,
        "oidc_groups": {
            "service-desk": Place(role="staff"),
            "registrars-holmshire": Place(role="registrar", district="holmshire"),
        },
    }


def _answers(address: str) -> bool:
    try:
        return httpx2.get(f"{address}/keys").status_code == 200
    except httpx2.TransportError:
        return False
