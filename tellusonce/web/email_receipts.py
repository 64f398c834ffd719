"""Taking GOV.UK Notify's word on what became of an e-mail."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from tellusonce.domain.faults import Fault
from tellusonce.life_events.validation import faults, read_json
from tellusonce.services.api_keys import Role
from tellusonce.web import agency_examples as examples
from tellusonce.web.access import Allow, GuardedRoute, TheService
from tellusonce.web.bodies import BODY_PROBLEMS, Body
from tellusonce.web.problem_responses import problem_responses
from tellusonce.web.problems import input_refused

router = APIRouter(route_class=GuardedRoute, tags=["agencies"], dependencies=[Depends(Allow(Role.OPERATOR))])
_UNDELIVERED = frozenset({"permanent-failure", "temporary-failure", "technical-failure"})
"""All of them final: Notify tries for days before it says so."""


class _Receipt(BaseModel):
    """What GOV.UK Notify posts; what else it says is not needed."""

    model_config = ConfigDict(frozen=True, title="Receipt", use_attribute_docstrings=True)

    id: UUID
    """Notify's own."""
    reference: str | None = None
    """Ours: the notification's id."""
    status: str
    """`delivered`, or why not."""


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": _Receipt.model_json_schema(),
                "examples": {"bounced": {"value": examples.NOTIFY_RECEIPT}},
            }
        },
    }
}


@router.post(
    "/v1/email/receipts",
    status_code=204,
    summary="Take a delivery receipt of GOV.UK Notify",
    response_description="Noted.",
    openapi_extra=_BODY,
    responses=problem_responses(
        *BODY_PROBLEMS,
        fault=Fault("/status", "This is needed"),
    ),
)
def take_receipt(service: TheService, body: Body) -> Response:
    """An e-mail that did not reach its agency parks the notification that it was about, and opens a follow-up.

    Give Notify this address for its delivery receipts, and an operator's API key as the bearer token.
    """
    try:
        receipt = _Receipt.model_validate(read_json(body))
    except ValidationError as refused:
        raise input_refused(faults(refused.errors(include_url=False, include_input=False))) from None
    if receipt.status in _UNDELIVERED:
        service.delivery.bounces.take(_notifications(receipt.reference))
    return Response(status_code=204)


def _notifications(reference: str | None) -> list[UUID]:
    try:
        return [UUID(reference or "")]
    except ValueError:  # of another e-mail of the same account
        return []
