"""Deliver what is due for one agency: claim, render, send many at once, record, until nothing is due."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, TypeVar
from uuid import UUID

from tellusonce.domain.acknowledgement import FOLLOW_UP_OUTCOMES, Acknowledgement
from tellusonce.domain.field import Facts
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.notification import Event, IllegalMove, NotificationKind, State, move
from tellusonce.domain.retry import RetrySchedule
from tellusonce.services.storage import StorageUnreachable

_PAUSE_SECONDS = 0.25
# Where little was due, the next claim waits so long after it for more: a claim and its record cost a few milliseconds
# of processor time, however few they are for.
_GATHER_SECONDS = 0.2
_Written = TypeVar("_Written")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notification under lease for one attempt. `attempt` is the fencing token of all that is written about it."""

    id: UUID
    attempt: int
    lost_attempts: int
    """Attempts of which no result was ever recorded, this one included until it is."""
    report_id: UUID
    reference: str
    life_event: str
    kind: str
    reason: str | None
    changed: Sequence[str]
    provisional: bool
    version: int
    sequence: int
    agency: str
    benefits: Sequence[str]
    fields: Sequence[str]
    gateway: str
    agreement_version: str
    receipt_due_on: date
    outcome_due_on: date
    accepted_at: datetime
    facts: Facts
    """None at all where they cannot be decrypted: then there is nothing that may be sent."""

    @property
    def is_suspect(self) -> bool:
        """Whether it may be what kills the workers: attempts before this one were lost."""
        return self.lost_attempts > 1


class Result(StrEnum):
    """How an attempt ended."""

    DELIVERED = "delivered"
    REFUSED = "refused"  # the agency answered with another status than 2xx
    GONE = "gone"  # 410: the agency wants no more
    TIMED_OUT = "timed-out"
    UNREACHABLE = "unreachable"
    NOT_SENT = "not-sent"  # the lease was nearly over before its turn came
    NOT_ALLOWED = "not-allowed"  # the agreement in force no longer allows it
    BOUNCED = "bounced"  # the address takes nothing, and never will
    RETURNED = "returned"  # the agency gave it back
    POISON = "poison"  # too many attempts were lost: it may be what kills the workers
    UNREADABLE = "unreadable"  # its facts are not those that were encrypted: somebody changed or moved them


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt."""

    claimed: Claimed
    result: Result
    duration_ms: int = 0
    status: int | None = None
    retry_after_seconds: float = 0
    acknowledgement: Acknowledgement | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An answer with what follows from it."""

    answer: Answer
    state: State
    retry_in_seconds: float | None
    follow_up: FollowUpKind | None


class NotAllowed(Exception):
    """The agreement in force does not allow this notification."""


class Outbox(Protocol):
    """Sends under way to one agency, over its channel."""

    channel: str
    claim_limit: int
    """Most notifications under way at once."""
    lease_seconds: float
    under_way: int

    def send(self, letters: Sequence[tuple[Claimed, bytes]]) -> None:
        """Start sending these, each with its message; returns at once."""

    def answers(self) -> list[Answer]:
        """Wait for the first answer, then give all that have come in shortly after."""


class Lane(Protocol):
    """One agency's notifications, as the database holds them."""

    def claim(self, agency: str, limit: int, lease_seconds: float) -> list[Claimed]:
        """Take up to `limit` that are due under a lease, oldest first; none while the lane is paused or broken."""

    def claim_one(self, agency: str, lease_seconds: float) -> list[Claimed]:
        """Take one that must be tried alone: the probe of a broken lane, or what attempts were lost over."""

    def record(self, recorded: Sequence[Recorded], channel: str) -> list[Acknowledgement]:
        """Write attempts, states, acknowledgements, follow-ups and trail in one transaction.

        What is written under an attempt that is no longer the latest changes nothing. Gives the words of replies that
        another word of the agency had overtaken, to be taken on their own.
        """

    def pause(self, agency: str, because: str) -> None:
        """Claim nothing more for this agency until a person resumes it."""


