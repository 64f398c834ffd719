"""`tellusonce serve`."""

import signal
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import click

from tellusonce.bootstrap import Service, servers
from tellusonce.cli.town import Town, town
from tellusonce.persistence.migrations import upgrade
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings, read_settings

_LOOK_SECONDS = 0.2
_DISTRICT = "holmshire"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--sample-agencies", is_flag=True, help="Run a sample agency for each one configured, which answers.")
def serve(host: str, port: int, sample_agencies: bool) -> None:
    """Serve everything on this machine: pages and API, workers, beat, and embedded servers where no URL is set."""
    settings = read_settings()
    at = servers(settings)
    service = Service(settings, at.database_url, SilentDoorbell())
    upgrade(service.database)
    samples: dict[str, Sequence[str]] = dict.fromkeys(service.agencies if sample_agencies else (), ())
    signal.signal(signal.SIGTERM, _stop)
    try:
        with town(settings, at, service, host=host, port=port, sample_agencies=samples, together=True) as running:
            _say_where(running, settings, service)
            _keep_running(running)
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
    finally:
        service.close()


def _say_where(running: Town, settings: Settings, service: Service) -> None:
    key_file = _registrar_key_file(settings, service)
    click.echo(f"Serving on {running.api_url} (logs in {settings.data_dir / 'logs'}).")
    click.echo(f"A registrar of {_DISTRICT} signs in with the API key in {key_file}: {key_file.read_text().strip()}")
    if first := _first_accounts(service):
        click.echo(f"Sign in at {running.api_url}/sign-in by name and password, which are shown this once:")
        for principal, password in first:
            click.echo(f"  {principal.name}  {password}")
    click.echo("Stop with Ctrl-C.")


def _first_accounts(service: Service) -> list[tuple[Principal, str]]:
    """Made where nobody has an account yet, with the passwords that are shown this once."""
    accounts = service.sign_in.accounts
    if not accounts.is_empty():
        return []
    first = (
        Principal("registrar", Role.REGISTRAR, district=_DISTRICT),
        Principal("staff", Role.STAFF),
        Principal("supervisor", Role.SUPERVISOR),
    )
    return [(principal, accounts.add(principal)) for principal in first]


def _registrar_key_file(settings: Settings, service: Service) -> Path:
    """The file with the first registrar's key, made on first start with mode 600."""
    path = settings.data_dir / "registrar.key"
    if not path.exists():
        key = service.api_keys.issue(Principal("first registrar", Role.REGISTRAR, district=_DISTRICT))
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(f"{key}\n")
    return path


def _keep_running(running: Town) -> None:
    while True:
        for name in running.children.revive():
            click.echo(f"{name} had ended and was started again; see {running.children.log_path(name)}", err=True)
        time.sleep(_LOOK_SECONDS)


def _stop(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
