"""The whole service on one machine as real processes: API, workers, beat, and sample agencies that answer."""

import json
import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tellusonce.bootstrap import Servers, Service
from tellusonce.cli.supervisor import Supervisor, supervisor
from tellusonce.services.api_keys import Principal, Role
from tellusonce.settings import PREFIX, Settings

_SECRET = "SAMPLE_AGENCY_SECRET"  # noqa: S105 - a variable's name
_API_KEY = "SAMPLE_AGENCY_API_KEY"
_UVICORN = (
    *(sys.executable, "-m", "uvicorn", "--factory", "tellusonce.web.app:create_app"),
    *("--no-access-log", "--no-server-header", "--log-level", "warning", "--timeout-graceful-shutdown", "5"),
)
_CELERY = (sys.executable, "-m", "celery", "--quiet", "-A", "workers")


@dataclass(frozen=True)
class Town:
    """Where everything is."""

    api_url: str
    children: Supervisor
    environment: Mapping[str, str]
    """What a further process of this service is told."""

    def start_worker(self, name: str) -> None:
        """Start a worker, the first or one more."""
        processes = str(os.cpu_count() or 1)
        command = [*_CELERY, "worker", "--hostname", f"{name}@%h", "--concurrency", processes, "--loglevel", "WARNING"]
        self.children.start(name, command, self.environment)

    def start_beat(self, name: str) -> None:
        """Start a beat, the first or one more."""
        self.children.start(name, [*_CELERY, "beat", "--loglevel", "WARNING", "--pidfile="], self.environment)

    def ready(self) -> bool:
        """Whether a report would be taken and delivered now."""
        try:
            with urllib.request.urlopen(f"{self.api_url}/readyz", timeout=2) as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


@contextmanager
def town(
    settings: Settings,
    at: Servers,
    service: Service,
    *,
    host: str,
    port: int,
    sample_agencies: Mapping[str, Sequence[str]],
) -> Iterator[Town]:
    """Start all of it; it ends with the block. `sample_agencies` gives each one's options by its code."""
    api_url = f"http://{host}:{port}"
    with supervisor(settings.data_dir / "logs") as children:
        push_urls = {
            code: _sample_agency(children, service, code, options, api_url) for code, options in sample_agencies.items()
        }
        environment = _environment(settings, at, api_url, push_urls)
        running = Town(api_url, children, environment)
        children.start("api", [*_UVICORN, "--host", host, "--port", str(port)], environment)
        running.start_worker("worker")
        running.start_beat("beat")
        yield running


def _environment(settings: Settings, at: Servers, api_url: str, push_urls: Mapping[str, str]) -> dict[str, str]:
    given = settings.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    return {
        **{PREFIX + name.upper(): v if isinstance(v, str) else json.dumps(v) for name, v in given.items()},
        f"{PREFIX}DATABASE_URL": at.database_url,
        f"{PREFIX}BROKER_URL": at.broker_url,
        f"{PREFIX}DATA_DIR": str(settings.data_dir),
        f"{PREFIX}PUBLIC_URL": api_url,
        f"{PREFIX}PUSH_URLS": json.dumps({**{k: str(v) for k, v in settings.push_urls.items()}, **push_urls}),
    }


def _sample_agency(children: Supervisor, service: Service, code: str, options: Sequence[str], api_url: str) -> str:
    key = service.api_keys.issue(Principal("sample agency", Role.AGENCY, agency=code))
    port = free_port()
    children.start(
        f"agency-{code}",
        [
            *(sys.executable, "-m", "tellusonce.simulation", "--agency", code, "--port", str(port)),
            *("--secret-env", _SECRET, "--api-url", api_url, "--api-key-env", _API_KEY),
            *options,
        ],
        {_SECRET: service.signing_secret(code), _API_KEY: key},
    )
    return f"http://127.0.0.1:{port}/"


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
