"""The interface's description (OpenAPI 3.1), made from the routes themselves, their access, and the models they use."""

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.routing import BaseRoute

from tellusonce.domain.acknowledgement import Acknowledgement
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.report import ConsentTakenBack, Correction, Submission, Withdrawal
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.services.api_keys import Role
from tellusonce.services.find_reports import Search
from tellusonce.web.access import ANYONE, GuardedRoute
from tellusonce.web.agency_documents import AGENCY_ANSWERS
from tellusonce.web.documents import ANSWERS, ProblemDocument
from tellusonce.web.message import message_schema
from tellusonce.web.problem_responses import other_problems, problem_responses
from tellusonce.web.problems import Kind
from tellusonce.web.request_bodies import request_bodies
from tellusonce.web.webhooks import webhook

router = APIRouter(route_class=GuardedRoute, dependencies=ANYONE, include_in_schema=False)

_REF = "#/components/schemas/{model}"
_SCHEME = "apiKey"
_TAGS = [
    {"name": "reports", "description": "For registrars: report once, see what came of it."},
    {"name": "agencies", "description": "For agencies: receipts and outcomes."},
    {"name": "messages", "description": "What agencies are sent: see webhooks."},
    {"name": "follow-ups", "description": "For staff: what a person must see to."},
    {"name": "data protection", "description": "For who answers requests for what is held on people."},
    {"name": "health", "description": "For operators."},
]
_DESCRIPTION = """A registrar reports a life event once; each agency that holds a benefit of the person is told what it
may lawfully know, and acknowledges it with a receipt and an outcome.

Times are RFC 3339 in UTC, dates ISO 8601, ids UUIDs. Every answer has an `X-Correlation-Id`, the caller's own where
it gives one in `traceparent` or, as a UUID, in `X-Request-ID`. Whatever goes wrong is answered as a problem (RFC
9457) whose `type` is stable, and which never repeats a fact."""


@router.get("/openapi.json")
def openapi(request: Request) -> JSONResponse:
    """This description."""
    return JSONResponse(request.app.openapi(), headers={"Cache-Control": "public, max-age=300"})


def description(routes: Sequence[BaseRoute], public_url: str, benefits: Sequence[str]) -> dict[str, Any]:
    """The whole document. `benefits` are those that some agency holds."""
    document: dict[str, Any] = get_openapi(
        title="tellusonce",
        summary="One report of a life event; every agency told, lawfully and once.",
        description=_DESCRIPTION,
        version="1",
        license_info={"name": "MIT", "identifier": "MIT"},
        servers=[{"url": public_url}],
        tags=_TAGS,
        routes=routes,
    )
    for route, operation in _operations(document, routes):
        _tell_access(operation, route)
        _forget_frameworks_own(operation)
    paths, schemas = document["paths"], document["components"]["schemas"]
    for path, body in request_bodies(_REF).items():
        paths[path]["post"]["requestBody"] = body
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas |= _models() | _by_life_event(benefits)
    document["components"]["securitySchemes"] = {_SCHEME: _security_scheme()}
    document["webhooks"] = {kind.code: {"post": webhook(kind, _REF)} for kind in LIFE_EVENTS.values()}
    return document


def _operations(document: dict[str, Any], routes: Sequence[BaseRoute]) -> Iterator[tuple[GuardedRoute, dict[str, Any]]]:
    for context in iter_route_contexts(routes):
        route = context.original_route
        if isinstance(route, GuardedRoute) and route.include_in_schema:
            for method in route.methods or ():
                yield route, document["paths"][route.path_format][method.lower()]


def _tell_access(operation: dict[str, Any], route: GuardedRoute) -> None:
    """Each requirement names a role (OpenAPI 3.1, Security Requirement Object); any one of them is enough."""
    roles = sorted(route.access.roles)
    operation["security"] = [{_SCHEME: [role.value]} for role in roles]
    if roles:
        who = " or ".join(role.value for role in roles)
        operation["description"] = f"{operation['description']}\n\nNeeds the key of a role that is {who}."
        denied = problem_responses(Kind.KEY_NEEDED, Kind.NOT_ALLOWED, Kind.TOO_MANY_REQUESTS, Kind.UNAVAILABLE)
        operation["responses"] |= {str(status): response for status, response in denied.items()}
    operation["responses"] |= other_problems()


def _forget_frameworks_own(operation: dict[str, Any]) -> None:
    refused = operation["responses"].get("422", {})
    if "application/json" in refused.get("content", {}):
        del operation["responses"]["422"]


def _security_scheme() -> dict[str, Any]:
    roles = ", ".join(f"`{role.value}`" for role in Role)
    return {
        "type": "http",
        "scheme": "bearer",
        "description": f"An API key, which has one role of {roles}; an agency's is good for its own paths alone.",
    }


def _models() -> dict[str, Any]:
    """The models, those of answers in place of FastAPI's own, which lose every null of their examples."""
    read: list[type[BaseModel]] = [
        *(kind.model for kind in LIFE_EVENTS.values()),
        Acknowledgement,
        Correction,
        Withdrawal,
        ConsentTakenBack,
        Search,
    ]
    _, generated = models_json_schema(
        [
            *((model, "validation") for model in read),
            *((model, "serialization") for model in (*ANSWERS, *AGENCY_ANSWERS)),
        ],
        ref_template=_REF,
    )
    schemas: dict[str, Any] = generated["$defs"]
    schemas["Problem"] = schemas.pop(ProblemDocument.__name__)
    del schemas[Correction.__name__]  # which differs from one life event to the next
    return schemas


def _by_life_event(benefits: Sequence[str]) -> dict[str, Any]:
    """What differs from one life event to the next: a report's facts, and a message's data."""
    schemas: dict[str, Any] = {}
    for kind in LIFE_EVENTS.values():
        name = kind.model.__name__
        schemas[f"{name}Submission"] = _submission(Submission, kind, benefits)
        schemas[f"{name}Correction"] = _submission(Correction, kind, benefits)
        schemas[f"{name}Message"] = message_schema(kind)
    return schemas


def _submission(model: type[Submission], kind: LifeEvent, benefits: Sequence[str]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template=_REF)
    schema.pop("$defs", None)  # they stand among the models
    properties = schema["properties"]
    properties["life_event"] = {"const": kind.code}
    properties["benefits"] |= {
        "items": {"enum": list(benefits)},
        "description": "What the person is known to hold: the agencies that hold it are concerned.",
    }
    properties["councils"]["description"] = "Codes of the councils that served them; none: found by the address."
    properties["permission"]["description"] = (
        "Whether the informant permits telling all agencies that need permission: the short form of a consent."
    )
    properties["consents"]["description"] = "Who agreed to what; where no agency or field is named, to all of them."
    properties["facts"] = {"$ref": _REF.format(model=kind.model.__name__)}
    return {**schema, "title": f"{kind.title}: {model.__name__.lower()}", "description": inspect.getdoc(model)}
