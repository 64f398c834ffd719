"""`tellusonce report find|hold|release`: finding what is encrypted, and keeping it for longer."""

from collections.abc import Callable

import click
from pydantic_core import to_json

from tellusonce.bootstrap import Service
from tellusonce.cli.opening import as_json, dry_run_option, json_option, opened_service, operator
from tellusonce.life_events.validation import read_as
from tellusonce.services.find_reports import Search
from tellusonce.services.forget import FactsDestroyed
from tellusonce.services.reference import read_reference
from tellusonce.services.versions import NoSuchReport

_LIMIT = 1_000


@click.command("find")
@click.option("--national-insurance-number", help="Such as QQ123456C.")
@click.option("--family-name", help="By its letters: case, accents, spaces and hyphens do not matter.")
@click.option("--date-of-birth", help="As it was reported: 1948-05-02, 1948-05 or 1948.")
@click.option("--date-of-death", help="Likewise.")
@click.option("--limit", type=click.IntRange(1, _LIMIT), default=100, show_default=True, help="At most so many.")
@json_option
def report_find(json_wanted: bool, limit: int, **given: str | None) -> None:
    """List the references of reports whose latest version has all that is given, exactly."""
    search = read_as(Search, to_json({name: fact for name, fact in given.items() if fact is not None}))
    with opened_service() as service:
        found = service.keeping.find_reports.find(search, district=None, limit=limit + 1)
    if json_wanted:
        click.echo(as_json([{"reference": each.reference} for each in found[:limit]]))
    else:
        for each in found[:limit]:
            click.echo(each.reference)
    if len(found) > limit:
        click.echo(f"There are more than these {limit}.", err=True)


def _because(command: Callable[..., None]) -> Callable[..., None]:
    return click.option("--because", required=True, help="The reason, for the trail; no name and no other fact.")(
        dry_run_option(command)
    )


@click.command("hold")
@click.argument("reference")
@_because
def report_hold(reference: str, because: str, dry_run: bool) -> None:
    """Keep the report's facts, as for a court, until it is released: no sweep destroys them."""
    changed = _changed(reference, dry_run, lambda service, found, who: service.keeping.forget.hold(found, because, who))
    click.echo(_told(dry_run, changed, "is held", "would be held", "was held already"), err=True)


@click.command("release")
@click.argument("reference")
@_because
def report_release(reference: str, because: str, dry_run: bool) -> None:
    """Let the time for keeping the report's facts count again; where it is over, the next sweep destroys them."""
    changed = _changed(
        reference, dry_run, lambda service, found, who: service.keeping.forget.release(found, because, who)
    )
    click.echo(_told(dry_run, changed, "is released", "would be released", "was not held"), err=True)


def _changed(reference: str, dry_run: bool, change: Callable[[Service, str, str], bool]) -> bool:
    found = read_reference(reference)
    with opened_service() as service:
        if service.reading.report(found) is None:
            raise NoSuchReport
        try:
            return dry_run or change(service, found, operator())
        except FactsDestroyed as destroyed:
            raise click.ClickException(f"Nothing is left to keep: {destroyed}.") from None


def _told(dry_run: bool, changed: bool, done: str, would: str, before: str) -> str:
    return f"The report {would if dry_run else done if changed else before}."
