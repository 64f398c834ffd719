"""Seeing what would follow from a report before it is sent."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from tellusonce.domain.faults import Fault
from tellusonce.domain.language import Language
from tellusonce.life_events.validation import read_submission
from tellusonce.web.access import GuardedRoute, TheService
from tellusonce.web.bodies import BODY_PROBLEMS, Body
from tellusonce.web.plan_documents import Plan
from tellusonce.web.problem_responses import problem_responses
from tellusonce.web.problems import Kind
from tellusonce.web.reports import reader

router = APIRouter(route_class=GuardedRoute, tags=["reports"], dependencies=[Depends(reader)])


@router.post(
    "/v1/plans",
    summary="Plan a report",
    response_model=Plan,
    response_description="Who would be told what and why, and who would not. Nothing was stored or sent.",
    responses=problem_responses(
        Kind.NOT_POSSIBLE,
        *BODY_PROBLEMS,
        fault=Fault("/facts/deceased/postcode", "The postcode must be a full UK postcode, like AB1 2DE"),
    ),
)
def plan_report(
    service: TheService,
    body: Body,
    language: Annotated[Language, Query(description="Of the explanations.")] = Language.ENGLISH,
) -> dict[str, Any]:
    """Takes what `POST /v1/reports` takes, and changes nothing: it needs no Idempotency-Key."""
    return service.explain.explain(read_submission(body), language)
