"""The inbox: an agency's people list what came, open it, and thereby say that the agency has it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from tellusonce.domain.acknowledgement import Acknowledgement, Kind
from tellusonce.domain.notification import State
from tellusonce.services.acknowledge import Answered
from tellusonce.services.deliver import Claimed, NotAllowed


@dataclass(frozen=True)
class Entry:
    """A notification as the inbox lists it: no fact."""

    id: UUID
    reference: str
    kind: str
    benefits: Sequence[str]
    accepted_at: datetime
    state: str
    receipt_due_on: date
    outcome_due_on: date
    opened_by: str | None
    """Who opened it first."""
    opened_at: datetime | None


@dataclass(frozen=True)
class Place:
    """A place in the order of the inbox: after the notification with this time and id."""

    accepted_at: datetime
    id: UUID


@dataclass(frozen=True)
class Found:
    """A notification in the inbox, and where it stands."""

    claimed: Claimed
    state: State


@dataclass(frozen=True)
class History:
    """Who opened a notification, and what the agency said of it, first to last."""

    openings: Sequence[Mapping[str, Any]]
    acknowledgements: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Opened:
    """A notification that is read now."""

    state: State
    message: bytes
    history: History


class NotInInbox(Exception):
    """This agency's inbox has no such notification."""


class InboxStore(Protocol):
    """Where notifications are."""

    def entries(self, agency: str, *, only_open: bool, after: Place | None, limit: int) -> list[Entry]:
        """Those that were sent to the agency, oldest first, at most `limit` of them after a place."""

    def find(self, agency: str, notification: UUID) -> Found | None:
        """One that was sent to the agency. Raises FactsDestroyed."""

    def note_opening(self, claimed: Claimed, actor: str) -> None:
        """Write into the trail that this person reads it."""

    def history(self, claimed: Claimed) -> History:
        """What was done with it."""


class Inbox:
    """The use case."""

    def __init__(
        self,
        store: InboxStore,
        render: Callable[[Claimed], bytes],
        acknowledge: Callable[[str, Sequence[Acknowledgement], str], Sequence[Answered]],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._render = render
        self._acknowledge = acknowledge
        self._now = now

    def entries(self, agency: str, *, only_open: bool, after: Place | None, limit: int) -> list[Entry]:
        """What the agency was sent, oldest first, at most `limit` of them after a place."""
        return self._store.entries(agency, only_open=only_open, after=after, limit=limit)

    def open(self, agency: str, notification: UUID, actor: str) -> Opened:
        """The message, for a person to read; that is written into the trail before it is given.

        The first opening is the agency's receipt. Raises NotInInbox, NotAllowed, FactsDestroyed.
        """
        found = self._store.find(agency, notification)
        if found is None:
            raise NotInInbox
        if found.state is State.SUPERSEDED:
            raise NotAllowed  # a later version says what is right
        message = self._render(found.claimed)
        self._store.note_opening(found.claimed, actor)
        receipt = Acknowledgement(notification=notification, kind=Kind.RECEIPT, at=self._now())
        (answered,) = self._acknowledge(agency, [receipt], actor)
        return Opened(answered.state or found.state, message, self._store.history(found.claimed))