class Deliver:
    """The use case: empties one agency's lane."""

    def __init__(
        self,
        *,
        lane: Lane,
        outbox: Callable[[str], Outbox | None],
        acknowledge: Callable[[str, Sequence[Acknowledgement]], object],
        render: Callable[[Claimed], bytes],
        retry: RetrySchedule,
        now: Callable[[], datetime],
        lost_attempts_limit: int,
    ) -> None:
        self._lane = lane
        self._outbox = outbox
        self._acknowledge = acknowledge
        self._render = render
        self._retry = retry
        self._now = now
        self._lost_attempts_limit = lost_attempts_limit
        self._trying_suspect = threading.Lock()
        self._claim_at: dict[str, float] = {}

    def deliver(self, agency: str, stop: Callable[[], bool] = lambda: False) -> None:
        """Send all that is due for the agency; what is under way when `stop` says so is still seen through."""
        outbox = self._outbox(agency)
        if outbox is None:
            return  # it comes for what is its, or its time has not come
        while not self._empty(agency, outbox, stop) and not stop():
            if not self._try_one(agency, outbox):
                return

    def _empty(self, agency: str, outbox: Outbox, stop: Callable[[], bool]) -> bool:
        """Send what is due, and again while that is much; of little all is taken. Whether there was any."""
        was_any, was_much = False, True
        while True:
            # Claiming by the half window keeps both the agency and the next claim busy.
            if was_much and not stop() and outbox.under_way <= outbox.claim_limit // 2:
                claims = self._gathered(agency, outbox)
                self._post(outbox, claims)
                was_any = was_any or bool(claims)
                was_much = len(claims) >= max(1, outbox.claim_limit // 4)
            elif outbox.under_way:
                self._record(agency, outbox)
            else:
                return was_any

    def _gathered(self, agency: str, outbox: Outbox) -> Sequence[Claimed]:
        """What is due, if need be a moment later."""
        time.sleep(max(0, self._claim_at.get(agency, 0) - time.monotonic()))
        claims = self._claim(agency, outbox)
        if len(claims) < outbox.claim_limit // 4:
            self._claim_at[agency] = time.monotonic() + _GATHER_SECONDS
        return claims

    def _claim(self, agency: str, outbox: Outbox) -> list[Claimed]:
        try:
            return self._lane.claim(agency, outbox.claim_limit - outbox.under_way, outbox.lease_seconds)
        except StorageUnreachable:
            if not outbox.under_way:
                raise
            return []  # what is under way must still be seen through

    def _try_one(self, agency: str, outbox: Outbox) -> bool:
        """Try what must be tried alone; whether there was such.

        Of two suspects in one process the harmless one would die with the other until both are taken for poison: so
        each waits for the other's end. Who waits too long is rung for by the next sweep.
        """
        if not self._trying_suspect.acquire(timeout=_PAUSE_SECONDS):
            return False
        with ExitStack() as alone:
            alone.callback(self._trying_suspect.release)
            claims = self._lane.claim_one(agency, outbox.lease_seconds)
            if not any(claimed.is_suspect for claimed in claims):
                alone.close()
            self._post(outbox, claims)
            while outbox.under_way:
                self._record(agency, outbox)
        return bool(claims)

    def _post(self, outbox: Outbox, claims: Sequence[Claimed]) -> None:
        letters, parked = sift(claims, self._render, self._lost_attempts_limit)
        outbox.send(letters)
        if parked:
            self._within_lease(outbox, lambda: self._lane.record(parked, outbox.channel))

    def _record(self, agency: str, outbox: Outbox) -> None:
        answers = outbox.answers()
        if any(answer.result is Result.GONE for answer in answers):
            self._within_lease(outbox, lambda: self._lane.pause(agency, "the agency answered 410 Gone"))
        recorded = [self._follows(answer) for answer in answers]
        overtaken = self._within_lease(outbox, lambda: self._lane.record(recorded, outbox.channel))
        if overtaken:
            self._within_lease(outbox, lambda: self._acknowledge(agency, overtaken))

    def _within_lease(self, outbox: Outbox, write: Callable[[], _Written]) -> _Written:
        """What an agency answered must not be lost because the database was away for a moment."""
        give_up_at = time.monotonic() + outbox.lease_seconds
        while True:
            try:
                return write()
            except StorageUnreachable:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(_PAUSE_SECONDS)

    def _follows(self, answer: Answer) -> Recorded:
        match answer.result:
            case Result.DELIVERED:
                return _delivered(answer)
            case Result.BOUNCED:
                return _parked(answer)
            case Result.NOT_SENT | Result.GONE:
                return Recorded(answer, State.QUEUED, 0, None)
            case _:
                delay_seconds = self._retry.delay_seconds(
                    answer.claimed.attempt,
                    self._now() - answer.claimed.accepted_at,
                    random.random(),  # noqa: S311 - spreads retries, guards nothing
                    answer.retry_after_seconds,
                )
                if delay_seconds is None:
                    return _parked(answer)
                return Recorded(answer, move(State.QUEUED, Event.FAILED), delay_seconds, None)


def sift(
    claims: Sequence[Claimed], render: Callable[[Claimed], bytes], lost_attempts_limit: int
) -> tuple[list[tuple[Claimed, bytes]], list[Recorded]]:
    """Those that may leave, each with its message; and those that may not, which are parked."""
    letters: list[tuple[Claimed, bytes]] = []
    parked: list[Recorded] = []
    for claimed in claims:
        if claimed.lost_attempts > lost_attempts_limit:
            parked.append(_parked(Answer(claimed, Result.POISON)))
            continue
        if not claimed.facts:
            parked.append(_parked(Answer(claimed, Result.UNREADABLE)))
            continue
        try:
            letters.append((claimed, render(claimed)))
        except NotAllowed:
            parked.append(_parked(Answer(claimed, Result.NOT_ALLOWED)))
    return letters, parked


def _delivered(answer: Answer) -> Recorded:
    state = move(State.QUEUED, Event.DELIVERED)
    if answer.acknowledgement is None:
        return Recorded(answer, state, None, None)
    try:
        state = move(state, answer.acknowledgement.event, NotificationKind(answer.claimed.kind))
    except IllegalMove:
        # The reply's body says what cannot be: the delivery stands, the word does not.
        return Recorded(_without_acknowledgement(answer), state, None, None)
    outcome = answer.acknowledgement.outcome
    return Recorded(answer, state, None, FollowUpKind(outcome) if outcome in FOLLOW_UP_OUTCOMES else None)


def _without_acknowledgement(answer: Answer) -> Answer:
    return Answer(answer.claimed, answer.result, answer.duration_ms, answer.status)


def _parked(answer: Answer) -> Recorded:
    return Recorded(answer, move(State.QUEUED, Event.GIVEN_UP), None, FollowUpKind.UNDELIVERABLE)
