"""The JSON Schemas of life events' facts."""

from typing import Any

from fastapi import APIRouter

from tellusonce.life_events import LIFE_EVENTS
from tellusonce.web.access import ANYONE, GuardedRoute
from tellusonce.web.problems import Problem

router = APIRouter(route_class=GuardedRoute, tags=["schemas"], dependencies=ANYONE)


@router.get("/v1/schemas/{life_event}")
def schema(life_event: str) -> dict[str, Any]:
    """The facts that a report of this life event may hold; an agency receives those that its agreement allows."""
    known = LIFE_EVENTS.get(life_event)
    if known is None:
        raise Problem(404, "no-such-life-event", f"The life events are: {', '.join(LIFE_EVENTS)}.")
    return known.schema
