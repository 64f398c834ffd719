"""Help that can be claimed after a death, with the days by which to claim."""

from datetime import UTC, date, datetime

from fastapi import APIRouter, Request, Response

from tellusonce.domain.claiming import Claim
from tellusonce.rendering.calendar import calendar
from tellusonce.services.entitlements import Claims
from tellusonce.services.forget import FactsDestroyed
from tellusonce.services.versions import ReportWithdrawn
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.family.frame import ReportId, family_page
from tellusonce.web.pages.languages import language_of
from tellusonce.web.pages.page import redirect

router = APIRouter(route_class=PageRoute)


@router.get("/family/help")
def show_help(request: Request, service: TheService, report_id: ReportId) -> Response:
    """What may be claimed, that which has a day to claim by coming first."""
    found, language = _claims(service, report_id), language_of(request)
    claims = sorted(found.claims, key=_first_day) if found else None
    return family_page(request, "help.html", claims=claims, says=lambda text: text.in_language(language))


@router.get("/family/help/deadlines.ics")
def give_calendar(request: Request, service: TheService, report_id: ReportId) -> Response:
    """The days as a calendar, with reminders."""
    found, language = _claims(service, report_id), language_of(request)
    if found is None:
        return redirect("/family/help")
    made = calendar(found.report_id, found.claims, language, datetime.now(UTC))
    headers = {"Content-Disposition": 'attachment; filename="deadlines.ics"', "Content-Language": language.value}
    return Response(made, media_type="text/calendar", headers=headers)


def _claims(service: TheService, report_id: ReportId) -> Claims | None:
    """None where there is nothing to claim any more."""
    try:
        return service.family.help.of(service.family.reading.followed(report_id).reference)
    except (ReportWithdrawn, FactsDestroyed):
        return None


def _first_day(claim: Claim) -> date:
    """By which something of it has to be claimed; what has none, or is too late, comes last."""
    return min((due.on for due in claim.due if not due.passed), default=date.max)
