"""The tables of figures as CSV: a row for each month and district, and each agency where it is about agencies."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tellusonce.domain.figures import DAYS_OF_THE_STUDY, OTHERS, Measure
from tellusonce.persistence.figure_reading import FigureReading, Span
from tellusonce.web.pages.csv_cells import csv_lines

_ROWS_TOGETHER = 500
_Rows = Iterator[list[Any]]


def district_name(district: str) -> str:
    """As people read it."""
    return "other districts" if district == OTHERS else district


def csv_of(table: str, reading: FigureReading, span: Span) -> Iterator[str]:
    """Some rows at a time, so that no more than a month is in memory."""
    names, rows_of = TABLES[table]
    rows = [list(names)]
    for row in rows_of(reading, span):
        rows.append(row)
        if len(rows) >= _ROWS_TOGETHER:
            yield csv_lines(rows)
            rows = []
    yield csv_lines(rows)


def _contacts_rows(reading: FigureReading, span: Span) -> _Rows:
    for month, district, tally in reading.of_reports(span):
        counts = tally.total(Measure.REPORTS), tally.contacts_made, tally.contacts_avoided, tally.total(Measure.AWAITED)
        yield [f"{month:%Y-%m}", district_name(district), *counts]


def _closure_rows(reading: FigureReading, span: Span) -> _Rows:
    for month, district, tally in reading.of_reports(span):
        yield [
            f"{month:%Y-%m}",
            district_name(district),
            tally.total(Measure.CLOSED),
            tally.days(Measure.CLOSED, 50),
            tally.days(Measure.CLOSED, 90),
            tally.within(Measure.CLOSED, DAYS_OF_THE_STUDY),
            tally.total(Measure.OPEN),
        ]


def _acknowledgement_rows(reading: FigureReading, span: Span) -> _Rows:
    for month, district, agency, tally in reading.of_agencies(span):
        answers = [
            value
            for came, in_time, late in (
                (Measure.RECEIPTS, Measure.RECEIPTS_IN_TIME, Measure.RECEIPTS_LATE),
                (Measure.OUTCOMES, Measure.OUTCOMES_IN_TIME, Measure.OUTCOMES_LATE),
            )
            for value in (
                tally.total(came),
                tally.days(came, 50),
                tally.days(came, 90),
                tally.total(in_time),
                tally.total(late),
            )
        ]
        yield [f"{month:%Y-%m}", district_name(district), agency, tally.total(Measure.TOLD), *answers]


def _help_rows(reading: FigureReading, span: Span) -> _Rows:
    for month, district, tally in reading.of_reports(span):
        counts = [tally.total(each) for each in (Measure.REPORTS, Measure.PAGE_OPENED, Measure.REMINDERS)]
        yield [f"{month:%Y-%m}", district_name(district), *counts]


TABLES: Mapping[str, tuple[tuple[str, ...], Callable[[FigureReading, Span], _Rows]]] = {
    "contacts": (
        ("month", "district", "reports", "contacts_made", "contacts_avoided", "notifications_open"),
        _contacts_rows,
    ),
    "closure": (
        (
            "month",
            "district",
            "reports_closed",
            "median_days",
            "ninetieth_percentile_days",
            "closed_within_180_days",
            "reports_open",
        ),
        _closure_rows,
    ),
    "acknowledgements": (
        (
            "month",
            "district",
            "agency",
            "reports",
            *(
                f"{answer}{name}"
                for answer in ("receipt", "outcome")
                for name in ("s", "_median_days", "_ninetieth_percentile_days", "s_in_time", "s_late")
            ),
        ),
        _acknowledgement_rows,
    ),
    "help": (("month", "district", "reports", "pages_opened", "reminders_wished"), _help_rows),
}
