"""Lines of acknowledgement files: each an acknowledgement, or refused for a reason that repeats nothing of it."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tellusonce.domain.acknowledgement import Acknowledgement, Outcome
from tellusonce.services.acknowledgement_lines import (
    COLUMNS,
    LINE_LIMIT_BYTES,
    LineRefused,
    ReadLine,
    UnknownColumns,
    reader,
)

_ID = UUID("01a201d5-2c5d-732c-966e-094d80e39e3a")
_HEADER = b"notification,kind,outcome,effective_on,note,at"
_WORD = {"notification": str(_ID), "kind": "outcome", "outcome": "actioned", "at": "2026-03-26T15:40:00Z"}
_SECRET = "Holloway-QQ123456C"


def test_json_and_csv_say_the_same() -> None:
    """One acknowledgement reads alike in both."""
    word = {**_WORD, "effective_on": "2026-03-14", "note": "Ended, from the date of death."}
    row = b'%s,outcome,actioned,2026-03-14,"Ended, from the date of death.",2026-03-26T15:40:00Z\r' % str(_ID).encode()
    read = _csv(row)
    assert read == _json(json.dumps(word).encode())
    assert (read.notification, read.outcome, read.note) == (_ID, Outcome.ACTIONED, "Ended, from the date of death.")


def test_columns_may_stand_in_any_order_and_be_left_out() -> None:
    """A CSV file names its columns; those for what is not said may be missing, and empty cells say nothing."""
    read = _csv(b"2026-03-24T10:12:06+00:00,receipt,,%s" % str(_ID).encode(), b"at,kind,outcome,notification")
    assert (read.notification, read.kind, read.outcome) == (_ID, "receipt", None)


@pytest.mark.parametrize(
    "header",
    [
        b"notification,kind",
        b"notification,kind,at,name",
        b"notification,kind,at,at",
        b"Notification,Kind,At",
        b"notification;kind;at",
        b'"notification,kind,at',
        b"\xff\xfe",
        b"",
    ],
)
def test_a_csv_file_must_name_its_columns(header: bytes) -> None:
    """A first line that does not name known columns, each once, with those that are needed, makes the file useless."""
    with pytest.raises(UnknownColumns):
        reader("a.csv", [(1, header)])


def test_an_apostrophe_before_a_cell_is_dropped() -> None:
    """A note may be kept from being a formula in the way that ours are."""
    assert _csv(_row(note="'=1+1")).note == "=1+1"
    assert _csv(_row(note="''t Hart")).note == "'t Hart"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "is not JSON"),
        (b"[]", "is not an acknowledgement"),
        (b"null", "is not an acknowledgement"),
        (b"\xff", "is not JSON"),
        (b"[" * 20_000, "is not JSON"),
        (b'"' + b"a" * LINE_LIMIT_BYTES + b'"', "is longer than 32000 bytes"),
    ],
)
def test_a_line_that_is_no_acknowledgement_says_what_it_is_not(line: bytes, reason: str) -> None:
    """What cannot be read at all is refused by kind."""
    with pytest.raises(LineRefused, match=reason):
        _json(line)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"notification": _SECRET}, "notification must be the id of a notification"),
        ({"kind": _SECRET}, "kind must be receipt or outcome"),
        ({"outcome": _SECRET}, "outcome must be actioned, not-held, query, rejected or reversed"),
        ({"effective_on": _SECRET}, "effective_on must be a date as 2026-03-14"),
        ({"note": _SECRET * 200}, "note must be text of at most 2,000 characters"),
        ({"note": f"{_SECRET}\x07"}, "note must be text of at most 2,000 characters"),
        ({"at": _SECRET}, "at must be a time with its offset, as 2026-03-14T09:30:00Z"),
        ({"at": "2026-03-26T15:40:00"}, "at must be a time with its offset, as 2026-03-14T09:30:00Z"),
        ({_SECRET: _SECRET}, "has a name that acknowledgements do not have"),
        ({"outcome": None}, "must have an outcome with kind outcome, and none with kind receipt"),
        ({"kind": "receipt"}, "must have an outcome with kind outcome, and none with kind receipt"),
    ],
)
def test_what_is_wrong_is_named_and_not_repeated(changed: dict[str, Any], reason: str) -> None:
    """The reason says what would be right, and nothing of what was given."""
    with pytest.raises(LineRefused) as refused:
        _json(json.dumps({**_WORD, **changed}).encode())
    assert str(refused.value) == reason


def test_a_row_with_too_few_or_too_many_cells_is_refused() -> None:
    """Cells that have no column, and columns that have no cell, say nothing for sure."""
    for row in (b"a,b", _row() + b",more"):
        with pytest.raises(LineRefused, match="another number of cells"):
            _csv(row)


@given(st.binary(max_size=300))
@example(b'"')
@example(b'"a\r\nb"')
@example(b"\x00")
def test_no_line_is_ever_anything_else(line: bytes) -> None:
    """Whatever a line holds, in either form, it is an acknowledgement or refused."""
    for read in (_json, _csv):
        assert isinstance(_read_or_refused(read, line), Acknowledgement | LineRefused)


_cells = st.sampled_from([*_WORD.values(), "receipt", "query", "2026-03-14", "", "'", '"', _SECRET]) | st.text(
    max_size=9
)


@given(st.dictionaries(st.sampled_from(COLUMNS), _cells | st.none() | st.integers() | st.lists(st.none())))
def test_nearly_right_lines_are_never_anything_else(word: dict[str, Any]) -> None:
    """The same holds for lines with the right names; and no reason repeats what was given."""
    texts = {name: "" if cell is None else str(cell) for name, cell in word.items()}
    for read, line in ((_json, json.dumps(word).encode()), (_csv, _row(**texts))):
        answer = _read_or_refused(read, line)
        assert isinstance(answer, Acknowledgement) or _SECRET not in str(answer)


def _json(line: bytes) -> Acknowledgement:
    read, _ = reader("a.jsonl", [])
    return read(line)


def _csv(line: bytes, header: bytes = _HEADER) -> Acknowledgement:
    read, _ = reader("a.csv", [(1, header)])
    return read(line)


def _read_or_refused(read: ReadLine, line: bytes) -> Acknowledgement | LineRefused:
    try:
        return read(line)
    except LineRefused as refused:
        return refused


def _row(**changed: str) -> bytes:
    cells = {**_WORD, **changed}
    return ",".join('"{}"'.format(cells.get(column, "").replace('"', '""')) for column in COLUMNS).encode(
        errors="replace"
    )
