"""A report's page: who was told, where each agency stands, and what a registrar can do next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from tellusonce.domain.language import Language
from tellusonce.domain.notification import NotificationKind, State
from tellusonce.domain.planning import RefusalReason
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.services.benefit_names import benefit_name
from tellusonce.services.drafts import Corrected, TooManyDrafts
from tellusonce.services.reference import read_reference
from tellusonce.services.wording import REFUSAL_TEXT, facts_named, said
from tellusonce.web.access import PageRoute, TheService
from tellusonce.web.pages.forms import TheForm
from tellusonce.web.pages.languages import language_of, to_translate
from tellusonce.web.pages.page import page, redirect
from tellusonce.web.pages.registrar.people import START, TheRegistrar, owner_of
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute)
_REPORT = START + "/reports/{reference}"

STANDINGS: Mapping[State, tuple[str, str]] = {
    State.QUEUED: (to_translate("On its way"), "govuk-tag--blue"),
    State.WAITING: (to_translate("Waits for the one before"), "govuk-tag--grey"),
    State.DELIVERED: (to_translate("Delivered"), "govuk-tag--light-blue"),
    State.RECEIVED: (to_translate("Received"), "govuk-tag--turquoise"),
    State.ACTIONED: (to_translate("Acted on"), "govuk-tag--green"),
    State.NOT_HELD: (to_translate("No record held"), "govuk-tag--green"),
    State.QUERIED: (to_translate("Asks a question"), "govuk-tag--yellow"),
    State.REJECTED: (to_translate("Rejected"), "govuk-tag--red"),
    State.PARKED: (to_translate("Could not be delivered"), "govuk-tag--red"),
    State.REVERSED: (to_translate("Reversed"), "govuk-tag--green"),
    State.SUPERSEDED: (to_translate("Replaced before it was sent"), "govuk-tag--grey"),
}
"""What each state is called, and the colour of its tag."""


@dataclass(frozen=True)
class Told:
    """An agency that is told, as the latest notification to it stands."""

    name: str
    fields: str
    gateway: str
    kind: NotificationKind
    state: State
    changed_at: datetime | None
    outcome_due_on: date


@dataclass(frozen=True)
class NotTold:
    """An agency that is not told, and what the family can do."""

    name: str
    explanation: str


@dataclass(frozen=True)
class Disclosures:
    """Who is told of a report and who is not. No fact is in it."""

    report: Mapping[str, Any]
    told: tuple[Told, ...]
    not_told: tuple[NotTold, ...]


def disclosures(service: TheService, reference: str, district: str | None, language: Language) -> Disclosures:
    """Of a report of this district. Raises Problem 404."""
    report = service.reading.report(reference, district)
    if report is None:
        raise Problem(Kind.NO_SUCH_REPORT)
    kind = LIFE_EVENTS[report["life_event"]]
    latest = {each["agency"]: each for each in report["notifications"]}
    told = tuple(
        Told(
            name=service.planner.agency_name(agency),
            fields=facts_named(kind, each["fields"], language),
            gateway=each["gateway"],
            kind=NotificationKind(each["kind"]),
            state=State(each["state"]),
            changed_at=each["closed_at"] or each["received_at"] or each["delivered_at"],
            outcome_due_on=each["outcome_due_on"],
        )
        for agency, each in latest.items()
    )
    return Disclosures(report, told, _not_told(service, reference, language))


def _not_told(service: TheService, reference: str, language: Language) -> tuple[NotTold, ...]:
    """As the latest version's entry in the trail has it."""
    decided = [each["detail"]["refusals"] for each in service.reading.trail(reference) if "refusals" in each["detail"]]
    return tuple(
        NotTold(_name(service, each["agency"]), said(REFUSAL_TEXT[RefusalReason(each["reason"])], language))
        for each in (decided[-1] if decided else ())
    )


def _name(service: TheService, code: str) -> str:
    """Of an agency, or of a council's service where the council is not known."""
    name = service.planner.agency_name(code)
    return benefit_name(code) if name == code else name


@router.get(_REPORT)
def show(
    request: Request,
    service: TheService,
    principal: TheRegistrar,
    reference: str,
    changed: Annotated[str, Query(max_length=3)] = "",
) -> Response:
    """Where each agency stands; and, after a withdrawal could not be confirmed, that the report was changed."""
    owner = owner_of(principal)
    found = disclosures(service, read_reference(reference), owner.district, language_of(request))
    report = found.report
    return page(
        request,
        "registrar/report.html",
        report=report,
        disclosures=found,
        standings=STANDINGS,
        withdrawn=report["versions"][-1]["kind"] == NotificationKind.WITHDRAWAL,
        asked=service.registrar.withdrawal_requests.of_report(report["reference"], owner.district),
        actor=owner.actor,
        changed=bool(changed),
        hours=service.settings.withdrawal_left_over_hours,
    )


@router.post(_REPORT + "/correct")
def correct(request: Request, service: TheService, principal: TheRegistrar, reference: str, _: TheForm) -> Response:
    """A draft with what the report says; its trail says that it was read for that."""
    owner, registrar = owner_of(principal), service.registrar
    found = read_reference(reference)
    read = registrar.district_reports.read(found, owner.district, actor=owner.actor, purpose="correction")
    if read.withdrawn:
        raise Problem(Kind.REPORT_WITHDRAWN)
    pages = registrar.report_form.restated(read.restated)
    corrected = Corrected(found, read.version)
    try:
        draft = registrar.drafts.begin(
            owner, registrar.report_form.form.life_event, pages, corrected, read.restated.consents
        )
    except TooManyDrafts:
        return page(request, "registrar/too_many_drafts.html", status_code=409)
    return redirect(f"{START}/drafts/{draft.id}/reason")
