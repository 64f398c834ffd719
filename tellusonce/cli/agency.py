"""`tellusonce agency`."""

import os
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from tellusonce.agreements.loading import load_agencies
from tellusonce.cli.opening import NotFound, as_json, json_option, opened_service, plain_table
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.services.api_keys import Principal, Role
from tellusonce.settings import read_settings
from tellusonce.simulation.behaviour import Behaviour
from tellusonce.simulation.options import behaviour_options
from tellusonce.simulation.server import run


@click.group()
def agency() -> None:
    """Agencies: those configured, their keys, a sample one to try against."""


@agency.command("list")
@json_option
def agency_list(json_wanted: bool) -> None:
    """List the agencies and under which gateway each is told of what."""
    agencies = _configured().values()
    if json_wanted:
        click.echo(as_json([each.model_dump(mode="json") for each in agencies]))
        return
    table = plain_table("agency", "told_of", "gateway", "verified", title="Agencies")
    for each in agencies:
        for life_event, agreement in each.agreements.items():
            gateway = agreement.gateway
            table.add_row(each.code, life_event, gateway.name, "yes" if gateway.verified else "no")
    Console().print(table)


@agency.command("check")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def agency_check(folder: Path | None) -> None:
    """Check the configuration in FOLDER, or the one in force; every complaint names its file and line."""
    agencies = load_agencies(folder or read_settings().config_dir, LIFE_EVENTS)
    click.echo(f"{len(agencies)} agencies, no complaints.", err=True)


@agency.command("key")
@click.argument("name")
@json_option
def agency_key(name: str, json_wanted: bool) -> None:
    """Issue the agency's API key, in place of the one before, and show it with its signing secret."""
    _known(name)
    with opened_service() as service:
        api_key = service.api_keys.issue(Principal("agency key", Role.AGENCY, agency=name))
        secret = service.signing_secret(name)
    if json_wanted:
        click.echo(as_json({"agency": name, "api_key": api_key, "signing_secret": secret}))
    else:
        click.echo(f"API key (shown this once): {api_key}\nSigning secret: {secret}")


@agency.command("simulate", context_settings={"show_default": True})
@click.argument("name")
@click.option("--host", default="127.0.0.1", help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 picks a free one.")
@click.option("--journal", type=click.Path(dir_okay=False, path_type=Path), help="Append a JSON line a request.")
@behaviour_options
def agency_simulate(name: str, host: str, port: int, journal: Path | None, **behaviour: Any) -> None:
    """Be the agency: serve its endpoint, verify every signature, answer as the options say, until stopped.

    Point the service at it by TELLUSONCE_PUSH_URLS.
    """
    _known(name)
    with opened_service() as service:
        api_key = service.api_keys.issue(Principal(f"simulated by process {os.getpid()}", Role.AGENCY, agency=name))
        secret, api_url = service.signing_secret(name), service.public_url
    run(name, host, port, secret, Behaviour(**behaviour), api_url, api_key, journal)


def _configured() -> Any:
    return load_agencies(read_settings().config_dir, LIFE_EVENTS)


def _known(name: str) -> None:
    agencies = _configured()
    if name not in agencies:
        raise NotFound(f"There is no agency {name}. Those configured: {', '.join(agencies)}.")
