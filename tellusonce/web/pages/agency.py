"""One agency for staff: its health, its agreements, its people, and what can be done with its lane and channel."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from tellusonce.bootstrap import Service
from tellusonce.domain.agency_act import AgencyAction
from tellusonce.domain.working_days import uk_date
from tellusonce.services.accounts import Account
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.deliver import NotAllowed
from tellusonce.services.send_example import ExamplesUnderWay, NothingToSend
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.cursors import cursor_of, read_cursor
from tellusonce.web.pages.board import Staff
from tellusonce.web.pages.durations import lasting
from tellusonce.web.pages.forms import TheForm
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
_REPLAY_LIMIT = 10_000
_BECAUSE_CHARACTERS_AT_MOST = 200
_PAGE = 20
_NOT_IN_FORCE = "No agreement with it is in force: nothing may be sent to it, not even an example"
_UNDER_WAY = "Others are sending examples: try again in a moment"
Cursor = Annotated[str | None, Query(max_length=400)]
Before = Annotated[int | None, Query(ge=1, lt=2**63)]


@router.get("/agencies/{agency}")
def agency(
    request: Request, service: TheService, staff: Staff, agency: str, people: Cursor = None, before: Before = None
) -> Response:
    """All of it; `people` and `before` say where its people and what was done with it go on."""
    return _shown(request, service, staff, agency, people=people, before=before)


@router.post("/agencies/{agency}")
def take_act(request: Request, service: TheService, staff: Staff, agency: str, form: TheForm) -> Response:
    """Pause, resume, replay, of which it is shown first what that would be, or send an example."""
    known(service, agency)
    match form.text("act"):
        case "pause":
            because = form.text("because")
            if not because or len(because) > _BECAUSE_CHARACTERS_AT_MOST or not because.isprintable():
                errors = {"because": f"Enter the reason, in {_BECAUSE_CHARACTERS_AT_MOST} characters at the most"}
                return _shown(request, service, staff, agency, errors=errors)
            service.delivery.lane_control.pause(agency, f"{because} ({staff.actor})", staff.actor)
        case "resume":
            if service.delivery.lane_control.resume(agency, staff.actor):
                service.doorbell.ring([agency])
        case "look":
            found = _replay(service, agency, form.text("which"), staff.actor, dry_run=True)
            return _shown(request, service, staff, agency, found=found, which=form.text("which"))
        case "replay":
            _replay(service, agency, form.text("which"), staff.actor, dry_run=False)
            service.doorbell.ring([agency])
        case "example":
            if refused := _example(service, agency, staff.actor):
                return _shown(request, service, staff, agency, errors={"example": refused})
            return redirect(f"/agencies/{agency}#example")
        case _:
            raise Problem(Kind.NOT_POSSIBLE)
    return redirect(f"/agencies/{agency}")


def known(service: Service, agency: str) -> None:
    """Raises Problem 404 for an agency that is not configured."""
    if agency not in service.agencies:
        raise Problem(Kind.NOT_FOUND)


def _example(service: Service, agency: str, actor: str) -> str | None:
    """Send one; gives why none was sent. What came of it stands among what was done with the agency."""
    try:
        service.agency_desk.send_example.send(agency, actor)
    except NothingToSend as nothing:
        return str(nothing)
    except NotAllowed:
        return _NOT_IN_FORCE
    except ExamplesUnderWay:
        return _UNDER_WAY
    return None


def _replay(service: Service, agency: str, which: str, actor: str, *, dry_run: bool) -> list[dict[str, Any]]:
    if which not in ("parked", "all"):
        raise Problem(Kind.NOT_POSSIBLE)
    return service.delivery.replays.replay(
        agency, actor=actor, parked_only=which == "parked", limit=_REPLAY_LIMIT, dry_run=dry_run
    )


def _shown(
    request: Request,
    service: Service,
    staff: Principal,
    code: str,
    *,
    people: str | None = None,
    before: int | None = None,
    found: list[dict[str, Any]] | None = None,
    which: str = "",
    errors: dict[str, str] | None = None,
) -> Response:
    known(service, code)
    acts = service.agency_desk.acts.of(code, before=before, limit=_PAGE + 1)
    accounts = service.sign_in.accounts.of_agency(code, _place(people), _PAGE + 1)
    return page(
        request,
        "board/agency.html",
        status_code=422 if errors else 200,
        agency=service.agencies[code],
        today=uk_date(datetime.now(UTC)),
        health=service.following_up.board.agency(code),
        attended=service.delivery.channels.is_attended(code),
        is_supervisor=staff.role is Role.SUPERVISOR,
        acts=acts[:_PAGE],
        earlier_acts=acts[_PAGE - 1].id if len(acts) > _PAGE else None,
        example=next((each for each in acts if each.action is AgencyAction.EXAMPLE_SENT), None),
        accounts=accounts[:_PAGE],
        more_people=_cursor(accounts[_PAGE - 1]) if len(accounts) > _PAGE else None,
        lasting=lasting,
        found=found,
        which=which,
        replay_limit=_REPLAY_LIMIT,
        errors=errors or {},
    )


def _cursor(account: Account) -> str:
    return cursor_of(account.principal.name, account.id)


def _place(cursor: str | None) -> Account | None:
    place = read_cursor(cursor)
    if place is None:
        return None
    name, account_id = place
    return Account(account_id, Principal(name, Role.AGENCY))
