"""Withdrawals that wait for a second person, of districts in which there is none or nobody decided: for supervisors."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from tellusonce.domain.revision import WithdrawalReason
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.reference import read_reference
from tellusonce.services.versions import ReportWithdrawn, VersionChanged
from tellusonce.services.withdrawal_requests import NoSuchRequest
from tellusonce.web.access import PageRoute, SignedIn, TheService
from tellusonce.web.pages.forms import TheForm
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
_WITHDRAWALS = "/withdrawals"
_SHOWN = 20
_REASONS = {
    WithdrawalReason.PERSON_ALIVE: "The person is alive",
    WithdrawalReason.REPORTED_IN_ERROR: "The report was made in error",
    WithdrawalReason.COURT_ORDER: "A court has ordered it",
    WithdrawalReason.CLERICAL: "The report was entered by mistake",
}

Supervisor = Annotated[Principal, Depends(SignedIn(Role.SUPERVISOR))]


@router.get(_WITHDRAWALS)
def withdrawals(
    request: Request, service: TheService, _supervisor: Supervisor, changed: Annotated[str, Query(max_length=3)] = ""
) -> Response:
    """The oldest; what was decided makes room for the next."""
    return page(
        request,
        "board/withdrawals.html",
        requests=service.registrar.withdrawal_requests.left_over(_SHOWN),
        reasons=_REASONS,
        hours=service.settings.withdrawal_left_over_hours,
        changed=bool(changed),
    )


@router.post(_WITHDRAWALS)
def decide(service: TheService, supervisor: Supervisor, form: TheForm) -> Response:
    """Withdraw the report, or leave it as it is."""
    requests = service.registrar.withdrawal_requests
    decision = {"confirm": requests.confirm, "refuse": requests.refuse}.get(form.text("decision"))
    if decision is None:
        raise Problem(Kind.NOT_POSSIBLE)
    try:
        decision(read_reference(form.text("reference")), actor=supervisor.actor, district=None)
    except VersionChanged:
        return redirect(f"{_WITHDRAWALS}?changed=yes")
    except (NoSuchRequest, ReportWithdrawn):
        pass  # somebody has decided already
    return redirect(_WITHDRAWALS)
