"""`tellusonce outstanding`."""

import click
from rich.console import Console

from tellusonce.cli.opening import as_json, as_text, json_option, opened_service, plain_table

_COLUMNS = ("reference", "agency", "state", "attempts", "outcome_due_on", "follow_ups")


@click.command()
@click.option("--agency", help="Only this agency's.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=100, show_default=True, help="At most so many.")
@json_option
def outstanding(agency: str | None, limit: int, json_wanted: bool) -> None:
    """List the notifications that are not closed, oldest first."""
    with opened_service() as service:
        rows = service.reading.outstanding(agency=agency, limit=limit)
    if json_wanted:
        click.echo(as_json(rows))
        return
    if not rows:
        click.echo("Nothing is outstanding.", err=True)
        return
    table = plain_table(*_COLUMNS, title="Outstanding, oldest first")
    for row in rows:
        table.add_row(*(as_text(row[name]) for name in _COLUMNS))
    Console().print(table)
