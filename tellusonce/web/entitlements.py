"""What help can be claimed after a report."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from tellusonce.domain.language import Language
from tellusonce.rendering.calendar import calendar
from tellusonce.services.api_keys import Principal
from tellusonce.services.entitlements import Claims
from tellusonce.services.reference import read_reference
from tellusonce.services.versions import ReportWithdrawn
from tellusonce.web.access import GuardedRoute, TheService
from tellusonce.web.entitlement_documents import EntitlementsDocument
from tellusonce.web.problem_responses import problem_responses
from tellusonce.web.problems import Kind, Problem
from tellusonce.web.reports import ReferencePath, readable_district, reader

router = APIRouter(route_class=GuardedRoute, tags=["reports"])
_PROBLEMS = problem_responses(Kind.NO_SUCH_REPORT, Kind.REPORT_WITHDRAWN, Kind.FACTS_DESTROYED)
_LanguageParameter = Annotated[Language, Query(description="`en` for English, `cy` for Welsh.")]


@router.get(
    "/v1/reports/{reference}/entitlements",
    summary="Say what help can be claimed",
    response_model=EntitlementsDocument,
    response_description="What the facts do not rule out, in English and Welsh, with the days by which to claim.",
    responses=_PROBLEMS,
)
def show_entitlements(
    reference: ReferencePath, service: TheService, caller: Annotated[Principal, Depends(reader)]
) -> dict[str, Any]:
    """By the report's latest version and today's date. It promises nothing: who pays decides."""
    return _claims(reference, service, caller).document()


@router.get(
    "/v1/reports/{reference}/entitlements.ics",
    summary="Give the days by which to claim as a calendar",
    response_class=Response,
    response_description="A calendar (RFC 5545) with an event and a reminder for each; it names no person.",
    responses={200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}}
    | _PROBLEMS
    | problem_responses(Kind.NOT_POSSIBLE),
)
def show_calendar(
    reference: ReferencePath,
    service: TheService,
    caller: Annotated[Principal, Depends(reader)],
    language: _LanguageParameter = Language.ENGLISH,
) -> Response:
    """For the family's own calendar. What has passed is left out."""
    found = _claims(reference, service, caller)
    made = calendar(found.report_id, found.claims, language, datetime.now(UTC))
    headers = {"Content-Disposition": 'attachment; filename="deadlines.ics"', "Content-Language": language.value}
    return Response(made, media_type="text/calendar", headers=headers)


def _claims(reference: str, service: TheService, caller: Principal) -> Claims:
    try:
        return service.entitlements_of.report(read_reference(reference), readable_district(caller))
    except ReportWithdrawn:
        raise Problem(Kind.REPORT_WITHDRAWN, "The report was withdrawn: there is nothing to claim.") from None
