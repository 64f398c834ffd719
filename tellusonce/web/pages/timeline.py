"""A report for staff: where each notification stands and all that happened, newest first; and what can be done."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from tellusonce.bootstrap import Service
from tellusonce.domain.acknowledgement import Outcome
from tellusonce.domain.faults import InputRefused
from tellusonce.domain.text import is_text
from tellusonce.services.acknowledge import Verdict
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.family_questions import LENGTH_LIMIT, TooManyQuestions
from tellusonce.services.reference import read_reference
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.agencies_words import read_word
from tellusonce.web.pages.board import Staff, agency_name
from tellusonce.web.pages.forms import Form, TheForm
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
_PAGE = 100
_NOT_AGAIN = "It cannot be sent again: it is under way, answered or overtaken"
Before = Annotated[int | None, Query(ge=1, lt=2**63)]


@router.get("/reports/{reference}/timeline")
def timeline(request: Request, service: TheService, staff: Staff, reference: str, before: Before = None) -> Response:
    """Names of fields, states and times; no fact is shown."""
    return _shown(request, service, staff, read_reference(reference), before=before)


@router.post("/reports/{reference}/timeline")
def take_act(request: Request, service: TheService, staff: Staff, reference: str, form: TheForm) -> Response:
    """Send a notification again, record what its agency said on the telephone, or take down the family's question."""
    found = read_reference(reference)
    report = service.following_up.timelines.of(found, before=None, limit=1)
    if report is None:
        raise Problem(Kind.NOT_FOUND)
    errors = _done(service, staff, report, form)
    if errors:
        return _shown(request, service, staff, found, form=form, errors=errors)
    return redirect(f"/reports/{found}/timeline")


def _done(service: Service, staff: Principal, report: dict[str, Any], form: Form) -> dict[str, str]:
    """Do what the form asks for; gives what was wrong, by field. Raises Problem 404."""
    if form.text("act") == "question":
        return _asked(service, report["id"], form, staff.actor)
    named = {str(each["id"]): each for each in report["notifications"]}
    notification = named.get(form.text("notification"))
    if notification is None:
        raise Problem(Kind.NOT_FOUND)
    if form.text("act") != "send-again":
        return _acknowledged(service, notification, form, f"{staff.actor} (by telephone)")
    again = service.delivery.replays.send_again([notification["id"]], actor=staff.actor, dry_run=False)
    service.doorbell.ring([notification["agency"]] if again else [])
    return {} if again else {f"again-{notification['id']}": _NOT_AGAIN}


def _asked(service: Service, report_id: UUID, form: Form, actor: str) -> dict[str, str]:
    """Open a follow-up with what the family asks, for the answer to stand on its page."""
    words = form.text("words").replace("\r\n", "\n")
    if not words or len(words) > LENGTH_LIMIT or not is_text(words):
        return {"words": f"Enter what the family asks, in {LENGTH_LIMIT:,} characters at the most"}
    try:
        service.family.questions.ask(report_id, words, taken_by=f"{actor} (for the family)")
    except TooManyQuestions:
        return {"words": "Too many of its questions wait for an answer: answer one of them first"}
    return {}


def _acknowledged(service: Service, notification: dict[str, Any], form: Form, actor: str) -> dict[str, str]:
    """Take the agency's word; gives what was wrong with it, by field."""
    id_ = notification["id"]
    try:
        word = read_word(form, id_)
    except InputRefused as refused:
        return {f"{each.pointer.strip('/').split('/')[0]}-{id_}": each.message for each in refused.faults}
    (answered,) = service.acknowledge.acknowledge(notification["agency"], [word], actor)
    if answered.verdict is Verdict.RECORDED:
        return {}
    said = answered.reason or "this cannot be recorded"
    return {f"outcome-{id_}": said[0].upper() + said[1:]}


def _shown(
    request: Request,
    service: Service,
    staff: Principal,
    reference: str,
    *,
    before: int | None = None,
    form: Form | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    found = service.following_up.timelines.of(reference, before=before, limit=_PAGE + 1)
    if found is None:
        raise Problem(Kind.NOT_FOUND)
    entries = found["entries"][:_PAGE]
    told = {each["id"]: each for each in found["notifications"]}
    return page(
        request,
        "board/timeline.html",
        status_code=422 if errors else 200,
        report=found,
        entries=[{**each, "told": told.get(each["notification"])} for each in entries],
        older=entries[-1]["id"] if len(found["entries"]) > _PAGE else None,
        names={each["agency"]: agency_name(service, each["agency"]) for each in [*told.values(), *entries]},
        reads_facts=staff.role is Role.SUPERVISOR,
        outcomes=[each.value for each in Outcome],
        form=form,
        of=form.text("notification") if form else "",
        errors=errors or {},
    )
