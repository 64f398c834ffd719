"""Taking agencies' receipts and outcomes."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from pydantic_core import from_json

from tellusonce.domain.acknowledgement import Acknowledgement
from tellusonce.domain.faults import Fault
from tellusonce.life_events.validation import faults
from tellusonce.services.acknowledge import Answered, Verdict
from tellusonce.services.api_keys import Principal, Role
from tellusonce.web.access import Allow, GuardedRoute, TheService
from tellusonce.web.problems import Problem, answer, input_refused
from tellusonce.web.requests import Body

router = APIRouter(route_class=GuardedRoute, tags=["agencies"])
_agency = Allow(Role.AGENCY)


@router.post("/v1/agencies/{agency}/acknowledgements", openapi_extra={"requestBody": {"required": True}})
def acknowledge(
    agency: str, service: TheService, caller: Annotated[Principal, Depends(_agency)], body: Body
) -> JSONResponse:
    """Take one acknowledgement, or a list of them of which each is answered on its own.

    A repeated or late one is answered as the first was and changes nothing.
    """
    if caller.agency != agency:
        raise Problem(403, "not-allowed", "This key is another agency's.")
    match _parsed(body):
        case dict() as one:
            (result,) = _take(service, agency, [one])
            return JSONResponse(result) if isinstance(result, dict) else answer(result)
        case list() as many:
            limit = service.settings.acknowledgements_limit
            if len(many) > limit:
                raise Problem(413, "body-too-long", f"Send at most {limit} acknowledgements at once.")
            return JSONResponse([_item(result) for result in _take(service, agency, many)])
        case _:
            raise input_refused([Fault("", "This must be an acknowledgement, or a list of them")])


def _parsed(body: bytes) -> Any:
    try:
        return from_json(body)
    except ValueError:
        raise input_refused([Fault("", "This must be well-formed JSON")]) from None


def _take(service: TheService, agency: str, items: Sequence[Any]) -> list[dict[str, Any] | Problem]:
    """One result for each item, in their order."""
    read = [_read(item) for item in items]
    words = [each for each in read if isinstance(each, Acknowledgement)]
    answers = iter(service.acknowledge.acknowledge(agency, words))
    return [_result(next(answers)) if isinstance(each, Acknowledgement) else each for each in read]


def _read(item: Any) -> Acknowledgement | Problem:
    try:
        return Acknowledgement.model_validate(item, strict=False)
    except ValidationError as refused:
        return input_refused(faults(refused.errors(include_url=False, include_input=False)))


def _result(answered: Answered) -> dict[str, Any] | Problem:
    match answered.verdict:
        case Verdict.RECORDED:
            return {"notification": str(answered.notification), "state": answered.state}
        case Verdict.UNKNOWN:
            return Problem(404, "no-such-notification", "This agency has no notification with this id.")
        case Verdict.REFUSED:
            return Problem(409, "illegal-move", (answered.reason or "").capitalize() + ".")


def _item(result: dict[str, Any] | Problem) -> dict[str, Any]:
    return result.document() if isinstance(result, Problem) else {"status": 200, **result}
