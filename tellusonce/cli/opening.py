"""What most commands open first: the service over its database, and a doorbell."""

import getpass
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import click
from pydantic_core import to_json
from rich.table import Table

from tellusonce.bootstrap import Service, servers
from tellusonce.domain.language import Language
from tellusonce.settings import read_settings
from workers.doorbell import CeleryDoorbell

_WHOLE = ("reference", "agency", "kind", "state", "version", "stands", "review_on")


REFUSED = 3
"""The exit status where the input was refused."""


class NotFound(Exception):
    """What was asked for by name is not there; the text says so."""


@contextmanager
def opened_service() -> Iterator[Service]:
    """The service that the settings describe; its embedded servers are found running, or run for this command."""
    settings = read_settings()
    at = servers(settings)
    service = Service(settings, at.database_url, CeleryDoorbell(settings.rings_per_second, settings.rings_burst))
    try:
        yield service
    finally:
        service.close()


def as_json(value: Any) -> str:
    """A value as the command line prints JSON, as the API does: times by RFC 3339 in UTC."""
    return to_json(value).decode()


def as_text(value: object) -> str:
    """A value as the command line shows it in a table."""
    match value:
        case None:
            return ""
        case datetime():
            return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return value.isoformat()
        case list() | tuple():
            return ", ".join(str(each) for each in value)
    return str(value)


def as_fields(paths: Iterable[str]) -> str:
    """Names of fields as people read them: `deceased: given names, family name; partner: …`."""
    parts: dict[str, list[str]] = {}
    for path in paths:
        part, _, name = path.partition(".")
        parts.setdefault(part, []).append(name)
    told = (f"{part}: {', '.join(names)}" for part, names in parts.items())
    return "; ".join(told).replace("_", " ").replace(".", " ")


def plain_table(*columns: str, title: str) -> Table:
    """A table without rules, in which codes and references stay whole."""
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for name in columns:
        table.add_column(name.replace("_", " "), overflow="fold", no_wrap=name in _WHOLE)
    return table


def operator() -> str:
    """Who is at the command line, as the trail names them."""
    return f"operator:{getpass.getuser()}"


dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
json_option = click.option("--json", "json_wanted", is_flag=True, help="Print JSON and nothing else.")
language_option = click.option(
    "--language",
    type=click.Choice([each.value for each in Language]),
    default=Language.ENGLISH.value,
    show_default=True,
    help="Of the words: English or Welsh.",
)
