"""What happened to the data: who was told what, who has seen it, and a copy of the trail that proves it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from tellusonce.services.trail_receipts import NothingCovered, TrailFlawed
from tellusonce.services.wording import REFUSAL_TEXT, said
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.family.frame import ReportId, family_page
from tellusonce.web.pages.languages import language_of
from tellusonce.web.pages.page import redirect

router = APIRouter(route_class=PageRoute)
_PAGE_ENTRIES = 50
_READINGS = 20
_LAST_ID = 2**63 - 1
_After = Annotated[int, Query(ge=0, le=_LAST_ID)]


@router.get("/family/data")
def show_data(request: Request, service: TheService, report_id: ReportId, after: _After = 0) -> Response:
    """The trail in plain words, by pages."""
    language, family = language_of(request), service.family
    report = family.reading.followed(report_id)
    return family_page(
        request,
        "data.html",
        report=report,
        readings=family.trail.readings(report_id, report.life_event, language, limit=_READINGS),
        trail=family.trail.page(report_id, report.life_event, language, after=after, limit=_PAGE_ENTRIES),
        is_first=after == 0,
        refusals={reason: said(text, language) for reason, text in REFUSAL_TEXT.items()},
    )


@router.get("/family/data/copy")
def give_copy(request: Request, service: TheService, report_id: ReportId) -> Response:
    """The trail as far as it is sealed, to be verified by anyone with the public key."""
    report = service.family.reading.followed(report_id)
    try:
        receipt = service.trail.receipts.family_receipt(report.reference)
    except NothingCovered:
        return family_page(request, "copy_later.html", status_code=409, is_flawed=False)
    except TrailFlawed:
        return family_page(request, "copy_later.html", status_code=409, is_flawed=True)
    if receipt is None:
        return redirect("/family/data")
    headers = {"Content-Disposition": f'attachment; filename="trail-{report.reference}.json"'}
    return Response(receipt, media_type="application/json", headers=headers)
