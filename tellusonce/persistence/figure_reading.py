"""Figures as they are read: sums of what was counted and may be shown."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, LiteralString

from tellusonce.domain.figures import ALL, Measure, Tally
from tellusonce.persistence.database import Database

_COUNTED: LiteralString = "SELECT month, counted_at FROM figure_month ORDER BY month DESC LIMIT 1200"

_OF: LiteralString = "FROM figure WHERE month BETWEEN %(first)s AND %(last)s"
_ONE: LiteralString = f"{_OF} AND district = %(district)s"
_EACH: LiteralString = f"{_OF} AND district <> '' AND (%(district)s = '' OR district = %(district)s)"

_DISTRICTS: LiteralString = f"SELECT DISTINCT district {_EACH} AND agency = '' ORDER BY district"

_BY_MONTH: LiteralString = f"""
SELECT month, measure, days, count {_ONE} AND agency = '' ORDER BY month
"""
_BY_DISTRICT: LiteralString = f"""
SELECT district, measure, days, sum(count)::integer {_EACH} AND agency = ''
GROUP BY district, measure, days ORDER BY district
"""
_BY_AGENCY: LiteralString = f"""
SELECT agency, measure, days, sum(count)::integer {_ONE} AND agency <> ''
GROUP BY agency, measure, days ORDER BY agency
"""
_OF_REPORTS: LiteralString = f"""
SELECT district, measure, days, count {_EACH} AND agency = '' ORDER BY district
"""
_OF_AGENCIES: LiteralString = f"""
SELECT agency, district, measure, days, count {_EACH} AND agency <> '' ORDER BY agency, district
"""


@dataclass(frozen=True)
class Span:
    """Which figures are asked for: of months, given by their first days, and of one district or all."""

    first: date
    last: date
    district: str = ALL


class FigureReading:
    """Queries; nothing here changes anything."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def months(self) -> dict[date, datetime]:
        """The months that were counted, the latest first, and when."""
        with self._database.statement() as cursor:
            return dict(cursor.execute(_COUNTED).fetchall())

    def districts(self, span: Span) -> list[str]:
        """Those of which there is something to show; small ones put together are `OTHERS`."""
        with self._database.statement() as cursor:
            return [district for (district,) in cursor.execute(_DISTRICTS, vars(span))]

    def by_month(self, span: Span) -> dict[date, Tally]:
        """Of reports."""
        return self._tallies(_BY_MONTH, span)

    def by_district(self, span: Span) -> dict[str, Tally]:
        """Of reports."""
        return self._tallies(_BY_DISTRICT, span)

    def by_agency(self, span: Span) -> dict[str, Tally]:
        """Of agencies' answers."""
        return self._tallies(_BY_AGENCY, span)

    def of_reports(self, span: Span) -> Iterator[tuple[date, str, Tally]]:
        """Month by month and district by district: no more than a month is in memory."""
        for month in self._months_of(span):
            for district, tally in self._tallies(_OF_REPORTS, Span(month, month, span.district)).items():
                yield month, district, tally

    def of_agencies(self, span: Span) -> Iterator[tuple[date, str, str, Tally]]:
        """The same of each agency: month, district, agency."""
        for month in self._months_of(span):
            with self._database.statement() as cursor:
                rows = cursor.execute(_OF_AGENCIES, vars(Span(month, month, span.district))).fetchall()
            for (agency, district), counts in groupby(rows, lambda row: row[:2]):
                yield month, district, agency, _tally(row[2:] for row in counts)

    def _months_of(self, span: Span) -> list[date]:
        return [month for month in sorted(self.months()) if span.first <= month <= span.last]

    def _tallies(self, statement: LiteralString, span: Span) -> dict[Any, Tally]:
        with self._database.statement() as cursor:
            rows = cursor.execute(statement, vars(span)).fetchall()
        return {key: _tally(row[1:] for row in counts) for key, counts in groupby(rows, lambda row: row[0])}


def _tally(counts: Iterable[tuple[Any, ...]]) -> Tally:
    tally = Tally()
    for measure, days, count in counts:
        tally.add(Measure(measure), days, count)
    return tally
