"""A report for staff: where each notification stands and all that happened, newest first; and what can be done."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from tellusonce.bootstrap import Service
from tellusonce.domain.acknowledgement import Outcome
from tellusonce.domain.faults import InputRefused
from tellusonce.services.acknowledge import Verdict
from tellusonce.services.reference import WrongReference, read_reference
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.agencies_words import read_word
from tellusonce.web.pages.board import Staff, agency_name
from tellusonce.web.pages.forms import Form, TheForm
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
_PAGE = 100
Before = Annotated[int | None, Query(ge=1, lt=2**63)]


@router.get("/reports/{reference}/timeline")
def timeline(request: Request, service: TheService, _staff: Staff, reference: str, before: Before = None) -> Response:
    """Names of fields, states and times; no fact is shown."""
    return _shown(request, service, _read(reference), before=before)


@router.post("/reports/{reference}/timeline")
def take_act(request: Request, service: TheService, staff: Staff, reference: str, form: TheForm) -> Response:
    """Send a notification again, or record what its agency said on the telephone."""
    found = _read(reference)
    report = service.following_up.timelines.of(found, before=None, limit=1)
    named = {str(each["id"]): each for each in report["notifications"]} if report else {}
    notification = named.get(form.text("notification"))
    if notification is None:
        raise Problem(Kind.NOT_FOUND)
    if form.text("act") == "send-again":
        again = service.delivery.replays.send_again([notification["id"]], actor=staff.actor, dry_run=False)
        service.doorbell.ring([notification["agency"]] if again else [])
        if again:
            return redirect(f"/reports/{found}/timeline")
        errors = {f"again-{notification['id']}": "It cannot be sent again: it is under way, answered or overtaken"}
        return _shown(request, service, found, form=form, errors=errors)
    errors = _acknowledged(service, notification, form, f"{staff.actor} (by telephone)")
    return (
        _shown(request, service, found, form=form, errors=errors) if errors else redirect(f"/reports/{found}/timeline")
    )


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


def _read(reference: str) -> str:
    try:
        return read_reference(reference)
    except WrongReference:
        raise Problem(Kind.NOT_FOUND) from None


def _shown(
    request: Request,
    service: Service,
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
        outcomes=[each.value for each in Outcome],
        form=form,
        of=form.text("notification") if form else "",
        errors=errors or {},
    )
