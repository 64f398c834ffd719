"""Messages about news and days to claim by: wishing them, and stopping them on the page or by a message's link."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from tellusonce.domain.family import Way
from tellusonce.services.family_link import WrongLink
from tellusonce.services.family_wishes import TooManyContacts, Wish
from tellusonce.web.access import ANYONE, PageRoute, TheService
from tellusonce.web.pages.family.frame import ReportId, family_page
from tellusonce.web.pages.forms import Form, TheForm
from tellusonce.web.pages.languages import language_of, words
from tellusonce.web.pages.page import redirect
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
_by_link = APIRouter(route_class=PageRoute, dependencies=ANYONE)
_WISHES = ("updates", "reminders")


@router.get("/family/updates")
def show_updates(request: Request, service: TheService, report_id: ReportId, done: str = "") -> Response:
    """What is wished for, and the form for more."""
    return _page(request, service, report_id, Form({}), done=done)


@router.post("/family/updates")
def take_wish(request: Request, service: TheService, report_id: ReportId, form: TheForm) -> Response:
    """Keep a wish."""
    _ = words(request).gettext
    wanted, errors = _wishes(request, service, form)
    if not errors:
        try:
            for wish in wanted:
                service.family.wishes.add(report_id, wish)
        except TooManyContacts:
            errors = {_field(wish.way): _("Messages go to as many places as they can: stop one of them first")}
        else:
            return redirect("/family/updates?done=added")
    return _page(request, service, report_id, form, status_code=422, errors=errors)


@router.post("/family/updates/stop")
def stop_here(service: TheService, report_id: ReportId, form: TheForm) -> Response:
    """Forget a wish of this report."""
    try:
        contact = UUID(form.text("contact"))
    except ValueError:
        raise Problem(Kind.NOT_POSSIBLE) from None
    service.family.wishes.remove(report_id, contact)
    return redirect("/family/updates?done=stopped")


@_by_link.get("/family/stop/{token}")
def show_stop(request: Request, service: TheService, token: str) -> Response:
    """Ask once more: programs that look at links before people do must stop nothing."""
    try:
        service.family.wishes.check(token)
    except WrongLink:
        return family_page(request, "stop.html", status_code=404, state="wrong", token=token)
    return family_page(request, "stop.html", state="asked", token=token)


@_by_link.post("/family/stop/{token}")
def stop(request: Request, service: TheService, token: str, _: TheForm) -> Response:
    """Forget the wish that the link names."""
    try:
        service.family.wishes.stop(token)
    except WrongLink:
        return family_page(request, "stop.html", status_code=404, state="wrong", token=token)
    return family_page(request, "stop.html", state="stopped", token=token)


router.include_router(_by_link)


def _wishes(request: Request, service: TheService, form: Form) -> tuple[list[Wish], dict[str, str]]:
    """What is wished for, one wish an address; and what is wrong by the ids of fields."""
    _ = words(request).gettext
    ways = service.family.wishes.ways
    given = {way: form.text(_field(way)) for way in sorted(ways) if form.text(_field(way))}
    chosen = {name: name in form.texts("wishes") for name in _WISHES}
    errors: dict[str, str] = {}
    if not any(chosen.values()):
        errors["wishes"] = _("Choose what you want to be told")
    if not given and ways:
        errors[_field(min(ways))] = _("Enter where you want to be told")
    wishes = []
    for way, address in given.items():
        try:
            wishes.append(Wish(way=way, language=language_of(request), **{_field(way): address}, updates=True))
        except ValidationError:
            errors[_field(way)] = (
                _("Enter an email address in the correct format, like name@example.com")
                if way is Way.EMAIL
                else _("Enter a telephone number, like 07700 900 982")
            )
    return [each.model_copy(update=chosen) for each in wishes], errors


def _field(way: Way) -> str:
    """The id of the field for an address of this kind."""
    return "email" if way is Way.EMAIL else "telephone"


def _page(
    request: Request,
    service: TheService,
    report_id: ReportId,
    form: Form,
    *,
    status_code: int = 200,
    done: str = "",
    errors: dict[str, str] | None = None,
) -> Response:
    report = service.family.reading.followed(report_id)
    return family_page(
        request,
        "updates.html",
        status_code=status_code,
        form=form,
        done=done,
        errors=errors or {},
        ways=sorted(service.family.wishes.ways),
        contacts=service.family.wishes.of_report(report_id),
        facts_destroyed=report.facts_destroyed_at is not None,
    )
