"""Follow-ups listed: narrowed, ordered, found by what is known of a person, as CSV, and acted on many at once."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic_core import to_json

from tellusonce.bootstrap import Service
from tellusonce.domain.faults import InputRefused
from tellusonce.domain.follow_up import FollowUpKind, Step
from tellusonce.domain.follow_up_moves import Assign, HandOver
from tellusonce.domain.notification import State
from tellusonce.life_events.validation import read_as
from tellusonce.persistence.follow_up_reading import NOBODY, Sort, Sought, place_of
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.find_reports import Search
from tellusonce.services.follow_ups import Done
from tellusonce.services.reference import WrongReference, read_reference
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.cursors import cursor_of
from tellusonce.web.pages.board import Staff, agency_name
from tellusonce.web.pages.csv_cells import csv_lines
from tellusonce.web.pages.follow_up_filters import OLDER_THAN_DAYS, Filters, read_filters, read_place
from tellusonce.web.pages.forms import Form, TheForm
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
_PAGE = 50
_BATCH = 1_000
_FOUND_AT_MOST = 100
_PEOPLE_AT_MOST = 1_000
Cursor = Annotated[str | None, Query(max_length=400)]

CSV_COLUMNS = (
    "id",
    "reference",
    "district",
    "agency",
    "kind",
    "owner",
    "opened_at",
    "due_on",
    "snoozed_until",
    "raised_to",
    "closed_at",
    "closed_because",
)


@router.get("/follow-ups")
def follow_ups(request: Request, service: TheService, staff: Staff, cursor: Cursor = None) -> Response:
    """A page of those that the address asks for."""
    filters = read_filters(request)
    found = service.following_up.reading.listed(
        filters.sought(staff),
        sort=Sort(filters.sort),
        descending=filters.descending,
        after=read_place(cursor, filters.sort),
        limit=_PAGE + 1,
    )
    rows = found[:_PAGE]
    following = filters.address(cursor=cursor_of(*place_of(rows[-1]))) if len(found) > _PAGE else None
    return _listed(request, service, rows, filters=filters, following=following, is_first=cursor is None)


@router.get("/follow-ups.csv")
def follow_ups_csv(request: Request, service: TheService, staff: Staff) -> Response:
    """All of those that the address asks for, in the same order, as a table for a spreadsheet; nobody's words."""
    filters = read_filters(request)
    return StreamingResponse(
        _csv(service, filters, staff),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="follow-ups.csv"'},
    )


@router.post("/follow-ups/search")
def search(request: Request, service: TheService, _staff: Staff, form: TheForm) -> Response:
    """Follow-ups of the reports that are found. By a form, since what is known of a person stands in no address."""
    if reference := form.text("reference"):
        try:
            return redirect(f"/reports/{read_reference(reference)}/timeline")
        except WrongReference:
            errors = {"reference": "Check the reference: it is none that is given here"}
            return _listed(request, service, [], status_code=422, errors=errors, form=form)
    known = {name: form.text(name) for name in ("national_insurance_number", "family_name") if form.text(name)}
    try:
        asked = read_as(Search, to_json(known))
    except InputRefused as refused:
        errors = {fault.pointer.strip("/") or "reference": _said(fault.message) for fault in refused.faults}
        return _listed(request, service, [], status_code=422, errors=errors, form=form)
    reports = service.keeping.find_reports.find(asked, district=None, limit=_FOUND_AT_MOST)
    sought = Sought(reports=[each.id for each in reports], closed=None)
    rows = service.following_up.reading.listed(sought, limit=_PAGE)
    return _listed(request, service, rows, form=form, found=[each.reference for each in reports])


@router.post("/follow-ups/many")
def many(request: Request, service: TheService, staff: Staff, form: TheForm) -> Response:
    """What would happen to those that were ticked; and, once that is confirmed, what came of each."""
    ids = _ids(form)
    action, confirmed = form.text("action"), form.text("confirmed") == "yes"
    if action not in ("assign", "send-again"):
        raise Problem(Kind.NOT_POSSIBLE)
    if not ids:
        return redirect("/follow-ups")
    rows = service.following_up.reading.listed(Sought(ids=ids, closed=None), limit=len(ids))
    owner = form.text("owner")
    if action == "assign":
        done = _assign(service, ids, owner, staff, dry_run=not confirmed)
    else:
        done = _send_again(service, rows, staff, dry_run=not confirmed)
    return page(
        request,
        "board/many.html",
        rows=_with_names(service, rows),
        done=done,
        action=action,
        owner=owner,
        confirmed=confirmed,
        possible=sum(not refused for refused, _ in done.values()),
    )


@router.get("/follow-ups/hand-over")
def hand_over(request: Request, service: TheService, staff: Staff) -> Response:
    """All of one person's to another, as for a holiday: staff give away their own, supervisors anybody's."""
    return page(request, "board/hand_over.html", staff=staff, people=people(service), form=None, given=None)


