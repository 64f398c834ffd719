"""One follow-up: what was said, its notes and history, and everything that a person can do with it."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic_core import to_json

from tellusonce.bootstrap import Service
from tellusonce.domain.faults import InputRefused
from tellusonce.domain.follow_up import FollowUpKind, Step
from tellusonce.domain.follow_up_moves import Act, Answer, Assign, Close, Note, Reopen, Snooze
from tellusonce.life_events.validation import read_as
from tellusonce.persistence.follow_up_reading import NOBODY
from tellusonce.services.api_keys import Principal
from tellusonce.services.follow_ups import NOT_DONE, NoSuchFollowUp
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.agencies_words import three_part_date
from tellusonce.web.pages.board import Staff, agency_name
from tellusonce.web.pages.follow_up_list import people
from tellusonce.web.pages.forms import Form, TheForm
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
_ACTS: dict[str, type[Act]] = {
    "assign": Assign,
    "note": Note,
    "snooze": Snooze,
    "close": Close,
    "reopen": Reopen,
    "answer": Answer,
}


@router.get("/follow-ups/{follow_up}")
def follow_up(request: Request, service: TheService, staff: Staff, follow_up: UUID) -> Response:
    """All of it. That this person reads it is in the trail."""
    return _shown(request, service, staff, follow_up)


@router.post("/follow-ups/{follow_up}")
def take_act(request: Request, service: TheService, staff: Staff, follow_up: UUID, form: TheForm) -> Response:
    """Do one thing with it, unless somebody changed it since this page was opened."""
    act, version = form.text("act"), form.text("version")
    if act not in _ACTS or not (version.isascii() and version.isdigit() and len(version) < 10):
        raise Problem(Kind.NOT_POSSIBLE)
    try:
        service.following_up.acts.act(follow_up, _read(act, form), staff.actor, version=int(version))
    except InputRefused as refused:
        errors = {_field(act, each.pointer): each.message for each in refused.faults}
        return _shown(request, service, staff, follow_up, form=form, errors=errors)
    except NoSuchFollowUp:
        raise Problem(Kind.NOT_FOUND) from None
    except NOT_DONE as refused:
        said = str(refused)
        return _shown(request, service, staff, follow_up, form=form, errors={"acts": said[0].upper() + said[1:]})
    return redirect(f"/follow-ups/{follow_up}")


def _read(act: str, form: Form) -> Act:
    given: dict[str, Any]
    match act:
        case "assign":
            owner = form.text("owner")
            given = {"owner": None if owner == NOBODY else owner}
        case "snooze":
            given = {"until": three_part_date(form, "until") or "", "because": form.text("because")}
        case "note" | "answer":
            given = {"words": form.text("words")}
        case _:
            given = {"because": form.text("because")}
    return read_as(_ACTS[act], to_json(given))


def _field(act: str, pointer: str) -> str:
    name = pointer.strip("/")
    return "snooze-until-day" if name == "until" else f"{act}-{name}"


def _shown(
    request: Request,
    service: Service,
    staff: Principal,
    follow_up: UUID,
    *,
    form: Form | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    found = service.following_up.reading.one(follow_up, staff.actor)
    if found is None:
        raise Problem(Kind.NOT_FOUND)
    script = None
    if found["raised_to"] == Step.AGENCY_CONTACT and found["agency"]:
        script = service.following_up.telephone_script.render(
            found["agency"], FollowUpKind(found["kind"]), found["reference"], found["due_on"]
        )
    return page(
        request,
        "board/follow_up.html",
        status_code=422 if errors else 200,
        each=found,
        agency_name=agency_name(service, found["agency"]),
        script=script,
        people=people(service),
        nobody=NOBODY,
        me=staff.actor,
        form=form,
        act=form.text("act") if form else "",
        errors=errors or {},
    )
