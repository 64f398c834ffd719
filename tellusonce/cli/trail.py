"""`tellusonce trail`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click
from rich.console import Console

from tellusonce.cli.opening import as_json, as_text, json_option, opened_service
from tellusonce.cli.trail_proof import trail_key, trail_receipt, trail_verify
from tellusonce.services.reference import read_reference
from tellusonce.services.versions import NoSuchReport

_TOLD = (
    *("given_by", "capacity", "agencies", "fields", "recorded"),
    *("attempt", "attempts_without_result", "status", "kind", "outcome", "state"),
    *("because", "closed_on", "retention_days", "for", "format"),
)


@click.group()
def trail() -> None:
    """The trail: what was decided, disclosed and said about a report, and the proof that it stands unchanged."""


trail.add_command(trail_key)
trail.add_command(trail_receipt)
trail.add_command(trail_verify)


@trail.command("show")
@click.argument("reference")
@json_option
def trail_show(reference: str, json_wanted: bool) -> None:
    """Show who was told which fields under which gateway, and all that was said since."""
    with opened_service() as service:
        entries = service.reading.trail(read_reference(reference))
    if not entries:
        raise NoSuchReport
    if json_wanted:
        click.echo(as_json(entries))
    else:
        print_trail(Console(highlight=False), entries)


def print_trail(console: Console, entries: Iterable[Mapping[str, Any]]) -> None:
    """Print the trail, oldest first."""
    for entry in entries:
        at, who = as_text(entry["at"]), entry["agency"] or entry["actor"]
        if entry["action"] == "registered":
            console.print(f"{at}  [bold]registered[/] by {entry['actor']}")
            for line in _planned(entry["detail"]):
                console.print(line, soft_wrap=True)
        else:
            console.print(f"{at}  [bold]{entry['action']:16}[/] {who}: {_described(entry['detail'])}", soft_wrap=True)


def _planned(detail: Mapping[str, Any]) -> Iterator[str]:
    for each in detail["notifications"]:
        yield f"    [blue]{each['agency']}[/] to be told under the {each['gateway']}"
        yield from (f"        {person}: {', '.join(fields)}" for person, fields in _by_person(each["fields"]).items())
    for each in detail["refusals"]:
        yield f"    [blue]{each['agency']}[/] not to be told: {each['reason']}"


def _by_person(paths: Iterable[str]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for path in paths:
        person, _, field = path.partition(".")
        fields.setdefault(person.replace("_", " "), []).append(field.replace("_", " ").replace(".", " "))
    return fields


def _described(detail: Mapping[str, Any]) -> str:
    names = _TOLD if detail.get("status") else (*_TOLD, "result")
    told = (name for name in names if detail.get(name) is not None)
    return ", ".join(f"{name.replace('_', ' ')} {as_text(detail[name])}" for name in told)
