"""Correcting and withdrawing reports."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response
from pydantic_core import from_json

from tellusonce.domain.faults import Fault
from tellusonce.domain.report import Correction, Withdrawal
from tellusonce.domain.revision import Reason, WithdrawalReason
from tellusonce.life_events.validation import read_as
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.reference import read_reference
from tellusonce.services.revise import Request
from tellusonce.web.access import Allow, GuardedRoute, TheService
from tellusonce.web.bodies import BODY_PROBLEMS, Body
from tellusonce.web.documents import RevisedReport
from tellusonce.web.idempotency import KEY_PARAMETER, KeyHeader, idempotency_key
from tellusonce.web.problem_responses import Responses, problem_responses
from tellusonce.web.problems import Kind, Problem
from tellusonce.web.reports import ReferencePath, own_district

router = APIRouter(route_class=GuardedRoute, tags=["reports"])
_ETAG = re.compile(r'"(\d{1,5})"')
_PARAMETERS = [
    KEY_PARAMETER,
    {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "The ETag of the report as the caller last read it, or * for whichever.",
        "schema": {"type": "string"},
        "example": '"1"',
    },
]
_REASON_FAULT = Fault("/reason", f"This must be one of: {', '.join(WithdrawalReason)}")
_IfMatch = Annotated[str | None, Header(alias="If-Match", include_in_schema=False)]
_registrar = Allow(Role.REGISTRAR)


def _responses(fault: Fault) -> Responses:
    created: Responses = {201: {"headers": {"ETag": {"description": "The new version.", "schema": {"type": "string"}}}}}
    return created | problem_responses(
        Kind.IDEMPOTENCY_KEY_NEEDED,
        Kind.NO_SUCH_REPORT,
        Kind.REQUEST_IN_FLIGHT,
        Kind.REPORT_WITHDRAWN,
        Kind.FACTS_DESTROYED,
        Kind.VERSION_CHANGED,
        *BODY_PROBLEMS,
        Kind.KEY_REUSED,
        Kind.VERSION_NEEDED,
        fault=fault,
    )


@router.post(
    "/v1/reports/{reference}/corrections",
    status_code=201,
    summary="Correct a report",
    response_model=RevisedReport,
    response_description="Stored, and on its way to the agencies concerned.",
    openapi_extra={"parameters": _PARAMETERS},
    responses=_responses(Fault("/reason", "This is needed")),
)
def correct_report(
    reference: ReferencePath,
    service: TheService,
    caller: Annotated[Principal, Depends(_registrar)],
    body: Body,
    key: KeyHeader = None,
    if_match: _IfMatch = None,
) -> Response:
    """Restates the report whole. An agency hears of it where what it may know has changed.

    Who must now be told gets its first notification, and who need not have been told is asked to reverse.
    """
    request = _request(reference, caller, key, if_match, body, "corrections")
    correction = read_as(Correction, body)
    return _answer(service.revise.correct(request(Reason(correction.reason)), correction))


@router.post(
    "/v1/reports/{reference}/withdrawal",
    status_code=201,
    summary="Withdraw a report",
    response_model=RevisedReport,
    response_description="Stored, and on its way to all who were told.",
    openapi_extra={"parameters": _PARAMETERS},
    responses=_responses(_REASON_FAULT),
)
def withdraw_report(
    reference: ReferencePath,
    service: TheService,
    caller: Annotated[Principal, Depends(_registrar)],
    body: Body,
    key: KeyHeader = None,
    if_match: _IfMatch = None,
) -> Response:
    """Takes the report back, from exactly those who may have been told; each has to confirm that it has reversed."""
    request = _request(reference, caller, key, if_match, body, "withdrawal")
    withdrawal = read_as(Withdrawal, body)
    return _answer(service.revise.withdraw(request(Reason(withdrawal.reason))))


def _request(
    reference: str, caller: Principal, key: str | None, if_match: str | None, body: bytes, what: str
) -> Callable[[Reason], Request]:
    found = read_reference(reference)
    checked = idempotency_key(caller, key, f"{found}/{what}", body)
    expected = _expected_version(if_match)
    return lambda reason: Request(found, reason, caller.actor, own_district(caller), expected, checked)


def _expected_version(if_match: str | None) -> int | None:
    if if_match is None:
        raise Problem(Kind.VERSION_NEEDED)
    if if_match.strip() == "*":
        return None
    etag = _ETAG.fullmatch(if_match.strip())
    if etag is None:
        raise Problem(Kind.VERSION_CHANGED)  # no version of ours looks like this
    return int(etag[1])


def _answer(answer: bytes) -> Response:
    version: Any = from_json(answer)["version"]
    return Response(answer, status_code=201, media_type="application/json", headers={"ETag": f'"{version}"'})
