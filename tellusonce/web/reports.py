"""Registering and reading reports."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from pydantic_core import from_json

from tellusonce.domain.faults import Fault
from tellusonce.life_events.validation import read_submission
from tellusonce.services.api_keys import SERVICE_DESK, Principal, Role
from tellusonce.services.reference import read_reference
from tellusonce.services.versions import NoSuchReport
from tellusonce.web.access import Allow, GuardedRoute, TheService
from tellusonce.web.bodies import BODY_PROBLEMS, Body
from tellusonce.web.documents import RegisteredReport, Report
from tellusonce.web.idempotency import KEY_PARAMETER, KeyHeader, idempotency_key
from tellusonce.web.problem_responses import Responses, problem_responses
from tellusonce.web.problems import Kind

router = APIRouter(route_class=GuardedRoute, tags=["reports"])
_A_FAULT = Fault("/facts/deceased/postcode", "The postcode must be a full UK postcode, like AB1 2DE")
_CREATED: Responses = {
    201: {"headers": {"Location": {"description": "The report's address.", "schema": {"type": "string"}}}}
}
_READ: Responses = {
    200: {"headers": {"ETag": {"description": "The version, for If-Match.", "schema": {"type": "string"}}}}
}
ReferencePath = Annotated[
    str,
    Path(
        description="As the registrar was given it; case, spaces and hyphens do not matter.", examples=["7K4-M92-QX1"]
    ),
]
_ALL_DISTRICTS = frozenset({*SERVICE_DESK, Role.DATA_PROTECTION})
_registrar = Allow(Role.REGISTRAR)
reader = Allow(Role.REGISTRAR, *SERVICE_DESK)
"""Who may read reports."""


@router.post(
    "/v1/reports",
    status_code=201,
    summary="Register a report",
    response_model=RegisteredReport,
    response_description="Stored, and on its way to the agencies.",
    openapi_extra={"parameters": [KEY_PARAMETER]},
    responses=_CREATED
    | problem_responses(
        Kind.IDEMPOTENCY_KEY_NEEDED,
        Kind.REQUEST_IN_FLIGHT,
        *BODY_PROBLEMS,
        Kind.KEY_REUSED,
        fault=_A_FAULT,
    ),
)
def register_report(
    service: TheService,
    caller: Annotated[Principal, Depends(_registrar)],
    body: Body,
    key: KeyHeader = None,
) -> Response:
    """Stores the report and answers its reference, and for each agency what it is told and why, or why it is not.

    The same key with the same body is answered as the first time, to the byte, and stores nothing again.
    """
    answer = service.register.register_once(
        read_submission(body),
        actor=caller.actor,
        district=own_district(caller),
        key=idempotency_key(caller, key, "/v1/reports", body),
    )
    location = from_json(answer)["links"]["self"]
    return Response(answer, status_code=201, media_type="application/json", headers={"Location": location})


@router.get(
    "/v1/reports/{reference}",
    summary="Show a report",
    response_description="The report, without its facts.",
    response_model=Report,
    responses=_READ | problem_responses(Kind.NO_SUCH_REPORT),
)
def show_report(
    reference: ReferencePath, response: Response, service: TheService, caller: Annotated[Principal, Depends(reader)]
) -> dict[str, Any]:
    """Its versions, and where each agency's notification stands. Registrars see those of their district."""
    report = own_report(reference, service, caller)
    response.headers["ETag"] = f'"{report["version"]}"'
    return report


def own_report(reference: str, service: TheService, caller: Principal) -> dict[str, Any]:
    """One that the caller may see. Raises WrongReference; NoSuchReport, for another district's too."""
    report = service.reading.report(read_reference(reference), readable_district(caller))
    if report is None:
        raise NoSuchReport
    return report


def readable_district(caller: Principal) -> str | None:
    """The district whose reports the caller may read; None for all."""
    return None if caller.role in _ALL_DISTRICTS else own_district(caller)


def own_district(caller: Principal) -> str:
    """The district whose registrar is calling."""
    assert caller.district is not None, "the database keeps no registrar without a district"
    return caller.district
