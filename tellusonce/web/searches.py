"""Finding reports by exact facts, which come in a body and never in an address."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from tellusonce.domain.faults import Fault
from tellusonce.life_events.validation import read_as
from tellusonce.services.api_keys import Principal
from tellusonce.services.find_reports import Search
from tellusonce.web.access import GuardedRoute, TheService
from tellusonce.web.bodies import BODY_PROBLEMS, Body
from tellusonce.web.cursors import next_link, read_cursor
from tellusonce.web.documents import FoundReports
from tellusonce.web.problem_responses import Responses, problem_responses
from tellusonce.web.problems import Kind
from tellusonce.web.reports import readable_district, reader

router = APIRouter(route_class=GuardedRoute, tags=["reports"])
_PATH = "/v1/reports/searches"
_LIMIT = 200
_LINK: Responses = {
    200: {
        "headers": {
            "Link": {"description": "The next page (RFC 8288): post the same to it.", "schema": {"type": "string"}}
        }
    }
}
_A_FAULT = Fault("/date_of_birth", "This must be a real date as YYYY-MM-DD")


@router.post(
    _PATH,
    summary="Find reports",
    response_model=FoundReports,
    response_description="A page of references, in the order of registration.",
    responses=problem_responses(
        Kind.NOT_POSSIBLE,
        *BODY_PROBLEMS,
        fault=_A_FAULT,
    )
    | _LINK,
)
def find_reports(
    service: TheService,
    response: Response,
    caller: Annotated[Principal, Depends(reader)],
    body: Body,
    limit: Annotated[int, Query(description="At most so many.", ge=1, le=_LIMIT)] = 50,
    cursor: Annotated[str | None, Query(description="From a `next` link.", max_length=200)] = None,
) -> dict[str, Any]:
    """Those whose latest version has all that is asked for, exactly. Nothing is changed; registrars find their own.

    Facts stand encrypted: only what is searched by here can be, and never in part. Reports whose facts were destroyed
    are not found.
    """
    place = read_cursor(cursor)
    found = service.keeping.find_reports.find(
        read_as(Search, body),
        district=readable_district(caller),
        after=place and place[1],
        limit=limit + 1,
    )
    page = found[:limit]
    if len(found) > limit:
        response.headers["Link"] = next_link(_PATH, {"limit": limit}, "", page[-1].id)
    return {"reports": [{"reference": each.reference} for each in page]}
