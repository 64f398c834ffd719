"""Take agencies' words: each answered on its own, a repeated one as the first was, an illegal one refused by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Protocol
from uuid import UUID

from tellusonce.domain.acknowledgement import Acknowledgement, Kind, NeverSent, Outcome, StaleLease, acknowledge
from tellusonce.domain.notification import IllegalMove, NotificationKind, State
from tellusonce.services.gathering import Gathering

_GATHERED_LIMIT = 100


class Verdict(StrEnum):
    """What became of one acknowledgement."""

    RECORDED = "recorded"  # now or before: a repeated word is answered as the first was, and changes nothing
    REFUSED = "refused"  # the notification cannot go there
    UNKNOWN = "unknown"  # this agency has no such notification


@dataclass(frozen=True)
class Answered:
    """The answer to one acknowledgement: the state it led to, or why it was refused."""

    notification: UUID
    verdict: Verdict
    state: State | None = None
    reason: str | None = None


Word = tuple[Kind, Outcome | None, str | None]
"""What makes a word the same as one before: its kind, its outcome and its note."""


@dataclass(frozen=True)
class Standing:
    """Where a notification stands, and the words already recorded with the states they led to."""

    report_id: UUID
    kind: NotificationKind
    sequence: int
    state: State
    attempts: int
    words: Mapping[Word, State]
    notes_kept: bool = True
    """Whether notes are told apart: those on a report whose facts are destroyed are not kept."""


@dataclass(frozen=True)
class Change:
    """One new word: a compare-and-swap from `standing` to `state`."""

    acknowledgement: Acknowledgement
    standing: Standing
    state: State


class AcknowledgementStore(Protocol):
    """Where words are kept."""

    def standings(self, agency: str, notifications: Sequence[UUID]) -> Mapping[UUID, Standing]:
        """Where these notifications of the agency stand; those it does not have are absent."""

    def record(self, agency: str, changes: Sequence[Change], actor: str | None) -> frozenset[UUID]:
        """Write those whose standing is still as it was, all in one transaction; gives the notifications written.

        At most one change a notification. `actor` is who the trail names, if not the agency.
        """


class Acknowledge:
    """The use case."""

    def __init__(self, store: AcknowledgementStore) -> None:
        self._store = store
        self._single: dict[tuple[str, str | None], Gathering[Acknowledgement, Answered]] = {}

    def acknowledge_one(self, agency: str, word: Acknowledgement, actor: str | None = None) -> Answered:
        """Take one word, together with those that are sent one by one at the same time."""
        together = partial(self.acknowledge, agency, actor=actor)
        return self._single.setdefault((agency, actor), Gathering(together, _GATHERED_LIMIT)).ask(word)

    def acknowledge(
        self, agency: str, acknowledgements: Sequence[Acknowledgement], actor: str | None = None
    ) -> list[Answered]:
        """Take the words in their order; one answer each, in the same order.

        `actor` is who the trail names: a person of the agency, or of staff who was told by phone.
        """
        answers: dict[int, Answered] = {}
        waiting = dict(enumerate(acknowledgements))
        while waiting:
            answers |= self._take(agency, _first_of_each_notification(waiting), actor)
            waiting = {position: word for position, word in waiting.items() if position not in answers}
        return [answers[position] for position in range(len(acknowledgements))]

    def _take(self, agency: str, words: Mapping[int, Acknowledgement], actor: str | None) -> dict[int, Answered]:
        """Answers for those that are settled; who lost a race against another word is left for the next round."""
        standings = self._store.standings(agency, [word.notification for word in words.values()])
        answers: dict[int, Answered] = {}
        changes: dict[int, Change] = {}
        for position, word in words.items():
            judged = _judge(word, standings.get(word.notification))
            if isinstance(judged, Change):
                changes[position] = judged
            else:
                answers[position] = judged
        written = self._store.record(agency, list(changes.values()), actor) if changes else frozenset()
        for position, change in changes.items():
            notification = change.acknowledgement.notification
            if notification in written:
                answers[position] = Answered(notification, Verdict.RECORDED, change.state)
        return answers


def _first_of_each_notification(words: Mapping[int, Acknowledgement]) -> dict[int, Acknowledgement]:
    first: dict[UUID, int] = {}
    for position, word in words.items():
        first.setdefault(word.notification, position)
    return {position: words[position] for position in first.values()}


def _judge(word: Acknowledgement, standing: Standing | None) -> Answered | Change:
    if standing is None:
        return Answered(word.notification, Verdict.UNKNOWN, reason="this agency has no notification with this id")
    before = standing.words.get((word.kind, word.outcome, word.note if standing.notes_kept else None))
    if before is not None:
        return Answered(word.notification, Verdict.RECORDED, before)
    try:
        return Change(word, standing, acknowledge(word, standing.kind, standing.state, standing.attempts))
    except (NeverSent, StaleLease, IllegalMove) as refused:
        return Answered(word.notification, Verdict.REFUSED, standing.state, str(refused))
