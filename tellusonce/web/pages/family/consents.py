"""The informant's permission, and taking it back: first what would follow is shown, then it is done."""

from fastapi import APIRouter, Request, Response

from tellusonce.services.forget import FactsDestroyed
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.family.frame import ReportId, family_page
from tellusonce.web.pages.forms import Form, TheForm
from tellusonce.web.pages.languages import words
from tellusonce.web.pages.page import redirect
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)


@router.get("/family/consents")
def show_permission(request: Request, service: TheService, report_id: ReportId, done: bool = False) -> Response:
    """Which agencies are told by permission, and a form to take it back."""
    return _page(request, service, report_id, Form({}), done=done)


@router.post("/family/consents")
def take_back(request: Request, service: TheService, report_id: ReportId, form: TheForm) -> Response:
    """Say what would follow; when that was seen, do it."""
    report = service.family.reading.followed(report_id)
    permitted = service.family.consents.of(report).agencies
    chosen = [code for code in form.texts("agencies") if code in permitted]
    if not chosen:
        errors = {"agencies": words(request).gettext("Choose at least one agency")}
        return _page(request, service, report_id, form, status_code=422, errors=errors)
    is_sure = form.text("sure") == "yes"
    try:
        consequences = service.family.consents.take_back(report.reference, chosen, dry_run=not is_sure)
    except FactsDestroyed as destroyed:
        raise Problem(Kind.FACTS_DESTROYED) from destroyed
    if is_sure:
        return redirect("/family/consents?done=1")
    return family_page(request, "consents_check.html", chosen=chosen, consequences=consequences)


def _page(
    request: Request,
    service: TheService,
    report_id: ReportId,
    form: Form,
    *,
    status_code: int = 200,
    done: bool = False,
    errors: dict[str, str] | None = None,
) -> Response:
    report = service.family.reading.followed(report_id)
    return family_page(
        request,
        "consents.html",
        status_code=status_code,
        permission=service.family.consents.of(report),
        done=done,
        chosen=form.texts("agencies"),
        errors=errors or {},
    )
