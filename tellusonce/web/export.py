"""Everything held on a report's people, for who answers their requests for it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Response

from tellusonce.domain.export import Export
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.reference import read_reference
from tellusonce.web.access import Allow, GuardedRoute, TheService
from tellusonce.web.problem_responses import Responses, problem_responses
from tellusonce.web.problems import Kind, Problem
from tellusonce.web.reports import ReferencePath

router = APIRouter(route_class=GuardedRoute, tags=["data protection"])
_JSON, _PDF = "application/json", "application/pdf"
_OFFERED = {_JSON: _JSON, _PDF: _PDF, "application/*": _JSON, "*/*": _JSON}
_FILE: Responses = {200: {"content": {_PDF: {"schema": {"type": "string", "format": "binary"}}}}}
_For = Annotated[
    str | None,
    Query(
        alias="for",
        max_length=63,
        description="The person who asks, such as `informant`: what is held on others is left out, and said to be.",
        examples=["informant"],
    ),
]
_Accept = Annotated[str, Header(include_in_schema=False)]


@router.get(
    "/v1/reports/{reference}/export",
    summary="Export everything held on a report's people",
    response_model=Export,
    response_description="As JSON or, by the Accept header, as an accessible PDF.",
    responses=_FILE | problem_responses(Kind.NO_SUCH_REPORT, Kind.NOT_ACCEPTABLE, Kind.INPUT_REFUSED),
)
def export_report(
    reference: ReferencePath,
    service: TheService,
    caller: Annotated[Principal, Depends(Allow(Role.DATA_PROTECTION))],
    made_for: _For = None,
    accept: _Accept = "*/*",
) -> Any:
    """Facts, notifications, attempts, acknowledgements, follow-ups and the trail, in which each export is an entry."""
    media_type = _chosen(accept)
    export = service.export_report.export(
        read_reference(reference), actor=caller.actor, made_for=made_for, file_format=media_type.partition("/")[2]
    )
    name = f"{export.reference}.{media_type.partition('/')[2]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Vary": "Accept"}
    body = service.export_pdf.render(export) if media_type == _PDF else export.model_dump_json().encode()
    return Response(body, media_type=media_type, headers=headers)


def _chosen(accept: str) -> str:
    """The media type that the caller would rather have (RFC 9110 §12.5.1). Raises Problem 406."""
    wanted: list[tuple[float, str]] = []
    for entry in accept.split(","):
        media_range, *parameters = (part.strip().lower() for part in entry.split(";"))
        if media_range in _OFFERED:
            wanted.append((_weight(parameters), _OFFERED[media_range]))
    weight, media_type = max(wanted, key=lambda each: each[0], default=(0.0, ""))
    if weight <= 0:
        raise Problem(Kind.NOT_ACCEPTABLE)
    return media_type


def _weight(parameters: list[str]) -> float:
    given = next((each.removeprefix("q=") for each in parameters if each.startswith("q=")), "1")
    try:
        return float(given)
    except ValueError:
        return 0.0
