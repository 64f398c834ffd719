"""`tellusonce report`."""

import json
from collections.abc import Callable
from typing import Any, BinaryIO

import click
from rich.console import Console
from rich.table import Table

from tellusonce.cli.keeping import report_find, report_hold, report_release
from tellusonce.cli.opening import (
    as_fields,
    as_json,
    as_text,
    json_option,
    opened_service,
    operator,
    plain_table,
)
from tellusonce.cli.report_import import report_import
from tellusonce.domain.consent import Giver, Recording
from tellusonce.domain.report import ConsentTakenBack, Submission
from tellusonce.domain.revision import CorrectionReason, Reason, WithdrawalReason
from tellusonce.life_events.validation import read_submission
from tellusonce.services import withdraw_consent as consent
from tellusonce.services.forget import FactsDestroyed
from tellusonce.services.reference import read_reference
from tellusonce.services.revise import Request
from tellusonce.services.versions import NoSuchReport, ReportWithdrawn, VersionChanged


@click.group()
def report() -> None:
    """Reports: submit, import or find them, see where one stands, correct or withdraw it, keep its facts longer."""


report.add_command(report_find)
report.add_command(report_import)
report.add_command(report_hold)
report.add_command(report_release)


def _revision_options(command: Callable[..., None]) -> Callable[..., None]:
    version = click.option("--version", type=click.IntRange(1), help="Only if the report is at this version.")
    dry_run = click.option("--dry-run", is_flag=True, help="Say who would be told what; store and send nothing.")
    return version(dry_run(json_option(command)))


@report.command("submit")
@click.argument("file", type=click.File("rb"))
@click.option("--district", default="head-office", show_default=True, help="The registration district it belongs to.")
@click.option("--dry-run", is_flag=True, help="Say who would be told what; store and send nothing.")
@json_option
def report_submit(file: BinaryIO, district: str, dry_run: bool, json_wanted: bool) -> None:
    """Register the report in FILE (JSON; - for standard input) and tell every agency concerned."""
    submission: Submission = read_submission(file.read())
    with opened_service() as service:
        prepare = service.register.prepare if dry_run else service.register.register
        answer = service.register.answer(prepare(submission, actor=operator(), district=district))
    if json_wanted:
        click.echo(answer)
    else:
        _show_plan(json.loads(answer), dry_run)


@report.command("correct")
@click.argument("reference")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--reason", type=click.Choice([each.value for each in CorrectionReason]), required=True, help="Why it is corrected."
)
@_revision_options
def report_correct(
    reference: str, file: BinaryIO, reason: str, version: int | None, dry_run: bool, json_wanted: bool
) -> None:
    """Restate the report whole by the one in FILE, and tell every agency whose part of it has changed."""
    submission = read_submission(file.read())
    with opened_service() as service:
        request = _request(reference, reason, version, dry_run)
        _show_revision(_revised(lambda: service.revise.correct(request, submission)), dry_run, json_wanted)


@report.command("withdraw")
@click.argument("reference")
@click.option(
    "--reason", type=click.Choice([each.value for each in WithdrawalReason]), required=True, help="Why it is withdrawn."
)
@_revision_options
def report_withdraw(reference: str, reason: str, version: int | None, dry_run: bool, json_wanted: bool) -> None:
    """Take the report back: all who were told must reverse what they did."""
    with opened_service() as service:
        request = _request(reference, reason, version, dry_run)
        _show_revision(_revised(lambda: service.revise.withdraw(request)), dry_run, json_wanted)


@report.command("withdraw-consent")
@click.argument("reference")
@click.option("--agency", "agencies", multiple=True, help="For this agency, and others so named; unset: for all.")
@click.option("--given-by", type=click.Choice([each.value for each in Giver]), help="Whose; unset: everybody's.")
@click.option(
    "--recorded",
    type=click.Choice([each.value for each in Recording if each is not Recording.WITH_REPORT]),
    required=True,
    help="How the giver said so.",
)
@click.option("--dry-run", is_flag=True, help="Say what would follow; store and change nothing.")
@json_option
def report_withdraw_consent(
    reference: str, agencies: tuple[str, ...], given_by: str | None, recorded: str, dry_run: bool, json_wanted: bool
) -> None:
    """Take back what somebody agreed to: what was not sent on its strength is not sent."""
    taken_back = ConsentTakenBack.model_validate(
        {"given_by": given_by, "agencies": agencies or None, "recorded": recorded}
    )
    request = consent.Request(read_reference(reference), taken_back, operator(), None, dry_run=dry_run)
    with opened_service() as service:
        answer = _revised(lambda: service.withdraw_consent.withdraw(request))
    if json_wanted:
        click.echo(answer)
    else:
        _show_withdrawal(json.loads(answer), dry_run)


