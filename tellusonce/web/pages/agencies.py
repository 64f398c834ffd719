"""Agencies for staff: how each one's lane stands; pausing, resuming, and sending again after a look."""

from typing import Any

from fastapi import APIRouter, Request, Response

from tellusonce.bootstrap import Service
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.board import AGES, Staff
from tellusonce.web.pages.forms import TheForm
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
_REPLAY_LIMIT = 10_000
_BECAUSE_CHARACTERS_AT_MOST = 200


@router.get("/agencies")
def agencies(request: Request, service: TheService, _staff: Staff) -> Response:
    """All that are configured, with what waits for each and whether its lane is held."""
    waiting = {each.agency: each for each in service.following_up.board.outstanding()}
    lanes = {each["agency"]: each for each in service.delivery.lane_control.standing()}
    rows: list[dict[str, Any]] = [
        {
            "code": code,
            "name": agency.name,
            "channel": agency.channel.kind,
            "waiting": waiting.get(code),
            "lane": lanes.get(code),
        }
        for code, agency in service.agencies.items()
    ]
    rows.sort(key=lambda row: (-(row["waiting"].total if row["waiting"] else 0), row["name"]))
    return page(request, "board/agencies.html", rows=rows, ages=AGES)


@router.get("/agencies/{agency}")
def agency(request: Request, service: TheService, _staff: Staff, agency: str) -> Response:
    """Its health, its agreements, and what can be done with its lane."""
    return _shown(request, service, agency)


@router.post("/agencies/{agency}")
def take_act(request: Request, service: TheService, staff: Staff, agency: str, form: TheForm) -> Response:
    """Pause, resume or replay; a replay is shown first."""
    _known(service, agency)
    match form.text("act"):
        case "pause":
            because = form.text("because")
            if not because or len(because) > _BECAUSE_CHARACTERS_AT_MOST or not because.isprintable():
                errors = {"because": f"Enter the reason, in {_BECAUSE_CHARACTERS_AT_MOST} characters at the most"}
                return _shown(request, service, agency, errors=errors)
            service.delivery.lane_control.pause(agency, f"{because} ({staff.actor})")
        case "resume":
            if service.delivery.lane_control.resume(agency):
                service.doorbell.ring([agency])
        case "look":
            found = _replay(service, agency, form.text("which"), staff.actor, dry_run=True)
            return _shown(request, service, agency, found=found, which=form.text("which"))
        case "replay":
            _replay(service, agency, form.text("which"), staff.actor, dry_run=False)
            service.doorbell.ring([agency])
        case _:
            raise Problem(Kind.NOT_POSSIBLE)
    return redirect(f"/agencies/{agency}")


def _replay(service: Service, agency: str, which: str, actor: str, *, dry_run: bool) -> list[dict[str, Any]]:
    if which not in ("parked", "all"):
        raise Problem(Kind.NOT_POSSIBLE)
    return service.delivery.replays.replay(
        agency, actor=actor, parked_only=which == "parked", limit=_REPLAY_LIMIT, dry_run=dry_run
    )


def _known(service: Service, agency: str) -> None:
    if agency not in service.agencies:
        raise Problem(Kind.NOT_FOUND)


def _shown(
    request: Request,
    service: Service,
    code: str,
    *,
    found: list[dict[str, Any]] | None = None,
    which: str = "",
    errors: dict[str, str] | None = None,
) -> Response:
    _known(service, code)
    return page(
        request,
        "board/agency.html",
        status_code=422 if errors else 200,
        agency=service.agencies[code],
        health=service.following_up.board.agency(code),
        attended=service.delivery.channels.is_attended(code),
        found=found,
        which=which,
        replay_limit=_REPLAY_LIMIT,
        errors=errors or {},
    )
