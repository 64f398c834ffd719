"""See to follow-ups: each act of a person is a compare-and-swap, noted and in the trail in one transaction."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.domain.follow_up_moves import (
    Act,
    Change,
    FollowUp,
    HandOver,
    IllegalFollowUpMove,
    NoQuestion,
    Snooze,
)
from tellusonce.domain.working_days import uk_date

_TRIES = 10  # against others who change the same one, each of whom got further


class NoSuchFollowUp(Exception):
    """There is no follow-up with this id."""

    def __init__(self) -> None:
        super().__init__("There is no follow-up with this id.")


class FollowUpChanged(Exception):
    """Somebody else changed the follow-up since it was looked at."""

    def __init__(self) -> None:
        super().__init__("somebody else changed the follow-up meanwhile: look at it again")


class AnotherIsOpen(Exception):
    """What is to be opened again was opened anew meanwhile."""

    def __init__(self) -> None:
        super().__init__("another follow-up of its kind is open for the same notification")


NOT_DONE = (IllegalFollowUpMove, NoQuestion, NoSuchFollowUp, FollowUpChanged, AnotherIsOpen)
"""Why an act cannot be done now. The text of each says it and holds no fact."""


@dataclass(frozen=True)
class Done:
    """What came of one act of many."""

    id: UUID
    refused: str | None
    """Why it was not done; None where it was."""


class FollowUpStore(Protocol):
    """Where follow-ups are kept."""

    def find(self, follow_ups: Sequence[UUID]) -> dict[UUID, FollowUp]:
        """Those that there are of these."""

    def owned_by(self, owner: str, limit: int) -> list[FollowUp]:
        """Up to `limit` that are not closed and are this person's."""

    def change(self, changes: Sequence[Change], actor: str) -> frozenset[UUID]:
        """Write those that still stand as they did, with their notes and trail; gives their ids. Raises AnotherIsOpen.

        All of it is one transaction.
        """


class FollowUps:
    """The use case. `now` gives the aware time; nothing is snoozed for longer than `snooze_limit_days`."""

    def __init__(self, store: FollowUpStore, now: Callable[[], datetime], snooze_limit_days: int, limit: int) -> None:
        self._store = store
        self._now = now
        self._snooze_limit_days = snooze_limit_days
        self._limit = limit

    def act(
        self, follow_up: UUID, act: Act, actor: str, *, version: int | None = None, dry_run: bool = False
    ) -> FollowUp:
        """Do this with a follow-up, at this version where one is given; gives how it stands afterwards.

        Raises InputRefused and those in NOT_DONE.
        """
        today = uk_date(self._now())
        self._check(act, today)
        for _ in range(_TRIES):
            standing = self._store.find([follow_up]).get(follow_up)
            if standing is None:
                raise NoSuchFollowUp
            if version is not None and standing.version != version:
                raise FollowUpChanged
            move = act.on(standing, today)
            if dry_run or self._store.change([move], actor):
                return move.after
        raise FollowUpChanged

    def act_on_each(self, follow_ups: Sequence[UUID], act: Act, actor: str, *, dry_run: bool = False) -> list[Done]:
        """Do the same with each of these, in a transaction of its own; gives what came of each. Raises InputRefused."""
        return [self._done(each, act, actor, dry_run) for each in follow_ups]

    def hand_over(self, owner: str, act: HandOver, actor: str, *, dry_run: bool = False) -> int:
        """Give all that is one person's to another, as for a holiday; gives how many follow-ups that is.

        A dry run counts no more than the first `limit`. Raises InputRefused.
        """
        if act.owner == owner:
            raise InputRefused([Fault("/owner", "This must be somebody else.")])
        today, given = uk_date(self._now()), set[UUID]()
        for _ in range(_TRIES):
            while owned := self._owned(owner, given):
                if dry_run:
                    return len(owned)
                written = self._store.change([act.on(each, today) for each in owned], actor)
                given |= written
                if not written:
                    break
            else:
                return len(given)
        raise FollowUpChanged

    def _owned(self, owner: str, given: Set[UUID]) -> list[FollowUp]:
        """Those still to be given. What comes back meanwhile was given back, and would go to and fro without end."""
        found = self._store.owned_by(owner, self._limit + len(given))
        return [each for each in found if each.id not in given][: self._limit]

    def _done(self, follow_up: UUID, act: Act, actor: str, dry_run: bool) -> Done:
        try:
            self.act(follow_up, act, actor, dry_run=dry_run)
        except NOT_DONE as refused:
            return Done(follow_up, str(refused))
        return Done(follow_up, None)

    def _check(self, act: Act, today: date) -> None:
        if not isinstance(act, Snooze):
            return
        last = today + timedelta(days=self._snooze_limit_days)
        if not today < act.until <= last:
            raise InputRefused([Fault("/until", f"This must be a day after today and no later than {last:%-d %B %Y}.")])
