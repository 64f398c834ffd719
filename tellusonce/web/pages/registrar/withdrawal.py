"""Withdrawing a report: one registrar asks, and another of the district confirms or refuses."""

from collections.abc import Callable
from contextlib import suppress

from fastapi import APIRouter, Request, Response

from tellusonce.domain.revision import WithdrawalReason
from tellusonce.services.reference import read_reference
from tellusonce.services.versions import ReportWithdrawn, VersionChanged
from tellusonce.services.withdrawal_requests import AlreadyAsked, NoSuchRequest
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.forms import TheForm
from tellusonce.web.pages.languages import words
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.pages.registrar.people import START, TheRegistrar, owner_of
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
_WITHDRAWAL = START + "/reports/{reference}/withdrawal"


@router.get(_WITHDRAWAL)
def ask_why(request: Request, service: TheService, principal: TheRegistrar, reference: str) -> Response:
    """Why it is to be withdrawn."""
    return _page(request, service, principal, reference)


@router.post(_WITHDRAWAL)
def ask(request: Request, service: TheService, principal: TheRegistrar, reference: str, form: TheForm) -> Response:
    """Let another registrar of the district decide."""
    owner, found, reason = owner_of(principal), read_reference(reference), form.text("reason")
    version = form.text("version")
    if reason not in list(WithdrawalReason) or not (version.isascii() and version.isdecimal() and len(version) < 5):
        errors = {"reason": words(request).gettext("Select why the report is to be withdrawn")}
        return _page(request, service, principal, reference, errors)
    with suppress(AlreadyAsked, ReportWithdrawn):  # the report's page says so
        service.registrar.withdrawal_requests.ask(
            found, int(version), WithdrawalReason(reason), actor=owner.actor, district=owner.district
        )
    return redirect(f"{START}/reports/{found}")


@router.post(_WITHDRAWAL + "/confirm")
def confirm(service: TheService, principal: TheRegistrar, reference: str, _: TheForm) -> Response:
    """Withdraw the report: all who were told are told that it is taken back."""
    return _decide(service.registrar.withdrawal_requests.confirm, principal, reference)


@router.post(_WITHDRAWAL + "/refuse")
def refuse(service: TheService, principal: TheRegistrar, reference: str, _: TheForm) -> Response:
    """Leave the report as it is."""
    return _decide(service.registrar.withdrawal_requests.refuse, principal, reference)


def _decide(decide: Callable[..., None], principal: TheRegistrar, reference: str) -> Response:
    owner, found = owner_of(principal), read_reference(reference)
    try:
        decide(found, actor=owner.actor, district=owner.district)
    except VersionChanged:
        return redirect(f"{START}/reports/{found}?changed=yes")
    except (NoSuchRequest, ReportWithdrawn):
        pass  # somebody has decided already, which the report's page says
    return redirect(f"{START}/reports/{found}")


def _page(
    request: Request,
    service: TheService,
    principal: TheRegistrar,
    reference: str,
    errors: dict[str, str] | None = None,
) -> Response:
    report = service.reading.report(read_reference(reference), owner_of(principal).district)
    if report is None:
        raise Problem(Kind.NO_SUCH_REPORT)
    return page(
        request,
        "registrar/withdrawal.html",
        status_code=422 if errors else 200,
        report=report,
        reasons=[each.value for each in WithdrawalReason],
        told=len({each["agency"] for each in report["notifications"] if each["attempts"] > 0}),
        errors=errors or {},
    )
