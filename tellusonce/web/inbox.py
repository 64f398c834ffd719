"""The inbox: agencies' people list what came and open it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic_core import from_json

from tellusonce.domain.channel import Email, Inbox
from tellusonce.services.deliver import NotAllowed
from tellusonce.services.inbox import NotInInbox, Place
from tellusonce.web.access import GuardedRoute, TheService
from tellusonce.web.agency_documents import InboxPage, OpenedNotification
from tellusonce.web.agency_routes import AgencyCaller, AgencyCode, check_channel
from tellusonce.web.cursors import PAGED, next_link, read_cursor
from tellusonce.web.problem_responses import problem_responses
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=GuardedRoute, tags=["agencies"])
_LIMIT = 200


@router.get(
    "/v1/agencies/{agency}/inbox",
    summary="List the inbox",
    response_model=InboxPage,
    response_description="A page of it, newest last.",
    responses=problem_responses(Kind.NOT_POSSIBLE, Kind.WRONG_CHANNEL) | PAGED,
)
def list_inbox(
    agency: AgencyCode,
    service: TheService,
    caller: AgencyCaller,
    response: Response,
    only_open: Annotated[bool, Query(alias="open", description="Only what is not closed.")] = False,
    limit: Annotated[int, Query(ge=1, le=_LIMIT, description="Most notifications in a page.")] = 50,
    cursor: Annotated[
        str | None, Query(description="Where the page begins, from a `next` link.", max_length=200)
    ] = None,
) -> dict[str, Any]:
    """Of agencies that are reached by inbox or e-mail; without the facts."""
    check_channel(service, agency, caller, Email, Inbox)
    found = service.delivery.inbox.entries(agency, only_open=only_open, after=_place(cursor), limit=limit + 1)
    page = found[:limit]
    if len(found) > limit:
        given = {"open": "true" if only_open else None, "limit": limit}
        path = f"/v1/agencies/{agency}/inbox"
        response.headers["Link"] = next_link(path, given, page[-1].accepted_at.isoformat(), page[-1].id)
    return {"notifications": [vars(entry) for entry in page]}


@router.get(
    "/v1/agencies/{agency}/inbox/{notification}",
    summary="Open a notification",
    response_model=OpenedNotification,
    response_description="The message with its facts; the trail says who read it, and when.",
    responses=problem_responses(
        Kind.NO_SUCH_NOTIFICATION, Kind.WRONG_CHANNEL, Kind.NO_LONGER_ALLOWED, Kind.FACTS_DESTROYED
    ),
)
def open_notification(
    agency: AgencyCode,
    notification: Annotated[UUID, Path(description="The notification's id.")],
    service: TheService,
    caller: AgencyCaller,
) -> dict[str, Any]:
    """The first opening is the agency's receipt. What follows is said by an acknowledgement: an outcome, or `query`."""
    check_channel(service, agency, caller, Email, Inbox)
    try:
        opened = service.delivery.inbox.open(agency, notification, caller.actor)
    except NotInInbox:
        raise Problem(Kind.NO_SUCH_NOTIFICATION) from None
    except NotAllowed:
        raise Problem(Kind.NO_LONGER_ALLOWED) from None
    return {"state": opened.state, "message": from_json(opened.message), **vars(opened.history)}


def _place(cursor: str | None) -> Place | None:
    place = read_cursor(cursor)
    try:
        return place and Place(datetime.fromisoformat(place[0]), place[1])
    except ValueError:
        raise Problem(Kind.NOT_POSSIBLE) from None
