"""`python -m tellusonce.simulation`: one sample agency, or many, as a process."""

import json
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from tellusonce.simulation.behaviour import Behaviour
from tellusonce.simulation.member import Member
from tellusonce.simulation.options import behaviour_options, channel_option, folder_option, journal_option
from tellusonce.simulation.server import run


@click.command(context_settings={"show_default": True})
@click.option("--agency", help="The agency's code.")
@click.option("--agencies", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file of many: below.")
@click.option("--host", default="127.0.0.1", help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 picks a free one.")
@click.option("--mail-port", type=click.IntRange(1, 65535), help="Take e-mails there (SMTP).")
@click.option("--secret-env", help="The variable that holds the signing secret; or two, parted by a space.")
@click.option("--api-url", help="The API that is called.")
@click.option("--api-key-env", help="The variable that holds the agency's API key.")
@channel_option
@folder_option
@journal_option
@behaviour_options
def main(
    agency: str | None,
    agencies: Path | None,
    host: str,
    port: int,
    mail_port: int | None,
    secret_env: str | None,
    api_url: str | None,
    api_key_env: str | None,
    folder: Path | None,
    journal: Path | None,
    **behaviour: Any,
) -> None:
    """Be a sample agency until SIGTERM or SIGINT; or those of a file, which nobody but its owner may read.

    The file is a JSON list of {"agency": CODE, "secrets": [SECRET, …], "api_key": KEY, "options": [OPTION, …]}, in
    which the options are as here, and secrets and key are left out where the channel needs none.
    """
    if (agency is None) == (agencies is None):
        raise click.UsageError("give either --agency or --agencies")
    try:
        if agencies:
            members = [_listed(entry, api_url) for entry in _private(agencies)]
        else:
            assert agency is not None
            member = Member(
                code=agency,
                behaviour=Behaviour(**behaviour),
                secrets=_from_environment(secret_env).split() if secret_env else (),
                api_url=api_url,
                api_key=_from_environment(api_key_env) if api_key_env else None,
                folder=folder,
                journal=journal,
            )
            members = [member]
        run(members, host, port, mail_port)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.ClickException(str(error)) from None


def _listed(entry: dict[str, Any], api_url: str | None) -> Member:
    options: Sequence[str] = entry.get("options", ())
    given = main.make_context("options", list(options)).params
    return Member(
        code=entry["agency"],
        behaviour=Behaviour(**{name: given[name] for name in Behaviour.__dataclass_fields__}),
        secrets=entry.get("secrets", ()),
        api_url=api_url,
        api_key=entry.get("api_key"),
        folder=given["folder"],
        journal=given["journal"],
    )


def _private(path: Path) -> list[dict[str, Any]]:
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ValueError(f"{path} holds secrets: let nobody but its owner read it (chmod 600)")
    entries: list[dict[str, Any]] = json.loads(path.read_bytes())
    return entries


def _from_environment(variable: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise click.UsageError(f"the environment variable {variable} is not set")
    return value


main(prog_name="python -m tellusonce.simulation")
