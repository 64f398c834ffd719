"""The inbox of an agency's people: what came, its facts once it is opened, and what they say of it."""

from contextlib import suppress
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic_core import from_json

from tellusonce.bootstrap import Service
from tellusonce.domain.acknowledgement import Outcome
from tellusonce.domain.channel import Email, Inbox
from tellusonce.domain.faults import InputRefused
from tellusonce.domain.language import Language
from tellusonce.domain.notification import CLOSED_BY, NotificationKind
from tellusonce.services.acknowledge import Answered, Verdict
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.deliver import NotAllowed
from tellusonce.services.inbox import NotInInbox, Opened, Place
from tellusonce.web.access import PageRoute, SignedIn, TheService
from tellusonce.web.cursors import cursor_of, read_cursor
from tellusonce.web.pages.agencies_words import read_word
from tellusonce.web.pages.facts import as_said, field_label, labelled_facts
from tellusonce.web.pages.forms import Form, TheForm
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
Person = Annotated[Principal, Depends(SignedIn(Role.AGENCY))]
Cursor = Annotated[str | None, Query(max_length=400)]
_PAGE = 50


@router.get("/inbox")
def inbox(request: Request, service: TheService, person: Person, cursor: Cursor = None, closed: str = "") -> Response:
    """What is open, or with `closed` all of it, oldest first."""
    agency = _agency(person)
    by_inbox = _is_by_inbox(service, agency)
    found = service.delivery.inbox.entries(agency, only_open=not closed, after=_place(cursor), limit=_PAGE + 1)
    entries = found[:_PAGE] if by_inbox else []
    following = None
    if by_inbox and len(found) > _PAGE:
        place = cursor_of(entries[-1].accepted_at.isoformat(), entries[-1].id)
        following = f"/inbox?cursor={place}{'&closed=yes' if closed else ''}"
    return page(
        request,
        "inbox/inbox.html",
        entries=entries,
        by_inbox=by_inbox,
        closed=bool(closed),
        following=following,
        outcomes=[Outcome.ACTIONED.value, Outcome.NOT_HELD.value],
    )


@router.post("/inbox/many")
def many(request: Request, service: TheService, person: Person, form: TheForm) -> Response:
    """The same outcome for several that were opened; what came of each."""
    agency = _agency(person)
    if not _is_by_inbox(service, agency):
        raise Problem(Kind.NOT_FOUND)
    try:
        words = [read_word(form, UUID(each)) for each in form.texts("notification")[:_PAGE]]
    except (ValueError, InputRefused):
        return redirect("/inbox")
    answers = service.acknowledge.acknowledge(agency, words, person.actor)
    return page(request, "inbox/many.html", answers=[(each, _said(each)) for each in answers])


@router.get("/agencies/{agency}/inbox/{notification}")
def from_email(person: Person, agency: str, notification: UUID) -> Response:
    """The address in e-mails."""
    if agency != person.agency:
        raise Problem(Kind.NOT_FOUND)
    return redirect(f"/inbox/{notification}")


@router.get("/inbox/{notification}")
def notification(request: Request, service: TheService, person: Person, notification: UUID) -> Response:
    """Its facts. That this person reads them is in the trail; the first opening is the agency's receipt."""
    return _shown(request, service, person, notification)


@router.post("/inbox/{notification}")
def take_word(request: Request, service: TheService, person: Person, notification: UUID, form: TheForm) -> Response:
    """What the agency did, or asks."""
    agency = _agency(person)
    if not _is_by_inbox(service, agency):
        raise Problem(Kind.NOT_FOUND)
    try:
        word = read_word(form, notification)
        if word.outcome in (Outcome.QUERY, Outcome.REJECTED) and not word.note:
            errors = {"note": "Say what you ask, or what is wrong"}
            return _shown(request, service, person, notification, form=form, errors=errors)
    except InputRefused as refused:
        errors = {each.pointer.strip("/").split("/")[0]: each.message for each in refused.faults}
        return _shown(request, service, person, notification, form=form, errors=errors)
    (answered,) = service.acknowledge.acknowledge(agency, [word], person.actor)
    if answered.verdict is Verdict.UNKNOWN:
        raise Problem(Kind.NOT_FOUND)
    if answered.verdict is Verdict.REFUSED:
        return _shown(request, service, person, notification, form=form, errors={"outcome": _said(answered)})
    return redirect(f"/inbox/{notification}")


def _shown(
    request: Request,
    service: Service,
    person: Principal,
    notification: UUID,
    *,
    form: Form | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    opened = _open(service, person, notification)
    message = from_json(opened.message)
    life_event, kind = message["type"].split(".")[1:]
    return page(
        request,
        "inbox/notification.html",
        status_code=422 if errors else 200,
        id=notification,
        message=message,
        due_on=as_said(message["data"]["outcome_due_on"], Language.ENGLISH, str),
        kind=kind,
        state=opened.state.value,
        facts=list(labelled_facts(life_event, message["data"]["facts"])),
        changed=[field_label(life_event, path) for path in message["data"].get("changed", ())],
        history=opened.history,
        closing=sorted(CLOSED_BY[NotificationKind(kind)]),
        form=form,
        errors=errors or {},
    )


def _open(service: Service, person: Principal, notification: UUID) -> Opened:
    agency = _agency(person)
    if not _is_by_inbox(service, agency):
        raise Problem(Kind.NOT_FOUND)
    try:
        return service.delivery.inbox.open(agency, notification, person.actor)
    except NotInInbox:
        raise Problem(Kind.NOT_FOUND) from None
    except NotAllowed:
        raise Problem(Kind.NO_LONGER_ALLOWED) from None


def _said(answered: Answered) -> str:
    said = answered.reason or (f"recorded: it is {answered.state.value} now" if answered.state else "recorded")
    return said[0].upper() + said[1:]


def _agency(person: Principal) -> str:
    assert person.agency, "a person of an agency has one"
    return person.agency


def _is_by_inbox(service: Service, agency: str) -> bool:
    return agency in service.agencies and isinstance(service.agencies[agency].channel, Email | Inbox)


def _place(cursor: str | None) -> Place | None:
    place = read_cursor(cursor)
    with suppress(ValueError):
        return place and Place(datetime.fromisoformat(place[0]), place[1])
    raise Problem(Kind.NOT_POSSIBLE)
