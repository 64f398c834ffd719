"""Pull: agencies lease their notifications, and wait for some where there are none."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import from_json, to_json
from starlette.concurrency import run_in_threadpool

from tellusonce.domain.acknowledgement import StaleLease
from tellusonce.domain.channel import Pull
from tellusonce.domain.faults import Fault
from tellusonce.domain.text import LINES
from tellusonce.life_events.validation import faults, read_json
from tellusonce.services.leases import Lease, NoSuchLease
from tellusonce.web import agency_examples as examples
from tellusonce.web.access import GuardedRoute, TheService
from tellusonce.web.agency_documents import ExtendedLease, Leases, ReturnedLease
from tellusonce.web.agency_routes import AgencyCaller, AgencyCode, check_channel
from tellusonce.web.bodies import BODY_PROBLEMS, Body
from tellusonce.web.problem_responses import Responses, problem_responses
from tellusonce.web.problems import Kind, Problem, input_refused

router = APIRouter(route_class=GuardedRoute, tags=["agencies"])
_LOOK_SECONDS = 0.5
_LeaseId = Annotated[str, Path(description="The lease's id.", examples=[examples.EXTENDED_LEASE["id"]])]
_LeaseSeconds = Annotated[int, Field(ge=30, le=43_200)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class _LeaseRequest(_Asked):
    """What an agency wants to pull."""

    model_config = ConfigDict(title="LeaseRequest")

    max: Annotated[int, Field(ge=1, le=1_000)] = 100
    """Most notifications."""
    lease_seconds: _LeaseSeconds = 300
    """For how long they are the agency's alone."""
    wait_seconds: Annotated[int, Field(ge=0, le=30)] = 0
    """How long to wait for one where there is none."""


class _Extension(_Asked):
    """How much longer an agency needs."""

    model_config = ConfigDict(title="Extension")

    lease_seconds: _LeaseSeconds
    """From now."""


class _Return(_Asked):
    """Why an agency gives a notification back."""

    model_config = ConfigDict(title="Return")

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000), LINES]
    """For staff."""


_Body = TypeVar("_Body", bound=_Asked)


def _described(asked: type[_Asked], example: dict[str, Any]) -> dict[str, Any]:
    content = {"schema": asked.model_json_schema(), "examples": {"usual": {"value": example}}}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def _responses(*kinds: Kind, fault: Fault) -> Responses:
    return problem_responses(
        *kinds,
        Kind.WRONG_CHANNEL,
        *BODY_PROBLEMS,
        fault=fault,
    )


_A_FAULT = Fault("/lease_seconds", "This must be at least 30")


@router.post(
    "/v1/agencies/{agency}/leases",
    summary="Pull notifications",
    response_model=Leases,
    response_description="Those that are due, as many as were asked for and fit into one answer; there may be more.",
    openapi_extra=_described(_LeaseRequest, examples.LEASE_REQUEST),
    responses=_responses(fault=_A_FAULT),
)
async def pull_notifications(
    agency: AgencyCode, service: TheService, caller: AgencyCaller, request: Request, body: Body
) -> dict[str, Any]:
    """Leases notifications to the agency, in the order in which their reports were accepted.

    What is not acknowledged when its lease ends is due again. After several leases without an acknowledgement it is
    parked, and a person sees to it.
    """
    check_channel(service, agency, caller, Pull)
    asked = _read(_LeaseRequest, body)
    give_up_at = time.monotonic() + asked.wait_seconds
    while True:
        taken = await run_in_threadpool(
            service.delivery.leases.take, agency, asked.max, asked.lease_seconds, caller.actor
        )
        if taken or time.monotonic() >= give_up_at or await request.is_disconnected():
            return {"leases": [_document(each) for each in taken]}
        await asyncio.sleep(_LOOK_SECONDS)


@router.post(
    "/v1/agencies/{agency}/leases/{lease}/extension",
    summary="Extend a lease",
    response_model=ExtendedLease,
    response_description="The lease with its new end.",
    openapi_extra=_described(_Extension, examples.EXTENSION),
    responses=_responses(Kind.NO_SUCH_LEASE, Kind.STALE_LEASE, fault=_A_FAULT),
)
def extend_lease(
    agency: AgencyCode, lease: _LeaseId, service: TheService, caller: AgencyCaller, body: Body
) -> dict[str, Any]:
    """For who needs longer than it thought."""
    check_channel(service, agency, caller, Pull)
    asked = _read(_Extension, body)
    with _refused():
        return {"id": lease, "expires_at": service.delivery.leases.extend(agency, lease, asked.lease_seconds)}


@router.post(
    "/v1/agencies/{agency}/leases/{lease}/return",
    summary="Give a notification back",
    response_model=ReturnedLease,
    response_description="Given back, now or before.",
    openapi_extra=_described(_Return, examples.RETURN),
    responses=_responses(Kind.NO_SUCH_LEASE, Kind.STALE_LEASE, fault=Fault("/reason", "This is needed")),
)
def return_lease(
    agency: AgencyCode, lease: _LeaseId, service: TheService, caller: AgencyCaller, body: Body
) -> dict[str, Any]:
    """Ends the lease before its time; the notification is shortly due again.

    An agency that cannot act on a notification acknowledges it as `rejected` instead, or asks by `query`.
    """
    check_channel(service, agency, caller, Pull)
    asked = _read(_Return, body)
    with _refused():
        return {
            "id": lease,
            "notification": service.delivery.leases.give_back(agency, lease, asked.reason, caller.actor),
        }


def _read(kind: type[_Body], body: bytes) -> _Body:
    try:
        return kind.model_validate_json(to_json(read_json(body)))
    except ValidationError as refused:
        raise input_refused(faults(refused.errors(include_url=False, include_input=False))) from None


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except NoSuchLease:
        raise Problem(Kind.NO_SUCH_LEASE) from None
    except StaleLease:
        raise Problem(Kind.STALE_LEASE) from None


def _document(taken: Lease) -> dict[str, Any]:
    return {
        "id": taken.id,
        "notification": taken.notification,
        "expires_at": taken.expires_at,
        "message": from_json(taken.message),
    }
