"""Tables for spreadsheets."""

import csv
import io
from collections.abc import Iterable
from typing import Any


def csv_lines(rows: Iterable[Iterable[Any]]) -> str:
    """The rows as lines of CSV (RFC 4180), of which no spreadsheet takes any cell for a formula."""
    lines = io.StringIO()
    csv.writer(lines).writerows([_cell(value) for value in row] for row in rows)
    return lines.getvalue()


def _cell(value: Any) -> str:
    """As text that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
