"""What one agency was sent, with its facts: for supervisors alone, for a purpose, and the trail says so."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from tellusonce.bootstrap import Service
from tellusonce.domain.trail import ReadingPurpose
from tellusonce.persistence.sent_facts import SentFacts
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.reference import read_reference
from tellusonce.web.access import PageRoute, SignedIn, TheService
from tellusonce.web.pages.board import agency_name
from tellusonce.web.pages.facts import field_label, labelled_facts
from tellusonce.web.pages.forms import TheForm
from tellusonce.web.pages.page import page
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
Supervisor = Annotated[Principal, Depends(SignedIn(Role.SUPERVISOR))]
_SENT = "/reports/{reference}/sent/{notification}"


@router.get(_SENT)
def sent(
    request: Request, service: TheService, _supervisor: Supervisor, reference: str, notification: UUID
) -> Response:
    """Which fields it had, and the question for what their facts are to be read."""
    return _shown(request, service, reference, _found(service, reference, notification))


@router.post(_SENT)
def read(
    request: Request, service: TheService, supervisor: Supervisor, reference: str, notification: UUID, form: TheForm
) -> Response:
    """The facts. The page is the answer to the form, so that no address leads to them, and each reading is written."""
    found = _found(service, reference, notification)
    try:
        purpose = ReadingPurpose(form.text("purpose"))
    except ValueError:
        errors = {"purpose": "Choose what you need the facts for"}
        return _shown(request, service, reference, found, errors=errors)
    given = service.following_up.sent_facts.read(found, actor=supervisor.actor, purpose=purpose)
    return _shown(request, service, reference, given, purpose=purpose)


def _found(service: Service, reference: str, notification: UUID) -> SentFacts:
    found = service.following_up.sent_facts.about(read_reference(reference), notification)
    if found is None:
        raise Problem(Kind.NOT_FOUND)
    return found


def _shown(
    request: Request,
    service: Service,
    reference: str,
    found: SentFacts,
    *,
    purpose: ReadingPurpose | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    about = found.about
    life_event = about["life_event"]
    return page(
        request,
        "board/sent.html",
        status_code=422 if errors else 200,
        reference=read_reference(reference),
        about=about,
        agency_name=agency_name(service, about["agency"]),
        labels=[field_label(life_event, path) for path in about["fields"]],
        facts=None if found.facts is None else list(labelled_facts(life_event, found.facts)),
        purposes=[each.value for each in ReadingPurpose],
        purpose=purpose.value if purpose else None,
        errors=errors or {},
    )
