"""The informant's permission, and taking it back: first what would follow is shown, then it is done.

Who came in without the link of the receipt may be another than the informant: their wish goes to staff.
"""

from fastapi import APIRouter, Request, Response

from tellusonce.services.family_questions import TAKE_BACK, TooManyQuestions
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.family.frame import ReportId, family_page
from tellusonce.web.pages.forms import Form, TheForm
from tellusonce.web.pages.languages import words
from tellusonce.web.pages.page import redirect
from tellusonce.web.sessions import session_of

router = APIRouter(route_class=PageRoute)


@router.get("/family/consents")
def show_permission(
    request: Request, service: TheService, report_id: ReportId, done: bool = False, asked: bool = False
) -> Response:
    """Which agencies are told by permission, and a form to take it back."""
    return _page(request, service, report_id, Form({}), done=done, asked=asked)


@router.post("/family/consents")
def take_back(request: Request, service: TheService, report_id: ReportId, form: TheForm) -> Response:
    """Say what would follow; when that was seen, do it. Without the link, let staff ask the informant."""
    report = service.family.reading.followed(report_id)
    permitted = service.family.consents.of(report).agencies
    chosen = [code for code in form.texts("agencies") if code in permitted]
    if not chosen:
        errors = {"agencies": words(request).gettext("Choose at least one agency")}
        return _page(request, service, report_id, form, status_code=422, errors=errors)
    if not _came_by_link(request):
        return _ask_staff(request, service, report_id, form, chosen)
    is_sure = form.text("sure") == "yes"
    consequences = service.family.consents.take_back(report.reference, chosen, dry_run=not is_sure)
    if is_sure:
        return redirect("/family/consents?done=1")
    return family_page(request, "consents_check.html", chosen=chosen, consequences=consequences)


def _came_by_link(request: Request) -> bool:
    session = session_of(request)
    return session is not None and session.by_link


def _ask_staff(request: Request, service: TheService, report_id: ReportId, form: Form, chosen: list[str]) -> Response:
    named = "\n".join([TAKE_BACK, *map(service.agency_name, chosen)])
    try:
        service.family.questions.ask(report_id, named)
    except TooManyQuestions:
        errors = {
            "agencies": words(request).gettext("Too many questions wait for an answer: wait for one of them first")
        }
        return _page(request, service, report_id, form, status_code=422, errors=errors)
    return redirect("/family/consents?asked=1")


def _page(
    request: Request,
    service: TheService,
    report_id: ReportId,
    form: Form,
    *,
    status_code: int = 200,
    done: bool = False,
    asked: bool = False,
    errors: dict[str, str] | None = None,
) -> Response:
    report = service.family.reading.followed(report_id)
    return family_page(
        request,
        "consents.html",
        status_code=status_code,
        permission=service.family.consents.of(report),
        done=done,
        asked=asked,
        by_link=_came_by_link(request),
        chosen=form.texts("agencies"),
        errors=errors or {},
    )
