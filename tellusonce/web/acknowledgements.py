"""Taking agencies' receipts and outcomes."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from pydantic_core import to_json

from tellusonce.domain.acknowledgement import Acknowledgement
from tellusonce.domain.faults import Fault
from tellusonce.life_events.validation import faults, read_json
from tellusonce.services.acknowledge import Answered, Verdict
from tellusonce.services.api_keys import Principal, Role
from tellusonce.web.access import Allow, GuardedRoute, TheService
from tellusonce.web.bodies import BODY_PROBLEMS, Body
from tellusonce.web.documents import ProblemItem, Recorded, RecordedItem
from tellusonce.web.problem_responses import problem_responses
from tellusonce.web.problems import Kind, Problem, answer, input_refused

router = APIRouter(route_class=GuardedRoute, tags=["agencies"])
_A_FAULT = Fault("/at", "This must be a time as 2026-03-14T09:30:00Z")
_Agency = Annotated[str, Path(description="The agency's code.", examples=["dwp-state-pension"])]
_agency = Allow(Role.AGENCY)


@router.post(
    "/v1/agencies/{agency}/acknowledgements",
    summary="Acknowledge notifications",
    response_model=Recorded | list[RecordedItem | ProblemItem],
    response_description="Recorded, now or since before; of a list, what became of each, in its order.",
    responses=problem_responses(
        Kind.NO_SUCH_NOTIFICATION,
        Kind.ILLEGAL_MOVE,
        *BODY_PROBLEMS,
        fault=_A_FAULT,
    ),
)
def acknowledge(
    agency: _Agency, service: TheService, caller: Annotated[Principal, Depends(_agency)], body: Body
) -> JSONResponse:
    """Takes one acknowledgement, or a list of them of which each is answered on its own.

    A repeated or late one is answered as the first was and changes nothing.
    """
    if caller.agency != agency:
        raise Problem(Kind.NOT_ALLOWED, "This key is another agency's.")
    match read_json(body):
        case dict() as one:
            result = _take_one(service, agency, caller.actor, one)
            return answer(result) if isinstance(result, Problem) else JSONResponse(result)
        case list() as many:
            limit = service.settings.acknowledgements_limit
            if len(many) > limit:
                raise Problem(Kind.BODY_TOO_LONG, f"Send at most {limit} acknowledgements at once.")
            pointers = [f"/{position}" for position in range(len(many))]
            return JSONResponse([_item(result) for result in _take(service, caller, many, pointers)])
        case _:
            raise input_refused([Fault("", "This must be an acknowledgement, or a list of them")])


def _take_one(service: TheService, agency: str, actor: str, item: Any) -> dict[str, Any] | Problem:
    read = _read(item, "")
    return read if isinstance(read, Problem) else _result(service.acknowledge.acknowledge_one(agency, read, actor))


def _take(
    service: TheService, caller: Principal, items: Sequence[Any], pointers: Sequence[str]
) -> list[dict[str, Any] | Problem]:
    """One result for each item, in their order. `pointers` say where in the body each item stands."""
    read = [_read(item, pointer) for item, pointer in zip(items, pointers, strict=True)]
    words = [each for each in read if isinstance(each, Acknowledgement)]
    assert caller.agency is not None, "the database keeps no agency's key without an agency"
    answers = iter(service.acknowledge.acknowledge(caller.agency, words, caller.actor))
    return [_result(next(answers)) if isinstance(each, Acknowledgement) else each for each in read]


def _read(item: Any, pointer: str) -> Acknowledgement | Problem:
    try:
        return Acknowledgement.model_validate_json(to_json(item))
    except ValidationError as refused:
        return input_refused(faults(refused.errors(include_url=False, include_input=False), pointer))


def _result(answered: Answered) -> dict[str, Any] | Problem:
    match answered.verdict:
        case Verdict.RECORDED:
            return {"notification": str(answered.notification), "state": answered.state}
        case Verdict.UNKNOWN:
            return Problem(Kind.NO_SUCH_NOTIFICATION)
        case Verdict.REFUSED:
            return Problem(Kind.ILLEGAL_MOVE, answered.reason and f"{answered.reason.capitalize()}.")


def _item(result: dict[str, Any] | Problem) -> dict[str, Any]:
    return result.document() if isinstance(result, Problem) else {"status": 200, **result}
