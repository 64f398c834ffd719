"""Take further what stays open: wake what was snoozed, and climb the ladders, each step once whatever runs twice."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Protocol

from tellusonce.domain.agency import Agency
from tellusonce.domain.escalation import Escalation, look_again_on, step_taken
from tellusonce.domain.follow_up_moves import Change, FollowUp, FollowUpEvent, changed
from tellusonce.domain.working_days import BankHolidays, Division, uk_date


class EscalationStore(Protocol):
    """Where follow-ups are kept."""

    def wake(self, today: date, limit: int, move: Callable[[FollowUp], Change]) -> int:
        """Make this move with up to `limit` that were snoozed to a day not after `today`; gives how many."""

    def climb(self, today: date, limit: int, decide: Callable[[FollowUp], Change | date | None]) -> int:
        """Look at up to `limit` whose next step may be due; gives how many that were.

        `decide` gives the move, or the day on which to look again, or None where there is no step left. A move that
        reminds the agency sends its notification again, in the same transaction.
        """


class Escalate:
    """The use case; harmless when run twice or by many at once."""

    def __init__(
        self,
        store: EscalationStore,
        escalation: Escalation,
        agencies: Mapping[str, Agency],
        holidays: BankHolidays,
        now: Callable[[], datetime],
        limit: int,
    ) -> None:
        self._store = store
        self._escalation = escalation
        self._agencies = agencies
        self._holidays = holidays
        self._now = now
        self._limit = limit

    def run(self) -> None:
        """Do what is due now, in bounded batches."""
        today = uk_date(self._now())
        while self._store.wake(today, self._limit, lambda snoozed: _woken(snoozed, today)):
            pass
        while self._store.climb(today, self._limit, lambda follow_up: self._decide(follow_up, today)):
            pass

    def _decide(self, follow_up: FollowUp, today: date) -> Change | date | None:
        rungs = self._escalation.rungs(follow_up.kind)
        holidays = self._holidays[self._division(follow_up)]
        step_on = look_again_on(follow_up, rungs, holidays)
        if step_on is None or step_on > today:
            return step_on
        return step_taken(follow_up, rungs, today, holidays)

    def _division(self, follow_up: FollowUp) -> Division:
        agency = self._agencies.get(follow_up.agency or "")
        return agency.division if agency else Division.ENGLAND_AND_WALES


def _woken(snoozed: FollowUp, today: date) -> Change:
    return changed(snoozed, FollowUpEvent.WOKEN, snoozed_until=None, next_step_on=today)
