"""One line of an acknowledgement file, as CSV or JSON: an acknowledgement, or a reason that repeats nothing of it."""

import csv
import json
from collections.abc import Callable, Sequence
from functools import partial

from pydantic import ValidationError

from tellusonce.domain.acknowledgement import Acknowledgement

LINE_LIMIT_BYTES = 32_000
"""Longest line: room for a note of 2,000 characters however they are written."""

COLUMNS = ("notification", "kind", "outcome", "effective_on", "note", "at")
"""Those that a CSV file may have, in any order."""
_NEEDED = {"notification", "kind", "at"}

_EXPECTED = {
    "notification": "must be the id of a notification",
    "kind": "must be receipt or outcome",
    "outcome": "must be actioned, not-held, query, rejected or reversed",
    "effective_on": "must be a date as 2026-03-14",
    "note": "must be text of at most 2,000 characters",
    "at": "must be a time with its offset, as 2026-03-14T09:30:00Z",
}

Line = tuple[int, bytes]
ReadLine = Callable[[bytes], Acknowledgement]


class LineRefused(Exception):
    """A line is not an acknowledgement; the text says why."""


class UnknownColumns(Exception):
    """A CSV file does not say in its first line what its columns are."""

    def __init__(self) -> None:
        super().__init__(
            f"the first line must name columns of {', '.join(COLUMNS)}, each once; outcome, effective_on "
            "and note may be left out"
        )


def reader(name: str, lines: Sequence[Line]) -> tuple[ReadLine, Sequence[Line]]:
    """How to read a file of this name, and its lines without the header. Raises UnknownColumns."""
    if not name.endswith(".csv"):
        return _acknowledgement, lines
    if not lines:
        raise UnknownColumns
    (_, header), *rows = lines
    try:
        columns = _cells(header)
    except LineRefused:
        raise UnknownColumns from None
    if not _NEEDED <= set(columns) <= set(COLUMNS) or len(set(columns)) < len(columns):
        raise UnknownColumns
    return partial(_from_cells, columns), rows


def _from_cells(columns: Sequence[str], line: bytes) -> Acknowledgement:
    cells = _cells(line)
    if len(cells) != len(columns):
        raise LineRefused("has another number of cells than the first line")
    return _acknowledgement(json.dumps({column: cell for column, cell in zip(columns, cells, strict=True) if cell}))


def _cells(line: bytes) -> list[str]:
    """A line stands for itself, so that a quotation mark left open spoils no other."""
    _bound(line)
    try:
        cells = next(csv.reader([line.decode().rstrip("\r")], strict=True), [])
    except UnicodeDecodeError:
        raise LineRefused("is not UTF-8") from None
    except csv.Error:
        raise LineRefused("is not CSV with quotation marks that match") from None
    # The apostrophe that keeps a cell from being a formula, as in our own files.
    return [cell.strip().removeprefix("'") for cell in cells]


def _acknowledgement(line: bytes | str) -> Acknowledgement:
    _bound(line)
    try:
        return Acknowledgement.model_validate_json(line)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_context=False, include_input=False)[0]
        raise LineRefused(_reason(first["type"], *first["loc"][:1])) from None


def _bound(line: bytes | str) -> None:
    if len(line) > LINE_LIMIT_BYTES:
        raise LineRefused(f"is longer than {LINE_LIMIT_BYTES} bytes")


def _reason(kind: str, name: str | int | None = None) -> str:
    """In our own words: the library's may repeat what was given."""
    if kind == "json_invalid":
        return "is not JSON"
    if kind == "outcome_kind":
        return "must have an outcome with kind outcome, and none with kind receipt"
    if kind == "extra_forbidden":
        return "has a name that acknowledgements do not have"
    if expected := _EXPECTED.get(str(name)):
        return f"{name} {expected}"
    return "is not an acknowledgement"
