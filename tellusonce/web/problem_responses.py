"""How a route declares, for the interface's description, what can go wrong."""

from typing import Any

from tellusonce.domain.faults import Fault
from tellusonce.web.examples import CORRELATION_ID
from tellusonce.web.problems import MEDIA_TYPE, Kind, Problem

PROBLEM_SCHEMA = "#/components/schemas/Problem"
_HEADERS = {
    Kind.KEY_NEEDED: ("WWW-Authenticate", "The scheme, and whether the key was the trouble (RFC 6750)."),
    Kind.REQUEST_IN_FLIGHT: ("Retry-After", "Seconds."),
    Kind.NOT_SEALED_YET: ("Retry-After", "Seconds."),
    Kind.UNSUPPORTED_MEDIA_TYPE: ("Accept", "The media type that is taken."),
    Kind.TOO_MANY_REQUESTS: ("Retry-After", "Seconds."),
    Kind.UNAVAILABLE: ("Retry-After", "Seconds."),
}

Responses = dict[int | str, dict[str, Any]]


def problem_responses(*kinds: Kind, fault: Fault | None = None) -> Responses:
    """The responses of these kinds, by status. `fault` is the example of a bad field."""
    return {status: _response(status, kinds, fault) for status in sorted({kind.status for kind in kinds})}


def other_problems() -> Responses:
    """The response for every problem that a route does not declare."""
    return {"default": {**_response(500, (Kind.INTERNAL_ERROR,), None), "description": "Any other problem."}}


def _response(status: int, kinds: tuple[Kind, ...], fault: Fault | None) -> dict[str, Any]:
    here = [kind for kind in kinds if kind.status == status]
    response: dict[str, Any] = {
        "description": " Or: ".join(kind.meaning for kind in here),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": PROBLEM_SCHEMA},
                "examples": {kind.code: {"value": _example(kind, fault)} for kind in here},
            }
        },
    }
    headers = [_HEADERS[kind] for kind in here if kind in _HEADERS]
    if headers:
        response["headers"] = {
            name: {"description": meaning, "schema": {"type": "string"}} for name, meaning in headers
        }
    return response


def _example(kind: Kind, fault: Fault | None) -> dict[str, Any]:
    problem = Problem(kind, faults=[fault] if fault and kind is Kind.INPUT_REFUSED else ())
    return {**problem.document(), "correlation_id": CORRELATION_ID}
