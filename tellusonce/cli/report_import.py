"""`tellusonce report import`."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click
from pydantic_core import from_json

from tellusonce.bootstrap import collect_garbage_rarely
from tellusonce.cli.import_processes import Imported, imported
from tellusonce.cli.opening import REFUSED, as_json, json_option, opened_service, operator
from tellusonce.cli.progress_bar import progress_bar
from tellusonce.domain.faults import Fault
from tellusonce.life_events.records import FORMS
from tellusonce.life_events.validation import read_json
from tellusonce.services.import_records import Became, Import
from tellusonce.services.import_reports import ImportedLine

_REPORTS = "reports"
_OF_LINES = (Became.REGISTERED, Became.BEFORE, Became.REFUSED)
_Each = TypeVar("_Each")
_What = tuple[int, Became, Sequence[Fault]]


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option(
    *("--form", "form"),
    type=click.Choice([_REPORTS, *FORMS]),
    default=_REPORTS,
    show_default=True,
    help="Reports, or records of another system's: FHIR VRDR, an IJE mortality file, OpenCRVS, the NHS's death signal.",
)
@click.option(
    *("--with", "rest"),
    type=click.File("rb"),
    help="With records: a JSON file of what they do not say of a report, such as its benefits and informant.",
)
@click.option("--district", default="head-office", show_default=True, help="The registration district they belong to.")
@click.option("--refused", type=click.Path(dir_okay=False, path_type=Path), help="Write refused lines' errors here.")
@click.option("--dry-run", is_flag=True, help="Say which lines would be refused; store and send nothing.")
@json_option
def report_import(
    file: BinaryIO,
    form: str,
    rest: BinaryIO | None,
    district: str,
    refused: Path | None,
    dry_run: bool,
    json_wanted: bool,
) -> None:
    """Register the reports in FILE, one JSON object a line (- for standard input); the others where some are refused.

    A line that was imported before is not registered again: import a file anew after it was cut short or corrected.

    With --form FILE holds records of another system, one a line, or one JSON document. One that was sent again,
    changed, or as an update corrects the report of its death; a void or a removed signal withdraws it.
    """
    if rest and form == _REPORTS:
        raise click.UsageError("--with goes with --form")
    stated = _stated(rest)
    counts: Counter[Became] = Counter()
    with opened_service() as service, ExitStack() as opened:
        collect_garbage_rarely()
        errors = opened.enter_context(refused.open("w", encoding="utf-8")) if refused else None
        found: Iterator[_What]
        if form == _REPORTS:
            lines = imported(service, file, Imported(operator(), district, dry_run))
            found = ((each.number, _became(each), each.faults) for each in lines)
        else:
            wanted = Import(FORMS[form], stated, operator(), district, dry_run=dry_run)
            records = service.import_records.run(_records(file), wanted)
            found = ((each.number, each.became, each.faults) for each in records)
        for number, became, faults in _with_progress(found, file):
            counts[became] += 1
            if faults:
                described = [{"pointer": fault.pointer, "detail": fault.message} for fault in faults]
                click.echo(as_json({"line": number, "errors": described}), file=errors, err=errors is None)
    click.echo(
        as_json({each: counts[each] for each in (_OF_LINES if form == _REPORTS else Became)}), err=not json_wanted
    )
    if counts[Became.REFUSED]:
        raise click.exceptions.Exit(REFUSED)


def _became(line: ImportedLine) -> Became:
    if line.faults:
        return Became.REFUSED
    return Became.REGISTERED if line.is_new else Became.BEFORE


def _stated(rest: BinaryIO | None) -> dict[str, Any]:
    """Raises InputRefused."""
    stated = read_json(rest.read()) if rest else {}
    if not isinstance(stated, dict):
        raise click.UsageError("--with names a file with a JSON object")
    return stated


def _records(lines: Iterable[bytes]) -> Iterator[bytes]:
    """One a line; where the first line is only the beginning of a JSON document, all of them are one."""
    some = (line for line in lines if line.strip())
    first = next(some, b"")
    if first.lstrip().startswith(b"{") and not _is_whole(first):
        yield b"".join(chain([first], some))
    elif first:
        yield from chain([first], some)


def _is_whole(text: bytes) -> bool:
    try:
        from_json(text)
    except ValueError:
        return False
    return True


def _with_progress(found: Iterator[_Each], file: BinaryIO) -> Iterator[_Each]:
    """With a bar by the bytes read of a file whose length is known."""
    if not file.seekable():
        yield from found
        return
    total_bytes = file.seek(0, os.SEEK_END)
    file.seek(0)
    with progress_bar("Importing") as progress:
        for each in found:
            progress(file.tell(), total_bytes)
            yield each
