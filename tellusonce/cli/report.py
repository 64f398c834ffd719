"""`tellusonce report`."""

import getpass
import json
from typing import Any, BinaryIO

import click
from rich.console import Console
from rich.table import Table

from tellusonce.cli.opening import NotFound, as_json, as_text, json_option, opened_service, plain_table
from tellusonce.domain.report import Submission
from tellusonce.life_events.validation import read_submission
from tellusonce.services.reference import read_reference


@click.group()
def report() -> None:
    """Reports: submit one, see where it stands."""


@report.command("submit")
@click.argument("file", type=click.File("rb"))
@click.option("--district", default="head-office", show_default=True, help="The registration district it belongs to.")
@click.option("--dry-run", is_flag=True, help="Say who would be told what; store and send nothing.")
@json_option
def report_submit(file: BinaryIO, district: str, dry_run: bool, json_wanted: bool) -> None:
    """Register the report in FILE (JSON; - for standard input) and tell every agency concerned."""
    submission: Submission = read_submission(file.read())
    actor = f"operator:{getpass.getuser()}"
    with opened_service() as service:
        prepare = service.register.prepare if dry_run else service.register.register
        answer = service.register.answer(prepare(submission, actor=actor, district=district))
    if json_wanted:
        click.echo(answer)
    else:
        _show_plan(json.loads(answer), dry_run)


@report.command("show")
@click.argument("reference")
@json_option
def report_show(reference: str, json_wanted: bool) -> None:
    """Show where each agency's notification of a report stands."""
    with opened_service() as service:
        found = service.reading.report(read_reference(reference))
    if found is None:
        raise NotFound("There is no report with this reference.")
    if json_wanted:
        click.echo(as_json(found))
    else:
        Console().print(standing_table(found))


def standing_table(found: dict[str, Any]) -> Table:
    """A report's notifications as a table."""
    columns = ("agency", "state", "attempts", "delivered_at", "closed_at")
    table = plain_table(*columns, title=f"{found['reference']}, {found['life_event']}")
    for notification in found["notifications"]:
        table.add_row(*(as_text(notification[name]) for name in columns))
    return table


def _show_plan(answer: dict[str, Any], dry_run: bool) -> None:
    title = "Nothing was stored or sent: the plan" if dry_run else f"Registered as {answer['reference']}"
    table = plain_table("agency", "is_told", "why", title=title)
    for each in answer["notifications"]:
        table.add_row(each["agency"], as_text(each["fields"]), each["gateway"])
    for each in answer["refusals"]:
        table.add_row(each["agency"], "nothing", each["explanation"])
    Console().print(table)
