"""How far each agency has come with the report."""

from fastapi import APIRouter, Request, Response

from tellusonce.services.wording import REFUSAL_TEXT, said
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.family.frame import ReportId, family_page
from tellusonce.web.pages.languages import language_of

router = APIRouter(route_class=PageRoute)


@router.get("/family/progress")
def show_progress(request: Request, service: TheService, report_id: ReportId) -> Response:
    """One page with every agency, and what happens next."""
    return _progress(request, service, report_id, "progress.html")


@router.get("/family/progress/now")
def show_progress_now(request: Request, service: TheService, report_id: ReportId) -> Response:
    """The part of it that changes, for the script that looks for news."""
    return _progress(request, service, report_id, "progress_now.html")


def _progress(request: Request, service: TheService, report_id: ReportId, template: str) -> Response:
    language = language_of(request)
    return family_page(
        request,
        template,
        progress=service.family.progress.of(report_id),
        refusals={reason: said(text, language) for reason, text in REFUSAL_TEXT.items()},
        has_answer=any(each.answers for each in service.family.questions.of_report(report_id)),
    )
