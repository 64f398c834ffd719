"""Figures: contacts avoided, days to closure, agencies' answers and help, by district and month. No fact is in them."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from tellusonce.bootstrap import Service
from tellusonce.domain.figures import (
    ALL,
    CONTACTS_OF_THE_STUDY,
    DAYS_OF_THE_STUDY,
    OTHERS,
    SMALLEST_GROUP,
    Measure,
    Tally,
)
from tellusonce.persistence.figure_reading import Span
from tellusonce.services.api_keys import Principal, Role
from tellusonce.web.access import PageRoute, SignedIn, TheService
from tellusonce.web.pages.board import agency_name
from tellusonce.web.pages.figure_filters import read_filters
from tellusonce.web.pages.figure_plots import columns
from tellusonce.web.pages.figure_tables import TABLES, csv_of, district_name
from tellusonce.web.pages.page import page
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
Reader = Annotated[Principal, Depends(SignedIn(Role.STAFF, Role.SUPERVISOR, Role.DATA_PROTECTION, Role.REGISTRAR))]
_BAR_WIDTH = 240


@router.get("/figures")
def figures(request: Request, service: TheService, reader: Reader) -> Response:
    """Of the months and the district that the address asks for; a registrar's own district alone."""
    reading = service.figures.reading
    months = reading.months()
    filters = read_filters(request, months, reader)
    span = filters.span
    by_month = reading.by_month(span)
    by_agency = reading.by_agency(span)
    whole = Span(span.first, span.last, reader.district or ALL)
    return page(
        request,
        "figures/figures.html",
        filters=filters,
        months=list(months),
        counted_at=min((at for month, at in months.items() if span.first <= month <= span.last), default=None),
        districts=[(each, district_name(each)) for each in reading.districts(whole)],
        district=district_name(filters.district),
        sum=Tally.together(by_month.values()),
        by_month=by_month,
        by_district=_named(reading.by_district(span)) if filters.district == ALL else {},
        agencies=_agencies(service, by_agency),
        contacts=columns({m: _contacts(tally) for m, tally in by_month.items()}, CONTACTS_OF_THE_STUDY, stacked=True),
        closure=columns({m: _closure(tally) for m, tally in by_month.items()}, DAYS_OF_THE_STUDY, stacked=False),
        of_the_study={"contacts": CONTACTS_OF_THE_STUDY, "days": DAYS_OF_THE_STUDY},
        smallest=SMALLEST_GROUP,
        bar_width=_BAR_WIDTH,
        measures=Measure,
        is_registrar=reader.district is not None,
        stands_minutes=round(service.settings.figures_seconds / 60),
    )


@router.get("/figures/{table}.csv")
def figures_csv(request: Request, service: TheService, reader: Reader, table: str) -> Response:
    """One of the tables, a row for each month and district, and each agency where it is about agencies."""
    if table not in TABLES:
        raise Problem(Kind.NOT_FOUND)
    span = read_filters(request, service.figures.reading.months(), reader).span
    return StreamingResponse(
        csv_of(table, service.figures.reading, span),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{table}.csv"'},
    )


def _named(tallies: Mapping[str, Tally]) -> dict[str, Tally]:
    """By their names, those put together coming last."""
    return {district_name(each): tallies[each] for each in sorted(tallies, key=lambda each: (each == OTHERS, each))}


def _contacts(tally: Tally) -> list[float | None]:
    return [tally.per_report(tally.contacts_made), tally.per_report(tally.contacts_avoided)]


def _closure(tally: Tally) -> list[float | None]:
    return [tally.days(Measure.CLOSED, 90), tally.days(Measure.CLOSED, 50)]


_ANSWERS = {
    "receipt": (Measure.RECEIPTS, Measure.RECEIPTS_IN_TIME, Measure.RECEIPTS_LATE),
    "outcome": (Measure.OUTCOMES, Measure.OUTCOMES_IN_TIME, Measure.OUTCOMES_LATE),
}


def _agencies(service: Service, tallies: Mapping[str, Tally]) -> list[dict[str, Any]]:
    """Each agency's answers with their bars, those with most late outcomes coming first."""
    longest = {
        name: max((tally.days(measures[0], 90) or 0 for tally in tallies.values()), default=0)
        for name, measures in _ANSWERS.items()
    }
    rows = [
        {
            "name": agency_name(service, code),
            "told": tally.total(Measure.TOLD),
            "late": tally.total(Measure.OUTCOMES_LATE),
            "answers": [
                {**_answer(tally, name, longest[name]), "deadlines": _deadlines(service, code, name)}
                for name in _ANSWERS
            ],
        }
        for code, tally in tallies.items()
    ]
    return sorted(rows, key=lambda row: (-row["late"], row["name"]))


def _answer(tally: Tally, name: str, longest: int) -> dict[str, Any]:
    came, in_time, late = _ANSWERS[name]
    half, most = tally.days(came, 50), tally.days(came, 90)
    return {
        "name": name,
        "came": tally.total(came),
        "half": half,
        "most": most,
        # Half a day more for all, so that the same day is seen.
        "widths": [round(_BAR_WIDTH * ((days or 0) + 0.5) / (longest + 0.5)) for days in (most, half)],
        "in_time": tally.total(in_time),
        "due": tally.total(in_time, late),
    }


def _deadlines(service: Service, code: str, answer: str) -> list[int]:
    """Working days by the agreements in force; none where the agency is configured no more."""
    agency = service.agencies.get(code)
    agreements = agency.agreements.values() if agency else ()
    return sorted({getattr(each.deadlines, f"{answer}_working_days") for each in agreements})
