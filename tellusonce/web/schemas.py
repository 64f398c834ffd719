"""JSON Schemas of what agencies are told, by life event: where `dataschema` in a message leads."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from tellusonce.life_events import LIFE_EVENTS
from tellusonce.web.access import ANYONE, GuardedRoute, TheService
from tellusonce.web.message import data_schema
from tellusonce.web.problem_responses import problem_responses
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=GuardedRoute, tags=["messages"], dependencies=ANYONE)

_LifeEvent = Annotated[str, Path(description="The life event's code.", examples=["bereavement"])]


class SchemaResponse(JSONResponse):
    """A JSON Schema."""

    media_type = "application/schema+json"


@router.get(
    "/v1/schemas/{life_event}",
    summary="The JSON Schema of a message's data",
    response_class=SchemaResponse,
    response_description="JSON Schema, draft 2020-12",
    responses=problem_responses(Kind.NO_SUCH_LIFE_EVENT),
)
def show_schema(life_event: _LifeEvent, service: TheService) -> SchemaResponse:
    """Every fact is optional: an agency receives those that its agreement allows, as far as they are known."""
    kind = LIFE_EVENTS.get(life_event)
    if kind is None:
        raise Problem(Kind.NO_SUCH_LIFE_EVENT, f"The life events are: {', '.join(LIFE_EVENTS)}.")
    return SchemaResponse(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"{service.public_url}/v1/schemas/{kind.code}",
            **data_schema(kind),
            "title": kind.title,
        }
    )
