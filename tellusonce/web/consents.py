"""Taking back a consent that was given with a report."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from tellusonce.domain.faults import Fault
from tellusonce.domain.report import ConsentTakenBack
from tellusonce.life_events.validation import read_as
from tellusonce.services.api_keys import Principal
from tellusonce.services.reference import read_reference
from tellusonce.services.withdraw_consent import Request
from tellusonce.web.access import GuardedRoute, TheService
from tellusonce.web.bodies import BODY_PROBLEMS, Body
from tellusonce.web.idempotency import KEY_PARAMETER, KeyHeader, idempotency_key
from tellusonce.web.plan_documents import ConsentWithdrawn
from tellusonce.web.problem_responses import problem_responses
from tellusonce.web.problems import Kind
from tellusonce.web.reports import ReferencePath, readable_district, reader

router = APIRouter(route_class=GuardedRoute, tags=["reports"])


@router.post(
    "/v1/reports/{reference}/consent-withdrawals",
    status_code=201,
    summary="Withdraw a consent",
    response_model=ConsentWithdrawn,
    response_description="What was not sent is not sent; what was sent before stands here.",
    openapi_extra={"parameters": [KEY_PARAMETER]},
    responses=problem_responses(
        Kind.IDEMPOTENCY_KEY_NEEDED,
        Kind.NO_SUCH_REPORT,
        Kind.REQUEST_IN_FLIGHT,
        Kind.FACTS_DESTROYED,
        *BODY_PROBLEMS,
        Kind.KEY_REUSED,
        fault=Fault("/recorded", "This is needed"),
    ),
)
def withdraw_consent(
    reference: ReferencePath,
    service: TheService,
    caller: Annotated[Principal, Depends(reader)],
    body: Body,
    key: KeyHeader = None,
) -> Response:
    """Takes back what somebody agreed to, for some agencies or for all. What the law allows without it is untouched.

    It needs no If-Match: whatever the report's version, what was agreed to may be taken back.
    """
    found = read_reference(reference)
    checked = idempotency_key(caller, key, f"{found}/consent-withdrawals", body)
    request = Request(found, read_as(ConsentTakenBack, body), caller.actor, readable_district(caller), checked)
    answer = service.withdraw_consent.withdraw(request)
    return Response(answer, status_code=201, media_type="application/json")
