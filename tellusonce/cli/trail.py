"""`tellusonce trail`."""

from typing import Any

import click
from rich.console import Console
from rich.table import Table

from tellusonce.cli.opening import NotFound, as_json, as_text, json_option, opened_service
from tellusonce.services.reference import read_reference


@click.group()
def trail() -> None:
    """The trail: what was decided, disclosed and said about a report."""


@trail.command("show")
@click.argument("reference")
@json_option
def trail_show(reference: str, json_wanted: bool) -> None:
    """Show who was told which fields under which gateway, and all that was said since."""
    with opened_service() as service:
        entries = service.reading.trail(read_reference(reference))
    if not entries:
        raise NotFound("There is no report with this reference.")
    if json_wanted:
        click.echo(as_json(entries))
    else:
        Console().print(trail_table(entries))


def trail_table(entries: list[dict[str, Any]]) -> Table:
    """The trail as a table, oldest first."""
    table = Table("when", "what", "who", "agency", "detail", title="Trail")
    for entry in entries:
        for row in _rows(entry):
            table.add_row(*row)
    return table


def _rows(entry: dict[str, Any]) -> list[tuple[str, ...]]:
    at, action, actor, detail = as_text(entry["at"]), entry["action"], entry["actor"], entry["detail"]
    if action != "registered":
        facts = "; ".join(f"{name} {as_text(value)}" for name, value in detail.items() if value is not None)
        return [(at, action, actor, entry["agency"] or "", facts)]
    planned = [
        (at, "to be told", actor, each["agency"], f"{as_text(each['fields'])}\nunder {each['gateway']}")
        for each in detail["notifications"]
    ]
    refused = [(at, "not to be told", actor, each["agency"], each["reason"]) for each in detail["refusals"]]
    return planned + refused
