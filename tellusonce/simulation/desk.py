"""What a sample agency does with a notification, whichever way it came."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tellusonce.simulation.acknowledgement import Acknowledgement, outcome, receipt
from tellusonce.simulation.behaviour import Behaviour
from tellusonce.simulation.journal import Journal
from tellusonce.simulation.notification import Notification

KEPT_AT_MOST = 1_000_000


@dataclass(slots=True)
class Memory:
    """What the agency remembers of a notification's id."""

    failed_attempts: int = 0
    taken_at: datetime | None = None
    is_late: bool = False
    """Whether a later one of the report was there before it."""


class Words(NamedTuple):
    """The acknowledgements of a notification."""

    now: list[Acknowledgement]
    after_delay: list[Acknowledgement]


class Desk:
    """Takes notifications, and knows those that it has.

    It remembers the last million of them, and only while it runs. One that comes late, after a later one of its report,
    is logged and not applied: its receipt is all that is said of it.
    """

    def __init__(self, behaviour: Behaviour, journal: Journal | None) -> None:
        self.behaviour = behaviour
        self._journal = journal
        self._memories: OrderedDict[str, Memory] = OrderedDict()
        self._sequences: OrderedDict[str, int] = OrderedDict()

    def has(self, message_id: str) -> bool:
        """Whether it took this one."""
        memory = self._memories.get(message_id)
        return memory is not None and memory.taken_at is not None

    def fails(self, message_id: str) -> bool:
        """Whether this attempt is one of the first, which fail; each that does is counted."""
        memory = self._memory(message_id)
        if memory.taken_at is not None or memory.failed_attempts >= self.behaviour.fail_first:
            return False
        memory.failed_attempts += 1
        return True

    def take(self, notification: Notification, now: datetime) -> None:
        """Take it, unless it is there already."""
        memory = self._memory(notification.id)
        if memory.taken_at is not None:
            return
        memory.taken_at = now
        latest = self._sequences.get(notification.subject, 0)
        memory.is_late = notification.sequence < latest
        _keep(self._sequences, notification.subject, max(latest, notification.sequence))

    def word(self, notification: Notification) -> Acknowledgement:
        """What is said of one taken; the same each time."""
        return self._last_word(notification, delay_seconds=0)

    def words(self, notification: Notification) -> Words:
        """A receipt and the outcome of one taken; the same each time."""
        memory = self._memory(notification.id)
        assert memory.taken_at is not None
        times = 2 if self.behaviour.twice else 1
        return Words(
            [receipt(notification, memory.taken_at)] * times,
            [] if memory.is_late else [self._last_word(notification, self.behaviour.delay_seconds)] * times,
        )

    def log(self, notification: Notification, at: datetime, status: int, *, is_duplicate: bool = False) -> None:
        """Write it into the journal."""
        if self._journal:
            self._journal.record(
                at=at,
                message_id=notification.id,
                notification=notification,
                status=status,
                is_duplicate=is_duplicate,
                is_late=self._memory(notification.id).is_late,
            )

    def log_refusal(self, message_id: str | None, at: datetime, status: int) -> None:
        """Write what was no notification into the journal."""
        if self._journal:
            self._journal.record(at=at, message_id=message_id, notification=None, status=status)

    def _last_word(self, notification: Notification, delay_seconds: float) -> Acknowledgement:
        memory = self._memory(notification.id)
        assert memory.taken_at is not None
        if memory.is_late:
            return receipt(notification, memory.taken_at)
        # From the time it was first taken, so that a duplicate gets the same answer.
        acted_at = memory.taken_at + timedelta(seconds=delay_seconds)
        return outcome(notification, self.behaviour.outcome, acted_at)

    def _memory(self, message_id: str) -> Memory:
        memory = self._memories.get(message_id)
        if memory is None:
            memory = Memory()
            _keep(self._memories, message_id, memory)
        return memory


def _keep(kept: OrderedDict[str, Any], key: str, value: Any) -> None:
    kept[key] = value
    if len(kept) > KEPT_AT_MOST:
        kept.popitem(last=False)
