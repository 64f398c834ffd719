"""What the agreements say of one report: who is told what, and who is not told, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tellusonce.domain.agency import Agency, Agreement, ConsentRule
from tellusonce.domain.directory import Directory
from tellusonce.domain.field import Facts, fact_at, present
from tellusonce.domain.working_days import BankHolidays, working_days_after


class RefusalReason(StrEnum):
    """Why an agency is not told."""

    NO_AGREEMENT = "no-agreement"
    NO_PERMISSION = "no-permission"
    FIELD_NEEDED = "field-needed"
    COUNCIL_NOT_KNOWN = "council-not-known"


REFUSAL_TEXT: Mapping[RefusalReason, str] = {
    RefusalReason.NO_AGREEMENT: "No law or agreement allows this agency to be told of this life event. "
    "The family can tell it themselves.",
    RefusalReason.NO_PERMISSION: "This agency may be told only with the informant's permission, which was not given. "
    "The family can tell it themselves.",
    RefusalReason.FIELD_NEEDED: "This agency cannot find the person without a fact that the report does not hold. "
    "Add it by a correction, or the family can tell the agency themselves.",
    RefusalReason.COUNCIL_NOT_KNOWN: "It is not known which council provides this: none that does was named, and the "
    "address does not tell. Name the council by a correction, or the family can tell it themselves.",
}


@dataclass(frozen=True)
class PlannedNotification:
    """One agency is to be told these fields, under this gateway."""

    agency: str
    benefits: tuple[str, ...]
    fields: tuple[str, ...]
    gateway: str
    agreement_version: str
    receipt_due_on: date
    outcome_due_on: date


@dataclass(frozen=True)
class Refusal:
    """One agency is concerned but is not told."""

    agency: str
    """Its code; where the council is not known, the service's, as `council-tax`."""
    agency_name: str
    benefits: tuple[str, ...]
    reason: RefusalReason
    missing_fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What follows from one report."""

    notifications: tuple[PlannedNotification, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True)
class Declaration:
    """What a report says that planning turns on."""

    life_event: str
    facts: Facts
    benefits: frozenset[str]
    permission: bool
    """Whether the informant permits telling agencies that need permission."""
    councils: tuple[str, ...] = ()
    """Those that were named."""
    place: str | None = None
    """The field by whose postcode the council is found where none was named."""


def plan(declaration: Declaration, directory: Directory, accepted_on: date, holidays: BankHolidays) -> Plan:
    """A notification or a refusal for every agency concerned, those of no council first.

    Concerned is an agency that holds a declared benefit or is always told; a council's service is so only for the
    councils of the report. What is declared and could be of any council comes last, as a refusal.
    """
    held = frozenset(present(declaration.facts))
    councils = directory.councils(declaration.councils, _postcode(declaration))
    notifications: list[PlannedNotification] = []
    refusals: list[Refusal] = []
    provided: set[str] = set()
    for agency in directory.agencies(councils):
        if agency.service is not None:
            provided.add(agency.service.code)
        benefits = _declared(agency, declaration)
        if not (benefits or agency.always):
            continue
        agreement = agency.agreements.get(declaration.life_event)
        refusal = _refusal(agency, benefits, agreement, held, declaration.permission)
        if refusal is not None:
            refusals.append(refusal)
        elif agreement is not None:
            closed = holidays[agency.division]
            notifications.append(
                PlannedNotification(
                    agency=agency.code,
                    benefits=benefits,
                    fields=tuple(path for path in agreement.fields if path in held),
                    gateway=agreement.gateway.name,
                    agreement_version=agreement.version,
                    receipt_due_on=working_days_after(accepted_on, agreement.deadlines.receipt_working_days, closed),
                    outcome_due_on=working_days_after(accepted_on, agreement.deadlines.outcome_working_days, closed),
                )
            )
    refusals.extend(
        Refusal(code, service.name, benefits, RefusalReason.COUNCIL_NOT_KNOWN)
        for code, (service, agency) in directory.services.items()
        if code not in provided and (benefits := _declared(agency, declaration))
    )
    return Plan(tuple(notifications), tuple(refusals))


def _declared(agency: Agency, declaration: Declaration) -> tuple[str, ...]:
    return tuple(benefit for benefit in agency.benefits if benefit in declaration.benefits)


def _postcode(declaration: Declaration) -> str | None:
    return fact_at(declaration.facts, declaration.place) if declaration.place else None


def _refusal(
    agency: Agency, benefits: tuple[str, ...], agreement: Agreement | None, held: frozenset[str], permission: bool
) -> Refusal | None:
    if agreement is None:
        return Refusal(agency.code, agency.name, benefits, RefusalReason.NO_AGREEMENT)
    if agreement.consent is ConsentRule.PERMISSION_OF_INFORMANT and not permission:
        return Refusal(agency.code, agency.name, benefits, RefusalReason.NO_PERMISSION)
    missing = tuple(path for path in agreement.needs if path not in held)
    if not missing and held.isdisjoint(agreement.fields):
        missing = agreement.fields  # there is nothing to tell it
    if missing:
        return Refusal(agency.code, agency.name, benefits, RefusalReason.FIELD_NEEDED, missing)
    return None
