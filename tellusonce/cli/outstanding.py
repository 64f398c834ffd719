"""`tellusonce outstanding`: the board on a terminal."""

import re
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

import click
from rich.console import Console

from tellusonce.bootstrap import Service
from tellusonce.cli.opening import as_json, as_text, json_option, opened_service, plain_table
from tellusonce.domain.follow_up import FollowUpKind

_COLUMNS = ("reference", "agency", "state", "attempts", "outcome_due_on", "follow_ups")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


class Age(click.ParamType[timedelta]):
    """How long something has been so: `12h`, `5d` or `2w`."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The time as a timedelta."""
        if isinstance(value, timedelta):
            return value
        given = re.fullmatch(r"(\d{1,4})([hdw])", str(value))
        if given is None:
            self.fail("give hours, days or weeks: 12h, 5d or 2w", param, ctx)
        return timedelta(**{_UNITS[given[2]]: int(given[1])})


@click.command()
@click.option("--agency", help="Only this agency's.")
@click.option("--older-than", type=Age(), help="Only those accepted longer ago: 12h, 5d, 2w.")
@click.option(
    "--kind", type=click.Choice([each.value for each in FollowUpKind]), help="Only with an open follow-up of this kind."
)
@click.option("--owner", help="Only with a follow-up that is this person's, such as staff:gwen.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=100, show_default=True, help="At most so many.")
@click.option("--watch", is_flag=True, help="Go on, and print the list again when it has changed, until interrupted.")
@click.option("--every", type=click.FloatRange(0.5, 3_600), default=2.0, show_default=True, help="Seconds, watching.")
@json_option
def outstanding(json_wanted: bool, watch: bool, every: float, **asked: Any) -> None:
    """List the notifications that are not closed, oldest first."""
    with opened_service() as service:
        shown = _show(service, asked, json_wanted)
        with suppress(KeyboardInterrupt):  # by which watching ends, and nothing has failed
            while watch:
                time.sleep(every)
                shown = _show(service, asked, json_wanted, shown)


def _show(
    service: Service, asked: dict[str, Any], json_wanted: bool, before: list[dict[str, Any]] | None = None
) -> list[dict[str, Any]]:
    """Print what is outstanding, unless it is as it was before; gives it."""
    rows = service.reading.outstanding(**asked)
    if rows == before:
        return rows
    if json_wanted:
        click.echo(as_json(rows))
    elif not rows:
        click.echo("Nothing is outstanding.", err=True)
    else:
        table = plain_table(*_COLUMNS, title="Outstanding, oldest first")
        for row in rows:
            table.add_row(*(as_text(row[name]) for name in _COLUMNS))
        Console().print(table)
    return rows
