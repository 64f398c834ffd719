"""Finding a report by its reference or by facts, which come in a form and never in an address."""

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from tellusonce.domain.form import Kind, Page, Question
from tellusonce.services.answers import Answers, inputs_of, read_page
from tellusonce.services.find_reports import Search
from tellusonce.services.reference import WrongReference, read_reference
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.forms import TheForm
from tellusonce.web.pages.languages import to_translate, words
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.pages.registrar.people import START, TheRegistrar, owner_of

router = APIRouter(route_class=PageRoute)
_FIND = START + "/find"
_LIMIT = 50
_BY_FACTS = Page(
    "find",
    "",
    (
        Question(
            "deceased.national_insurance_number",
            to_translate("National Insurance number"),
            optional=True,
            width_characters=20,
        ),
        Question("deceased.family_name", to_translate("Family name"), optional=True),
        Question("deceased.date_of_birth", to_translate("Date of birth"), Kind.PARTIAL_DATE, optional=True),
        Question("deceased.date_of_death", to_translate("Date of death"), Kind.PARTIAL_DATE, optional=True),
    ),
)


@router.get(_FIND)
def find(request: Request, _: TheRegistrar) -> Response:
    """The form."""
    return _page(request, {}, "")


@router.post(_FIND)
def take_find(request: Request, service: TheService, principal: TheRegistrar, form: TheForm) -> Response:
    """The report of that reference; else those of the district that have all of these facts, exactly."""
    _, reference = words(request).gettext, form.text("reference")
    answers = {name: form.texts(name) for each in _BY_FACTS.questions for name in inputs_of(each) if form.texts(name)}
    if reference:
        return _by_reference(request, service, owner_of(principal).district, reference, answers)
    facts, mistakes = read_page(_BY_FACTS, answers)
    errors = {each.input: _(each.text).format(label=_(each.label), **each.values) for each in mistakes}
    if errors:
        return _page(request, answers, reference, errors=errors)
    try:
        search = Search.model_validate(facts.get("deceased", {}))
    except ValidationError as refused:
        wrong = {str(each["loc"][0]) for each in refused.errors(include_input=False) if each["loc"]}
        if "national_insurance_number" in wrong:
            text = _("Enter a National Insurance number in the right format, like QQ 12 34 56 C")
            return _page(request, answers, reference, errors={"deceased.national_insurance_number": text})
        text = _("Enter the reference, or something that you know of the person")
        return _page(request, answers, reference, errors={"reference": text})
    found = service.keeping.find_reports.find(search, district=owner_of(principal).district, limit=_LIMIT)
    return _page(request, answers, reference, found=[each.reference for each in found])


def _by_reference(request: Request, service: TheService, district: str, text: str, answers: Answers) -> Response:
    _ = words(request).gettext
    try:
        reference = read_reference(text)
    except WrongReference:
        text_said = _("Check the reference: it has nine letters and digits, like 7K4-M92-QX1")
        return _page(request, answers, text, errors={"reference": text_said})
    if service.reading.report(reference, district) is None:
        return _page(request, answers, text, found=[])
    return redirect(f"{START}/reports/{reference}")


def _page(
    request: Request,
    answers: Answers,
    reference: str,
    *,
    found: list[str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    return page(
        request,
        "registrar/find.html",
        status_code=422 if errors else 200,
        asked=_BY_FACTS,
        answers=answers,
        reference=reference,
        found=found,
        limit=_LIMIT,
        errors=errors or {},
    )
