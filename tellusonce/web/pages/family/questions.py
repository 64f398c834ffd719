"""Asking staff something, or objecting to what is done with the data; and what they answered."""

from fastapi import APIRouter, Request, Response

from tellusonce.domain.text import is_text
from tellusonce.services.family_questions import LENGTH_LIMIT, TooManyQuestions
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.family.frame import ReportId, family_page
from tellusonce.web.pages.forms import Form, TheForm
from tellusonce.web.pages.languages import words
from tellusonce.web.pages.page import redirect

router = APIRouter(route_class=PageRoute)
KINDS = ("question", "objection")


@router.get("/family/question")
def show_questions(request: Request, service: TheService, report_id: ReportId, sent: bool = False) -> Response:
    """The form, and what was asked before."""
    return _page(request, service, report_id, Form({}), sent=sent)


@router.post("/family/question")
def take_question(request: Request, service: TheService, report_id: ReportId, form: TheForm) -> Response:
    """A follow-up for staff."""
    _ = words(request).gettext
    kind, said, errors = form.text("kind"), form.text("words").replace("\r\n", "\n"), {}
    agencies = {each.agency for each in service.family.reading.followed(report_id).told}
    agency = form.text("agency")
    if kind not in KINDS:
        errors["kind"] = _("Choose whether you ask or object")
    if not said:
        errors["words"] = _("Enter what you want to say")
    elif len(said) > LENGTH_LIMIT:
        errors["words"] = _("What you want to say must be %(limit)s characters or fewer") % {"limit": LENGTH_LIMIT}
    elif not is_text(said):
        errors["words"] = _("What you want to say must be text alone")
    if not errors:
        try:
            service.family.questions.ask(
                report_id, said, agency=agency if agency in agencies else None, is_objection=kind == "objection"
            )
        except TooManyQuestions:
            errors["words"] = _("Too many questions wait for an answer: wait for one of them first")
        else:
            return redirect("/family/question?sent=1")
    return _page(request, service, report_id, form, status_code=422, errors=errors)


def _page(
    request: Request,
    service: TheService,
    report_id: ReportId,
    form: Form,
    *,
    status_code: int = 200,
    sent: bool = False,
    errors: dict[str, str] | None = None,
) -> Response:
    report = service.family.reading.followed(report_id)
    return family_page(
        request,
        "question.html",
        status_code=status_code,
        form=form,
        sent=sent,
        errors=errors or {},
        questions=service.family.questions.of_report(report_id),
        agencies=sorted((service.agency_name(code), code) for code in {each.agency for each in report.told}),
        facts_destroyed=report.facts_destroyed_at is not None,
        length_limit=LENGTH_LIMIT,
    )
