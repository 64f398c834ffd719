"""`tellusonce agreement`."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

import click
from rich.console import Console

from tellusonce.agreements.loading import load_agencies
from tellusonce.agreements.text import agreement_text
from tellusonce.bootstrap.planning import planner, what_if
from tellusonce.cli.opening import (
    NotFound,
    as_fields,
    as_json,
    as_text,
    json_option,
    language_option,
    opened_service,
    plain_table,
)
from tellusonce.domain.agency import Agency
from tellusonce.domain.language import Language
from tellusonce.domain.working_days import uk_date
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.life_events.validation import read_submission
from tellusonce.services.agreed import agreed
from tellusonce.services.agreement_texts import in_words
from tellusonce.services.explain import Explain
from tellusonce.services.planner import Planner
from tellusonce.services.sample_reports import Sample, SampleReports
from tellusonce.services.what_if import Change, Comparison
from tellusonce.services.wording import REFUSAL_TEXT, facts_named, said
from tellusonce.settings import read_settings

_COLUMNS = ("agency", "version", "stands", "review_on")


@click.group()
def agreement() -> None:
    """Agreements: which there are and what they say, and what follows from them, now or changed."""


@agreement.command("list")
@json_option
def agreement_list(json_wanted: bool) -> None:
    """List the agreements, and where each stands today: not-begun, in-force, review-due or ended."""
    today = _today()
    rows = [
        {
            "agency": each.name,
            "life_event": each.life_event,
            "version": each.agreement.version,
            "consent": each.agreement.consent,
            "stands": each.agreement.standing(today),
            "starts_on": each.agreement.starts_on,
            "ends_on": each.agreement.ends_on,
            "review_on": each.agreement.review_on,
            "agencies": each.agencies,
        }
        for each in agreed(_configured().values())
    ]
    if json_wanted:
        click.echo(as_json(rows))
        return
    for life_event, of in groupby(sorted(rows, key=itemgetter("life_event")), itemgetter("life_event")):
        table = plain_table(*_COLUMNS, title=str(life_event))
        for row in of:
            table.add_row(*(as_text(row[column]) for column in _COLUMNS))
        Console().print(table)


@agreement.command("show")
@click.argument("name", metavar="AGENCY")
@click.option("--life-event", default="bereavement", show_default=True, type=click.Choice(list(LIFE_EVENTS)))
@click.option("--version", help="An earlier one, by the text that is kept; unset: the one in force.")
@json_option
def agreement_show(name: str, life_event: str, version: str | None, json_wanted: bool) -> None:
    """Print an agreement's text as it is kept, with its SHA-256 on standard error."""
    if version is None:
        found = _in_force(name, life_event)
    else:
        with opened_service() as service:
            stored = service.agreements.texts.find(name, life_event, version)
        if stored is None:
            raise NotFound(f"No text of a version {version} of this agreement is kept.")
        found = {**vars(stored.text), "sha256": stored.text.sha256.hex(), "stored_at": stored.stored_at}
    if json_wanted:
        click.echo(as_json(found))
        return
    click.echo(f"SHA-256 {found['sha256']}", err=True)
    click.echo(found["text"], nl=False)


@agreement.command("explain")
@click.option("--report", "file", required=True, type=click.File("rb"), help="A report in JSON; - is standard input.")
@language_option
@json_option
def agreement_explain(file: BinaryIO, language: str, json_wanted: bool) -> None:
    """Say who would be told what of a report and why, and who would not be told; nothing is stored or sent."""
    explained = Explain(_planner(_configured())).explain(read_submission(file.read()), Language(language))
    if json_wanted:
        click.echo(as_json(explained))
        return
    for line in _explanation(explained, Language(language)):
        click.echo(line)


@agreement.command("what-if")
@click.option(
    "--change",
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="An agency's changed file, a councils.yaml, or a folder of the configuration's shape that holds what differs.",
)
@click.option(
    "--samples",
    type=click.Path(exists=True, path_type=Path),
    help="Reports to plan: a file of one JSON object a line, or a folder of .json and .jsonl files; "
    "unset: all that are stored.",
)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Plan as on this day; unset: today.")
@json_option
def agreement_what_if(change: Path, samples: Path | None, on: datetime | None, json_wanted: bool) -> None:
    """Say who would hear otherwise under changed agreements, of which fields, and who would be refused and why.

    Nothing is stored or sent.
    """
    comparing = what_if(read_settings().config_dir, change, on.date() if on else _today())
    if samples:
        comparison = comparing.compare(SampleReports(_planner(comparing.agencies), _samples(samples)))
    else:
        with opened_service() as service:
            comparison = comparing.compare(service.agreements.past_reports)
    if json_wanted:
        click.echo(as_json(comparison.as_document()))
    else:
        _show_comparison(comparison)