@report.command("show")
@click.argument("reference")
@json_option
def report_show(reference: str, json_wanted: bool) -> None:
    """Show where each agency's notification of a report stands."""
    with opened_service() as service:
        found = service.reading.report(read_reference(reference))
    if found is None:
        raise NoSuchReport
    if json_wanted:
        click.echo(as_json(found))
    else:
        Console().print(standing_table(found))
        if found["facts_destroyed_at"]:
            destroyed_on = found["facts_destroyed_at"].date()
            click.echo(f"Its facts were destroyed on {destroyed_on}, when the time for keeping them was over.")
        elif found["held_at"]:
            click.echo(f"Its facts are held since {found['held_at'].date()}, whatever the agreements say.")


def standing_table(found: dict[str, Any]) -> Table:
    """A report's notifications as a table."""
    columns = ("agency", "kind", "state", "closed_at")
    table = plain_table(*columns, title=f"{found['reference']}, {found['life_event']}")
    for notification in found["notifications"]:
        table.add_row(*(as_text(notification[name]) for name in columns))
    return table


def _request(reference: str, reason: str, version: int | None, dry_run: bool) -> Request:
    return Request(
        read_reference(reference),
        Reason(reason),
        actor=operator(),
        district=None,
        expected_version=version,
        dry_run=dry_run,
    )


def _revised(revise: Callable[[], bytes]) -> bytes:
    try:
        return revise()
    except (ReportWithdrawn, FactsDestroyed, VersionChanged) as refused:
        raise click.ClickException(f"{refused}; nothing was changed") from None


def _show_revision(answer: bytes, dry_run: bool, json_wanted: bool) -> None:
    if json_wanted:
        click.echo(answer)
        return
    revised = json.loads(answer)
    title = "Nothing was stored or sent: what would follow" if dry_run else f"Version {revised['version']} is stored"
    table = plain_table("agency", "gets", "what_changed", "why", title=title)
    for each in revised["notifications"]:
        table.add_row(
            each["agency"], each["kind"], as_fields(each["changed"]), each["reason"] or "told for the first time"
        )
    for each in revised["superseded"]:
        table.add_row(each["agency"], "no more", "", "what waited for it was not sent yet")
    for each in revised["refusals"]:
        table.add_row(each["agency"], "nothing", "", each["explanation"])
    if not table.row_count:
        click.echo("No agency is concerned.", err=True)
    Console().print(table)


def _show_withdrawal(answer: dict[str, Any], dry_run: bool) -> None:
    title = "Nothing was stored or changed: what would follow" if dry_run else "The consent is withdrawn"
    table = plain_table("agency", "what_follows", title=title)
    for each in answer["superseded"]:
        table.add_row(each["agency"], "what waited for it is not sent")
    for each in answer["withheld"]:
        table.add_row(each["agency"], f"what waits for it goes without {as_fields(each['fields'])}")
    for each in answer["sent_before"]:
        table.add_row(
            each["agency"],
            "was told before; staff see to it that it hears of this" if each["follow_up"] else "was told before",
        )
    if not table.row_count:
        click.echo("Nothing rested on it.", err=True)
    Console().print(table)


def _show_plan(answer: dict[str, Any], dry_run: bool) -> None:
    title = "Nothing was stored or sent: the plan" if dry_run else f"Registered as {answer['reference']}"
    table = plain_table("agency", "is_told", "why", title=title)
    for each in answer["notifications"]:
        table.add_row(each["agency"], as_fields(each["fields"]), each["gateway"])
    for each in answer["refusals"]:
        table.add_row(each["agency"], "nothing", each["explanation"])
    Console().print(table)
