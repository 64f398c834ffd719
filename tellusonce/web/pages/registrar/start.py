"""Where registrars begin: their drafts, what waits for a second person, and the latest reports of their district."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.page import page
from tellusonce.web.pages.registrar.drafts import person_of
from tellusonce.web.pages.registrar.people import START, TheRegistrar, owner_of

router = APIRouter(route_class=PageRoute)
_REPORTS = 20
_DRAFTS = 20
_REQUESTS = 20


@router.get(START)
def start(
    request: Request,
    service: TheService,
    principal: TheRegistrar,
    drafts_before: Annotated[UUID | None, Query()] = None,
    reports_before: Annotated[UUID | None, Query()] = None,
) -> Response:
    """The newest of each first, a page at a time."""
    owner, registrar = owner_of(principal), service.registrar
    drafts = registrar.drafts.unsent(owner, drafts_before, limit=_DRAFTS + 1)
    reports = registrar.district_reports.recent(owner.district, reports_before, limit=_REPORTS + 1)
    return page(
        request,
        "registrar/start.html",
        drafts=[(draft, person_of(draft)) for draft in drafts[:_DRAFTS]],
        older_drafts=drafts[_DRAFTS - 1].id if len(drafts) > _DRAFTS else None,
        reports=reports[:_REPORTS],
        older_reports=reports[_REPORTS - 1].id if len(reports) > _REPORTS else None,
        requests=registrar.withdrawal_requests.open(owner.district, _REQUESTS),
        actor=owner.actor,
        days=service.settings.draft_days,
    )
