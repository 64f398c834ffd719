"""The API as a process of its own, as it is really served, and what it writes to standard error."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tellusonce.cli.ports import free_port

_START_SECONDS = 60
_STOP_SECONDS = 10


@dataclass(frozen=True)
class Served:
    """Where it is, and its log."""

    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(database_url: str, broker_url: str, folder: Path, *options: str) -> Iterator[Served]:
    """Serve until the end of the block, with further options of uvicorn; the log is whole after it."""
    served = Served(free_port(), folder / "api.log")
    environment = {
        "TELLUSONCE_DATABASE_URL": database_url,
        "TELLUSONCE_BROKER_URL": broker_url,
        "TELLUSONCE_DATA_DIR": str(folder),
    }
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "--factory",
        "tellusonce.web.app:create_app",
        "--port",
        str(served.port),
        *options,
    ]
    with served.log.open("wb") as log:
        process = subprocess.Popen([*command, "--no-access-log"], stderr=log, stdout=log, env=os.environ | environment)
    try:
        _wait_until_alive(served, process)
        yield served
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


def _wait_until_alive(served: Served, process: "subprocess.Popen[bytes]") -> None:
    give_up_at = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up_at:
        assert process.poll() is None, served.log.read_text()
        try:
            httpx2.get(f"{served.url}/healthz")
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(served.log.read_text())
