"""Coming to a report's page: by reference, surname and day, or by the link from the receipt; and leaving it."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from tellusonce.services.family_access import Entered, NotRecognised, Paused
from tellusonce.services.family_link import LinkEnded, WrongLink
from tellusonce.services.reference import WrongReference, read_reference
from tellusonce.web.access import ANYONE, PageRoute, TheService
from tellusonce.web.limits import network
from tellusonce.web.pages.family.frame import family_page
from tellusonce.web.pages.forms import Form, TheForm
from tellusonce.web.pages.languages import words
from tellusonce.web.pages.page import redirect
from tellusonce.web.sessions import begin_session, end_session, session_of

router = APIRouter(route_class=PageRoute, dependencies=ANYONE)
_START = "/family/progress"
_NAME_CHARACTERS = 200
_TRIED_TOO_OFTEN = 429
_Next = Annotated[str, Query(max_length=200)]


@router.get("/family")
def enter(request: Request, next: _Next = "") -> Response:  # noqa: A002 - the parameter's name
    """The form; a family that has come in goes on."""
    if (session := session_of(request)) and session.report_id:
        return redirect(_onwards(next))
    return family_page(request, "enter.html", form=Form({}), next=next)


@router.post("/family")
def take_details(request: Request, service: TheService, form: TheForm, next: _Next = "") -> Response:  # noqa: A002
    """A session for who knows the report. What is wrong, or whether there is a report at all, is told to nobody."""
    entered, errors = _read(request, form)
    if entered is None:
        return family_page(request, "enter.html", status_code=422, form=form, next=next, errors=errors)
    try:
        report_id = service.family.access.enter(entered, network(request.client and request.client.host))
    except Paused as paused:
        return family_page(request, "paused.html", status_code=_TRIED_TOO_OFTEN, until=paused.until)
    except NotRecognised:
        errors = {"reference": words(request).gettext("Check the details: there is no report with all three of them")}
        return family_page(request, "enter.html", status_code=422, form=form, next=next, errors=errors)
    response = redirect(_onwards(next))
    begin_session(request, response, service.sign_in.sessions.open_for_family(report_id))
    return response


@router.get("/family/link/{token}")
def follow_link(request: Request, service: TheService, token: str) -> Response:
    """A session for who holds the link."""
    try:
        report_id = service.family.access.enter_by_link(token)
    except (WrongLink, LinkEnded) as refused:
        has_ended = isinstance(refused, LinkEnded)
        return family_page(request, "link.html", status_code=410 if has_ended else 404, has_ended=has_ended)
    response = redirect(_START)
    begin_session(request, response, service.sign_in.sessions.open_for_family(report_id, by_link=True))
    return response


@router.post("/family/sign-out")
def sign_out(request: Request, _: TheForm) -> Response:
    """Leave the report's page."""
    response = redirect("/family")
    end_session(request, response)
    return response


def _read(request: Request, form: Form) -> tuple[Entered | None, dict[str, str]]:
    """What was entered; where it cannot be read, what is wrong by the ids of fields."""
    _ = words(request).gettext
    errors: dict[str, str] = {}
    reference = ""
    if not form.text("reference"):
        errors["reference"] = _("Enter the reference")
    else:
        try:
            reference = read_reference(form.text("reference"))
        except WrongReference:
            errors["reference"] = _("The reference has nine letters and digits, like 7K4-M92-QX1: check each of them")
    family_name = form.text("family_name")
    if not family_name:
        errors["family_name"] = _("Enter the surname of the person who died")
    elif len(family_name) > _NAME_CHARACTERS:
        errors["family_name"] = _("The surname is too long")
    died_on, wrong_date = _read_date(request, form)
    if wrong_date:
        errors["died_on-day"] = wrong_date
    if errors or died_on is None:
        return None, errors
    return Entered(reference, family_name, died_on), {}


def _read_date(request: Request, form: Form) -> tuple[date | None, str]:
    _ = words(request).gettext
    parts = [form.text(f"died_on-{part}") for part in ("year", "month", "day")]
    if not any(parts):
        return None, _("Enter the date of death")
    if not all(parts):
        return None, _("The date of death must include a day, a month and a year")
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        return None, _("The date of death must be a real date, in numbers")
    try:
        died_on = date(*(int(part) for part in parts))
    except ValueError:
        return None, _("The date of death must be a real date, in numbers")
    # A day's grace: it may be tomorrow where somebody is.
    if died_on > date.today() + timedelta(days=1):  # noqa: DTZ011 - the machine's day is near enough
        return None, _("The date of death must be in the past")
    return died_on, ""


def _onwards(next_path: str) -> str:
    return next_path if next_path.startswith("/family/") and next_path.isprintable() else _START
