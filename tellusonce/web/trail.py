"""A report's trail, and what proves it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.reference import read_reference
from tellusonce.services.trail_receipts import NothingCovered
from tellusonce.services.versions import NoSuchReport
from tellusonce.web.access import Allow, GuardedRoute, TheService
from tellusonce.web.cursors import PAGED, next_link, read_cursor
from tellusonce.web.documents import Trail
from tellusonce.web.problem_responses import Responses, problem_responses
from tellusonce.web.problems import Kind, Problem
from tellusonce.web.reports import ReferencePath, own_report, reader

router = APIRouter(route_class=GuardedRoute, tags=["reports"])
_LIMIT = 1_000
_LAST_ID = 2**63 - 1
_ORDERED_BY_ID_ALONE = UUID(int=0)
_RECEIPT: Responses = {
    200: {"content": {"application/json": {"schema": {"type": "object", "description": "Kept to the byte."}}}}
}
_reader = Allow(*reader.roles, Role.DATA_PROTECTION)
_holder = Allow(*_reader.roles, Role.AGENCY)


@router.get(
    "/v1/reports/{reference}/trail",
    summary="Show a report's trail",
    response_description="A page of the trail, oldest first.",
    response_model=Trail,
    responses=PAGED | problem_responses(Kind.NOT_POSSIBLE, Kind.NO_SUCH_REPORT),
)
def show_trail(
    reference: ReferencePath,
    service: TheService,
    response: Response,
    caller: Annotated[Principal, Depends(_reader)],
    limit: Annotated[int, Query(description="At most so many entries.", ge=1, le=_LIMIT)] = 200,
    cursor: Annotated[str | None, Query(description="From a `next` link.", max_length=200)] = None,
) -> dict[str, Any]:
    """Who was told which fields of the report under which gateway, and all that was said since."""
    found = own_report(reference, service, caller)["reference"]
    entries = service.reading.trail(found, after=_entry(cursor), limit=limit + 1)
    page = entries[:limit]
    if len(entries) > limit:
        path = f"/v1/reports/{found}/trail"
        response.headers["Link"] = next_link(path, {"limit": limit}, page[-1]["id"], _ORDERED_BY_ID_ALONE)
    return {"reference": found, "trail": page}


def _entry(cursor: str | None) -> int:
    place = read_cursor(cursor)
    try:
        return min(int(place[0]), _LAST_ID) if place else 0
    except ValueError:
        raise Problem(Kind.NOT_POSSIBLE) from None


@router.get(
    "/v1/reports/{reference}/trail/receipt",
    summary="Get a receipt of a report's trail",
    response_description="The receipt, to be kept to the byte.",
    response_class=Response,
    responses=_RECEIPT | problem_responses(Kind.NO_SUCH_REPORT, Kind.NOT_SEALED_YET),
)
def get_trail_receipt(
    reference: ReferencePath, service: TheService, caller: Annotated[Principal, Depends(_holder)]
) -> Response:
    """Proves what the trail says to whoever has the public key, by `tellusonce trail verify --receipt` and no server.

    It goes as far as signed checkpoints do, which are made every few minutes. An agency's shows its own entries, and of
    all others the hashes alone.
    """
    try:
        if caller.role is Role.AGENCY:
            receipt = service.trail.receipts.receipt(read_reference(reference), caller.agency)
        else:
            receipt = service.trail.receipts.receipt(own_report(reference, service, caller)["reference"])
    except NothingCovered:
        seconds = round(service.settings.checkpoint_seconds) + 1
        raise Problem(Kind.NOT_SEALED_YET, headers={"Retry-After": str(seconds)}) from None
    if receipt is None:
        raise NoSuchReport
    return Response(receipt, media_type="application/json")
