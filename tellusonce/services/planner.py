"""Read a submission and say what follows from it; nothing is stored or sent."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tellusonce.domain.agency import Agency, agency_name
from tellusonce.domain.agreement import Deadlines
from tellusonce.domain.consent import Capacity, Consent, Consents, Giver, Recording
from tellusonce.domain.directory import Directory
from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.planning import Declaration, Plan, plan
from tellusonce.domain.report import Submission
from tellusonce.domain.working_days import BankHolidays, uk_date, working_days_after
from tellusonce.life_events.validation import check_facts

# For a withdrawal to an agency that has no agreement any more, and still holds what it was told under the old one.
_WITHOUT_AGREEMENT = Deadlines(receipt_working_days=1, outcome_working_days=10)


@dataclass(frozen=True)
class Keeping:
    """How long a report's facts are kept."""

    retention_days: int
    """From when it is closed: as the longest of the agreements under which it is told."""
    forget_on: date
    """The first day on which that can be over."""


class Planner:
    """Reads and plans by the agreements in force, each report as of one moment. `now` gives the aware time."""

    def __init__(
        self,
        *,
        life_events: Mapping[str, LifeEvent],
        agencies: Mapping[str, Agency],
        holidays: BankHolidays,
        now: Callable[[], datetime],
        untold_retention_days: int,
    ) -> None:
        self.agencies = agencies
        self._life_events = life_events
        self._directory = Directory(agencies.values())
        self._benefits = frozenset(benefit for agency in agencies.values() for benefit in agency.benefits)
        self._holidays = holidays
        self.now = now
        self._untold_retention_days = untold_retention_days

    def read(self, submission: Submission, now: datetime) -> Declaration:
        """What the submission declares, its facts in their canonical form. Raises InputRefused."""
        life_event = self._life_events.get(submission.life_event)
        if life_event is None:
            known = ", ".join(self._life_events)
            raise InputRefused([Fault("/life_event", f"This must be a life event that can be reported: {known}")])
        unknown = [
            *self._unknown_benefits(submission),
            *self._directory.unknown_councils(submission.councils),
            *self._wrong_consents(submission, life_event, now),
        ]
        try:
            facts = check_facts(life_event, submission.facts, uk_date(now))
        except InputRefused as refused:
            raise InputRefused([*unknown, *refused.faults]) from None
        if unknown:
            raise InputRefused(unknown)
        consents = Consents(tuple(_consents(submission, now)))
        return Declaration(life_event, facts, frozenset(submission.benefits), consents, submission.councils)

    def plan(self, declaration: Declaration, now: datetime) -> Plan:
        """What the agreements in force by now say of it."""
        return plan(declaration, self._directory, uk_date(now), self._holidays)

    def keeping(self, life_event: str, planned: Plan, now: datetime) -> Keeping:
        """How long the facts are kept of a report with this plan."""
        told = (self.agencies[each.agency].agreements[life_event] for each in planned.notifications)
        days = max((agreement.retention_days for agreement in told), default=self._untold_retention_days)
        return Keeping(days, uk_date(now) + timedelta(days=days))

    def due_on(self, agency_code: str, life_event: str, now: datetime) -> tuple[date, date]:
        """By when the agency's receipt and outcome are due for what it is told now."""
        agency = self.agencies.get(agency_code)
        agreement = agency.agreements.get(life_event) if agency else None
        deadlines = agreement.deadlines if agreement else _WITHOUT_AGREEMENT
        closed = self._holidays[agency.division] if agency else frozenset()
        today = uk_date(now)
        return (
            working_days_after(today, deadlines.receipt_working_days, closed),
            working_days_after(today, deadlines.outcome_working_days, closed),
        )

    def agency_name(self, code: str) -> str:
        """What people call the agency; its code where it is configured no more."""
        return agency_name(self.agencies, code)

    def _unknown_benefits(self, submission: Submission) -> list[Fault]:
        known = ", ".join(sorted(self._benefits))
        return [
            Fault(f"/benefits/{position}", f"This must be one that an agency holds: {known}")
            for position, benefit in enumerate(submission.benefits)
            if benefit not in self._benefits
        ]

    def _wrong_consents(self, submission: Submission, life_event: LifeEvent, now: datetime) -> Iterator[Fault]:
        in_full = [consent.given_by for consent in submission.consents if consent.authorises]
        if submission.permission and Giver.INFORMANT in in_full:
            yield Fault("/permission", "This must be left out where the informant's consent is given in full")
        for place, consent in enumerate(submission.consents):
            at = f"/consents/{place}"
            if consent.given_at > now:
                yield Fault(f"{at}/given_at", "This must not be after now")
            yield from _unknown(f"{at}/agencies", consent.agencies, self.agencies, "an agency's code")
            yield from _unknown(f"{at}/fields", consent.fields, life_event.fields, "a field of the life event")


def _unknown(at: str, names: Iterable[str] | None, known: Mapping[str, Any], what: str) -> Iterator[Fault]:
    for place, name in enumerate(names or ()):
        if name not in known:
            yield Fault(f"{at}/{place}", f"This must be {what}")


def _consents(submission: Submission, now: datetime) -> Iterator[Consent]:
    if submission.permission:
        yield Consent(
            given_by=Giver.INFORMANT, capacity=Capacity.INFORMANT, given_at=now, recorded=Recording.WITH_REPORT
        )
    yield from submission.consents
