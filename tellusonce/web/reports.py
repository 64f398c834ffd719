"""Registering and reading reports."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response

from tellusonce.life_events.validation import read_submission
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.reference import WrongReference, read_reference
from tellusonce.services.register import IdempotencyKey, KeyInFlight, KeyReused
from tellusonce.web.access import Allow, GuardedRoute, TheService
from tellusonce.web.problems import Problem
from tellusonce.web.requests import Body

router = APIRouter(route_class=GuardedRoute, tags=["reports"])
_KEY_LIMIT_CHARACTERS = 200
_registrar = Allow(Role.REGISTRAR)
_reader = Allow(Role.REGISTRAR, Role.STAFF)


@router.post("/v1/reports", status_code=201, openapi_extra={"requestBody": {"required": True}})
def register(
    service: TheService,
    caller: Annotated[Principal, Depends(_registrar)],
    body: Body,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Response:
    """Register a report: 201 with its reference, and for each agency what it is told and why, or why not."""
    key = IdempotencyKey(caller.actor, _checked(idempotency_key), hashlib.sha256(body).digest())
    try:
        answer = service.register.register_once(
            read_submission(body), actor=caller.actor, district=caller.district or "", key=key
        )
    except KeyInFlight:
        raise Problem(409, "request-in-flight", "The first request with this key is not answered yet.") from None
    except KeyReused:
        raise Problem(422, "key-reused", "This Idempotency-Key was used with another body: take a new one.") from None
    return Response(answer, status_code=201, media_type="application/json")


@router.get("/v1/reports/{reference}")
def show(reference: str, service: TheService, caller: Annotated[Principal, Depends(_reader)]) -> dict[str, Any]:
    """A report: its versions, and where each agency's notification stands."""
    report = service.reading.report(_read(reference), caller.district)
    if report is None:
        raise _no_such_report()
    return report


@router.get("/v1/reports/{reference}/trail")
def trail(reference: str, service: TheService, caller: Annotated[Principal, Depends(_reader)]) -> dict[str, Any]:
    """Who was told which fields of the report under which gateway, and all that was said since."""
    reference = _read(reference)
    if service.reading.report(reference, caller.district) is None:
        raise _no_such_report()
    return {"reference": reference, "trail": service.reading.trail(reference)}


def _checked(key: str | None) -> str:
    if not key or len(key) > _KEY_LIMIT_CHARACTERS or not key.isprintable():
        raise Problem(
            400,
            "idempotency-key-needed",
            f"Send an Idempotency-Key header of 1 to {_KEY_LIMIT_CHARACTERS} characters, new for each report.",
        )
    return key


def _read(reference: str) -> str:
    try:
        return read_reference(reference)
    except WrongReference:
        raise _no_such_report() from None


def _no_such_report() -> Problem:
    return Problem(404, "no-such-report", "You have no report with this reference. Check each of its nine characters.")