@router.post("/follow-ups/hand-over")
def take_hand_over(request: Request, service: TheService, staff: Staff, form: TheForm) -> Response:
    """The same, done."""
    owner = form.text("from") if staff.role is Role.SUPERVISOR else staff.actor
    try:
        over = read_as(HandOver, to_json({"owner": form.text("to"), "words": form.text("words") or None}))
        if not owner:
            return _handing(request, service, staff, form, {"from": "Choose whose follow-ups they are"})
        given = service.following_up.acts.hand_over(owner, over, staff.actor)
    except InputRefused as refused:
        errors = {"words" if "words" in each.pointer else "to": _said(each.message) for each in refused.faults}
        return _handing(request, service, staff, form, errors)
    return redirect(Filters(owner=over.owner or "").address(handed_over=str(given)))


def people(service: Service) -> list[str]:
    """Who sees to follow-ups, as the trail names them."""
    accounts = islice(service.sign_in.accounts.listed(), _PEOPLE_AT_MOST)
    roles = (Role.STAFF, Role.SUPERVISOR)
    return sorted(each.principal.actor for each in accounts if each.principal.role in roles)


def _handing(request: Request, service: Service, staff: Principal, form: Form, errors: dict[str, str]) -> Response:
    values = {"staff": staff, "people": people(service), "form": form, "given": None, "errors": errors}
    return page(request, "board/hand_over.html", status_code=422, **values)


def _listed(
    request: Request,
    service: Service,
    rows: list[dict[str, Any]],
    *,
    filters: Filters | None = None,
    following: str | None = None,
    is_first: bool = True,
    status_code: int = 200,
    **others: Any,
) -> Response:
    """A page of a list, or of what was found where there are no filters."""
    values = {"errors": {}, "form": None, "found": None, **others}
    return page(
        request,
        "board/follow_ups.html",
        status_code=status_code,
        rows=_with_names(service, rows),
        filters=filters,
        following=following,
        is_first=is_first,
        handed_over=request.query_params.get("handed_over", ""),
        people=people(service),
        agencies=sorted((agency.name, code) for code, agency in service.agencies.items()),
        kinds=[each.value for each in FollowUpKind],
        steps=[each.value for each in Step],
        sorts=[each.value for each in Sort],
        older_than_days=OLDER_THAN_DAYS,
        nobody=NOBODY,
        **values,
    )


def _with_names(service: Service, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "agency_name": agency_name(service, row["agency"])} for row in rows]


def _ids(form: Form) -> list[UUID]:
    try:
        return [UUID(each) for each in form.texts("follow_up")[:_PAGE]]
    except ValueError:
        raise Problem(Kind.NOT_POSSIBLE) from None


_Outcomes = dict[UUID, tuple[bool, str]]
"""Of each follow-up whether it was refused, and what is said of it."""


def _assign(service: Service, ids: Sequence[UUID], owner: str, staff: Principal, *, dry_run: bool) -> _Outcomes:
    act = Assign(owner=None if owner == NOBODY else owner or staff.actor)
    done: list[Done] = service.following_up.acts.act_on_each(ids, act, staff.actor, dry_run=dry_run)
    said = f"{'goes' if dry_run else 'went'} to {act.owner or NOBODY}"
    return {each.id: (each.refused is not None, each.refused or said) for each in done}


def _send_again(service: Service, rows: Sequence[dict[str, Any]], staff: Principal, *, dry_run: bool) -> _Outcomes:
    notifications = {row["notification"] for row in rows} - {None}
    again = service.delivery.replays.send_again(sorted(notifications), actor=staff.actor, dry_run=dry_run)
    if again and not dry_run:
        service.doorbell.ring(sorted({row["agency"] for row in rows if row["notification"] in again}))
    return {row["id"]: _said_of_sending(again.get(row["notification"]), dry_run=dry_run) for row in rows}


def _said_of_sending(stood: State | None, *, dry_run: bool) -> tuple[bool, str]:
    if stood is None:
        return True, "cannot be sent again: it is under way, answered, or overtaken by a later one"
    tense = "will be" if dry_run else "is being"
    if stood is State.PARKED:
        return False, f"{tense} tried again: it was not delivered"
    return False, f"{tense} sent again as a reminder: it was {stood.value}"


def _csv(service: Service, filters: Filters, staff: Principal) -> Iterator[str]:
    """Batch by batch, so that no more than one is in memory."""
    yield ",".join(CSV_COLUMNS) + "\r\n"
    after = None
    while True:
        rows = service.following_up.reading.listed(
            filters.sought(staff),
            sort=Sort(filters.sort),
            descending=filters.descending,
            after=after,
            limit=_BATCH,
        )
        yield csv_lines([row[name] for name in CSV_COLUMNS] for row in rows)
        if len(rows) < _BATCH:
            return
        after = place_of(rows[-1])


def _said(message: str) -> str:
    return "Enter a reference, a National Insurance number or a family name" if "search by" in message else message
