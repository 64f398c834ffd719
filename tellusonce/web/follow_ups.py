"""What a person must see to."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.services.api_keys import SERVICE_DESK, Principal
from tellusonce.web.access import Allow, GuardedRoute, TheService
from tellusonce.web.cursors import PAGED, next_link, read_cursor
from tellusonce.web.documents import FollowUps
from tellusonce.web.problem_responses import problem_responses
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=GuardedRoute, tags=["follow-ups"])
_LIMIT = 200


@router.get(
    "/v1/follow-ups",
    summary="List open follow-ups",
    response_model=FollowUps,
    response_description="A page of them, those due first coming first.",
    responses=problem_responses(Kind.NOT_POSSIBLE) | PAGED,
)
def list_follow_ups(
    service: TheService,
    response: Response,
    _caller: Annotated[Principal, Depends(Allow(*SERVICE_DESK))],
    agency: Annotated[str | None, Query(description="Only this agency's.", max_length=100)] = None,
    kind: Annotated[FollowUpKind | None, Query(description="Only of this kind.")] = None,
    limit: Annotated[int, Query(description="At most so many.", ge=1, le=_LIMIT)] = 50,
    cursor: Annotated[str | None, Query(description="From a `next` link.", max_length=200)] = None,
) -> dict[str, Any]:
    """Of all agencies, or of one; with the agency's words."""
    found = service.reading.follow_ups(agency=agency, kind=kind, after=_place(cursor), limit=limit + 1)
    page = found[:limit]
    if len(found) > limit:
        given = {"agency": agency, "kind": kind, "limit": limit}
        response.headers["Link"] = next_link("/v1/follow-ups", given, page[-1]["due_on"], page[-1]["id"])
    return {"follow_ups": page}


def _place(cursor: str | None) -> tuple[date, UUID] | None:
    place = read_cursor(cursor)
    try:
        return place and (date.fromisoformat(place[0]), place[1])
    except ValueError:
        raise Problem(Kind.NOT_POSSIBLE) from None
