"""What the agreements say of one report: who is told what, and who is not told, and why."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from tellusonce.domain.agency import Agency
from tellusonce.domain.agreement import Agreement, ConsentRule, Standing
from tellusonce.domain.consent import Bar, Consents, Permit
from tellusonce.domain.directory import Directory
from tellusonce.domain.field import Facts, fact_at, present
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.search import Sought
from tellusonce.domain.working_days import BankHolidays, working_days_after


class RefusalReason(StrEnum):
    """Why an agency is not told."""

    NO_AGREEMENT = "no-agreement"
    AGREEMENT_NOT_BEGUN = "agreement-not-begun"
    AGREEMENT_ENDED = "agreement-ended"
    NO_PERMISSION = "no-permission"
    NO_EXPLICIT_CONSENT = "no-explicit-consent"
    FIELD_NEEDED = "field-needed"
    FIELD_NOT_PERMITTED = "field-not-permitted"
    COUNCIL_NOT_KNOWN = "council-not-known"


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
class LeftOut:
    """An agency is told, but not of these fields, which its agreement names and the report holds."""

    agency: str
    fields: tuple[str, ...]
    reason: Bar


@dataclass(frozen=True)
class Plan:
    """What follows from one report."""

    notifications: tuple[PlannedNotification, ...]
    refusals: tuple[Refusal, ...]
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class Declaration:
    """What a report says that planning turns on."""

    life_event: LifeEvent
    facts: Facts
    benefits: frozenset[str]
    consents: Consents = field(default_factory=Consents)
    councils: tuple[str, ...] = ()
    """Those that were named; where none is, the council is found by the place of the life event."""

    @property
    def provisional(self) -> bool:
        """Whether the facts rest on what is not final."""
        return self.life_event.is_provisional(self.facts)

    @property
    def sought(self) -> frozenset[Sought]:
        """What the report is found by."""
        return self.life_event.sought(self.facts)


def plan(declaration: Declaration, directory: Directory, accepted_on: date, holidays: BankHolidays) -> Plan:
    """A notification or a refusal for every agency concerned, those of no council first.

    Concerned is an agency that holds a declared benefit or is always told; a council's service is so only for the
    councils of the report. What is declared and could be of any council comes last, as a refusal.
    """
    held = frozenset(present(declaration.facts))
    councils = directory.councils(declaration.councils, _postcode(declaration))
    notifications: list[PlannedNotification] = []
    refusals: list[Refusal] = []
    left_out: list[LeftOut] = []
    provided: set[str] = set()
    for agency in directory.agencies(councils):
        if agency.service is not None:
            provided.add(agency.service.code)
        benefits = _declared(agency, declaration)
        if not (benefits or agency.always):
            continue
        decided = _decided(agency, benefits, declaration, held, accepted_on)
        if isinstance(decided, Refusal):
            refusals.append(decided)
            continue
        closed, deadlines = holidays[agency.division], decided.agreement.deadlines
        notifications.append(
            PlannedNotification(
                agency=agency.code,
                benefits=benefits,
                fields=decided.fields,
                gateway=decided.agreement.gateway.name,
                agreement_version=decided.agreement.version,
                receipt_due_on=working_days_after(accepted_on, deadlines.receipt_working_days, closed),
                outcome_due_on=working_days_after(accepted_on, deadlines.outcome_working_days, closed),
            )
        )
        left_out.extend(_left_out(agency.code, decided.barred))
    refusals.extend(
        Refusal(code, service.name, benefits, RefusalReason.COUNCIL_NOT_KNOWN)
        for code, (service, agency) in directory.services.items()
        if code not in provided and (benefits := _declared(agency, declaration))
    )
    return Plan(tuple(notifications), tuple(refusals), tuple(left_out))


@dataclass(frozen=True)
class _Allowed:
    agreement: Agreement
    fields: tuple[str, ...]
    barred: dict[str, Bar]


def _decided(
    agency: Agency, benefits: tuple[str, ...], declaration: Declaration, held: frozenset[str], today: date
) -> _Allowed | Refusal:
    def refusal(reason: RefusalReason, missing: Iterable[str] = ()) -> Refusal:
        return Refusal(agency.code, agency.name, benefits, reason, tuple(missing))

    agreement = agency.agreements.get(declaration.life_event.code)
    if agreement is None:
        return refusal(RefusalReason.NO_AGREEMENT)
    consents = declaration.consents.in_force(agency.code)
    permit = Permit(agreement, agency.code, consents, declaration.life_event.third_parties)
    if reason := _not_lawful(agreement, permit, today):
        return refusal(reason)
    known = [path for path in agreement.fields if path in held]
    barred = permit.bars(known)
    fields = tuple(path for path in known if path not in barred)
    if absent := [path for path in agreement.needs if path not in held]:
        return refusal(RefusalReason.FIELD_NEEDED, absent)
    kept_back = [path for path in agreement.needs if path in barred] if fields else list(barred)
    if kept_back:
        return refusal(RefusalReason.FIELD_NOT_PERMITTED, kept_back)
    if not fields:
        return refusal(RefusalReason.FIELD_NEEDED, agreement.fields)  # there is nothing to tell it
    return _Allowed(agreement, fields, barred)


def _not_lawful(agreement: Agreement, permit: Permit, today: date) -> RefusalReason | None:
    match agreement.standing(today):
        case Standing.NOT_BEGUN:
            return RefusalReason.AGREEMENT_NOT_BEGUN
        case Standing.ENDED:
            return RefusalReason.AGREEMENT_ENDED
    if permit.authorised:
        return None
    explicit = agreement.consent is ConsentRule.EXPLICIT_CONSENT
    return RefusalReason.NO_EXPLICIT_CONSENT if explicit else RefusalReason.NO_PERMISSION


def _left_out(agency: str, barred: dict[str, Bar]) -> Iterable[LeftOut]:
    by_reason: dict[tuple[Bar, str], list[str]] = {}
    for path, bar in barred.items():
        by_reason.setdefault((bar, path.partition(".")[0]), []).append(path)
    return [LeftOut(agency, tuple(paths), bar) for (bar, _), paths in by_reason.items()]


def _declared(agency: Agency, declaration: Declaration) -> tuple[str, ...]:
    return tuple(benefit for benefit in agency.benefits if benefit in declaration.benefits)


def _postcode(declaration: Declaration) -> str | None:
    place = declaration.life_event.place
    return fact_at(declaration.facts, place) if place else None