def _configured() -> dict[str, Agency]:
    return load_agencies(read_settings().config_dir, LIFE_EVENTS)


def _planner(agencies: Mapping[str, Agency]) -> Planner:
    return planner(agencies, read_settings().untold_retention_days)


def _today() -> date:
    return uk_date(datetime.now(UTC))


def _in_force(name: str, life_event: str) -> dict[str, Any]:
    agency = _configured().get(name)
    if agency is None or life_event not in agency.agreements:
        raise NotFound(f"There is no agreement with {name} for {life_event}. `tellusonce agreement list` names them.")
    text = in_words(agency, life_event, agreement_text)
    return {**vars(text), "sha256": text.sha256.hex(), "stored_at": None}


def _explanation(explained: Mapping[str, Any], language: Language) -> Iterator[str]:
    kind = LIFE_EVENTS[explained["life_event"]]

    def line(heading: str, text: str) -> str:
        return f"    {said(heading, language)}: {text}"

    if explained["notifications"]:
        yield said("Will be told", language)
    for each in explained["notifications"]:
        yield f"  {each['agency_name']}"
        yield line("Told of", facts_named(kind, each["fields"], language))
        yield line("Why", each["explanation"])
        yield line("Law", each["gateway"])
        yield line("What for", each["purpose"])
        for left in each["left_out"]:
            yield line("Left out", f"{facts_named(kind, left['fields'], language)}. {left['explanation']}")
    if explained["refusals"]:
        yield said("Will not be told", language)
    for each in explained["refusals"]:
        yield f"  {each['agency_name']}"
        yield line("Why", each["explanation"])
        if each["missing_fields"]:
            yield line("Missing", facts_named(kind, each["missing_fields"], language))
    if not (explained["notifications"] or explained["refusals"]):
        yield said("No agency is concerned.", language)


def _samples(path: Path) -> Iterator[Sample]:
    files = (
        [each for each in sorted(path.rglob("*")) if each.suffix in (".json", ".jsonl")] if path.is_dir() else [path]
    )
    for file in files:
        if file.suffix == ".json":
            yield Sample(str(file), file.read_bytes())
            continue
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield Sample(f"{file}:{number}", line)


def _show_comparison(comparison: Comparison) -> None:
    if comparison.forgotten:
        click.echo(f"Left out, their facts being destroyed: {comparison.forgotten}.", err=True)
    reports = f"{comparison.reports} report{'' if comparison.reports == 1 else 's'}"
    if not comparison.changes:
        click.echo(f"{reports}: no agency would be told otherwise.")
        return
    table = plain_table("agency", "told_now", "told_then", "newly_told", "no_longer_told", title=f"{reports} planned")
    for each in comparison.changes:
        table.add_row(
            each.agency, *(str(n) for n in (each.told_before, each.told_after, each.newly_told, each.no_longer_told))
        )
    Console().print(table)
    click.echo("\nField by field and reason by reason, with the number of reports in brackets:")
    for each in comparison.changes:
        click.echo(f"\n{each.agency_name}")
        for line in (*_fields(each), *_refusals(each)):
            click.echo(line)


def _fields(change: Change) -> Iterator[str]:
    for counts, would in ((change.fields_newly, "would newly get"), (change.fields_no_longer, "would no longer get")):
        for subject, paths in groupby(sorted(counts), lambda path: path.partition(".")[0]):
            told = ", ".join(f"{as_fields([path]).partition(': ')[2]} ({counts[path]})" for path in paths)
            yield f"  {would}, of the {subject.replace('_', ' ')}: {told}"


def _refusals(change: Change) -> Iterator[str]:
    for reason, count in sorted(change.refused_newly.items()):
        yield f"  would be refused ({count}): {REFUSAL_TEXT[reason]}"
    if change.missing_newly:
        missing = (f"{as_fields([path])} ({count})" for path, count in sorted(change.missing_newly.items()))
        yield f"  missing: {'; '.join(missing)}"
    for reason, count in sorted(change.refused_no_longer.items()):
        yield f"  would no longer be refused ({count}) because: {REFUSAL_TEXT[reason]}"
