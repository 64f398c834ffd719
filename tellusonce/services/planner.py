"""Read a submission and say what follows from it; nothing is stored or sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tellusonce.domain.agency import Agency, Deadlines
from tellusonce.domain.directory import Directory
from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.planning import REFUSAL_TEXT, Declaration, Plan, plan
from tellusonce.domain.report import Submission
from tellusonce.domain.search import Sought
from tellusonce.domain.working_days import BankHolidays, uk_date, working_days_after
from tellusonce.life_events.validation import check_facts

# For a withdrawal to an agency that has no agreement any more, and still holds what it was told under the old one.
_WITHOUT_AGREEMENT = Deadlines(receipt_working_days=1, outcome_working_days=10)


@dataclass(frozen=True)
class Read:
    """A submission that holds: its facts in their canonical form, and the plan."""

    life_event: str
    facts: Mapping[str, Any]
    provisional: bool
    sought: frozenset[Sought]
    """What the report is found by."""
    retention_days: int
    """For how long its facts are kept once it is closed: as the longest of the agreements under which it is told."""
    forget_on: date
    """The first day on which that can be over."""
    plan: Plan


class Planner:
    """Reads and plans by the agreements in force. `now` gives the aware time."""

    def __init__(
        self,
        *,
        life_events: Mapping[str, LifeEvent],
        agencies: Mapping[str, Agency],
        holidays: BankHolidays,
        now: Callable[[], datetime],
        untold_retention_days: int,
    ) -> None:
        self._life_events = life_events
        self._agencies = agencies
        self._directory = Directory(agencies.values())
        self._benefits = frozenset(benefit for agency in agencies.values() for benefit in agency.benefits)
        self._holidays = holidays
        self._now = now
        self._untold_retention_days = untold_retention_days

    def read(self, submission: Submission) -> Read:
        """The facts and the plan. Raises InputRefused."""
        life_event = self._life_events.get(submission.life_event)
        if life_event is None:
            known = ", ".join(self._life_events)
            raise InputRefused([Fault("/life_event", f"This must be a life event that can be reported: {known}")])
        unknown = [*self._unknown_benefits(submission), *self._directory.unknown_councils(submission.councils)]
        try:
            facts = check_facts(life_event, submission.facts, self._today())
        except InputRefused as refused:
            raise InputRefused([*unknown, *refused.faults]) from None
        if unknown:
            raise InputRefused(unknown)
        declaration = Declaration(
            life_event.code,
            facts,
            frozenset(submission.benefits),
            submission.permission,
            submission.councils,
            life_event.place,
        )
        planned = plan(declaration, self._directory, self._today(), self._holidays)
        retention_days = self._retention_days(life_event.code, planned)
        return Read(
            life_event.code,
            facts,
            life_event.is_provisional(facts),
            life_event.sought(facts),
            retention_days,
            self._today() + timedelta(days=retention_days),
            planned,
        )

    def due_on(self, agency_code: str, life_event: str) -> tuple[date, date]:
        """By when the agency's receipt and outcome are due for what it is told today."""
        agency = self._agencies.get(agency_code)
        agreement = agency.agreements.get(life_event) if agency else None
        deadlines = agreement.deadlines if agreement else _WITHOUT_AGREEMENT
        closed = self._holidays[agency.division] if agency else frozenset()
        return (
            working_days_after(self._today(), deadlines.receipt_working_days, closed),
            working_days_after(self._today(), deadlines.outcome_working_days, closed),
        )

    def agency_name(self, code: str) -> str:
        """What people call the agency; its code where it is configured no more."""
        agency = self._agencies.get(code)
        return agency.name if agency else code

    def refusals(self, planned: Plan) -> list[dict[str, Any]]:
        """Who is not told and why, for an answer."""
        return [{**vars(refusal), "explanation": REFUSAL_TEXT[refusal.reason]} for refusal in planned.refusals]

    def _retention_days(self, life_event: str, planned: Plan) -> int:
        told = (self._agencies[each.agency].agreements[life_event] for each in planned.notifications)
        return max((agreement.retention_days for agreement in told), default=self._untold_retention_days)

    def _today(self) -> date:
        return uk_date(self._now())

    def _unknown_benefits(self, submission: Submission) -> list[Fault]:
        known = ", ".join(sorted(self._benefits))
        return [
            Fault(f"/benefits/{position}", f"This must be one that an agency holds: {known}")
            for position, benefit in enumerate(submission.benefits)
            if benefit not in self._benefits
        ]
