"""The whole service on one machine as real processes: API, workers, beat, and sample agencies that answer."""

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tellusonce.bootstrap import Servers, Service
from tellusonce.cli.sample_agencies import SampleAgencies
from tellusonce.cli.supervisor import Supervisor, supervisor
from tellusonce.settings import PREFIX, Settings

_UVICORN = (
    *(sys.executable, "-m", "uvicorn", "--factory", "tellusonce.web.app:create_app"),
    *("--http", "tellusonce.web.connections:BoundedHttp", "--limit-concurrency", "1000"),
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
    together: bool = False,
) -> Iterator[Town]:
    """Start all of it; it ends with the block. `sample_agencies` gives each one's options by its code.

    Each is a process `agency-CODE`; all of them `together` are one, `agencies`, with a mail server where none is set.
    """
    api_url = f"http://{host}:{port}"
    with supervisor(settings.data_dir / "logs") as children:
        samples = SampleAgencies(settings, service, children, api_url)
        environment = _environment(settings, at, api_url)
        environment |= samples.start_together(sample_agencies) if together else samples.start_apart(sample_agencies)
        running = Town(api_url, children, environment)
        children.start("api", [*_UVICORN, "--host", host, "--port", str(port)], environment)
        running.start_worker("worker")
        running.start_beat("beat")
        yield running


def _environment(settings: Settings, at: Servers, api_url: str) -> dict[str, str]:
    given = settings.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    if settings.master_keys:
        given["master_keys"] = settings.master_keys.get_secret_value()  # the dump has stars in its place
    return {
        **{PREFIX + name.upper(): v if isinstance(v, str) else json.dumps(v) for name, v in given.items()},
        f"{PREFIX}DATABASE_URL": at.database_url,
        f"{PREFIX}BROKER_URL": at.broker_url,
        f"{PREFIX}DATA_DIR": str(settings.data_dir),
        f"{PREFIX}PUBLIC_URL": api_url,
    }
