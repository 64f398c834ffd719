"""`python -m tellusonce.simulation`: a sample agency as a process of its own."""

import os
from pathlib import Path
from typing import Any

import click

from tellusonce.simulation.behaviour import Behaviour
from tellusonce.simulation.options import behaviour_options
from tellusonce.simulation.server import run


@click.command(context_settings={"show_default": True})
@click.option("--agency", required=True, help="The agency's code.")
@click.option("--host", default="127.0.0.1", help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 picks a free one.")
@click.option("--secret-env", required=True, help="The variable that holds the signing secret.")
@click.option("--api-url", help="The API that acknowledgements are posted to.")
@click.option("--api-key-env", help="The variable that holds the agency's API key.")
@click.option("--journal", type=click.Path(dir_okay=False, path_type=Path), help="Append a JSON line a request.")
@behaviour_options
def main(
    agency: str,
    host: str,
    port: int,
    secret_env: str,
    api_url: str | None,
    api_key_env: str | None,
    journal: Path | None,
    **behaviour: Any,
) -> None:
    """Serve a sample agency until SIGTERM or SIGINT."""
    secret = _from_environment(secret_env)
    api_key = _from_environment(api_key_env) if api_key_env else None
    try:
        run(agency, host, port, secret, Behaviour(**behaviour), api_url, api_key, journal)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.ClickException(str(error)) from None


def _from_environment(variable: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise click.UsageError(f"the environment variable {variable} is not set")
    return value


main(prog_name="python -m tellusonce.simulation")
