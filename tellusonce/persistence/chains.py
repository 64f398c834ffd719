"""A report's notifications to one agency, one after another: what follows for the others when one moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from tellusonce.domain.notification import CLOSED, UNDELIVERED, State
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.persistence.database import Cursor
from tellusonce.persistence.follow_ups import close_follow_ups
from tellusonce.persistence.unnest import arrays


@dataclass(frozen=True)
class Moved:
    """A notification of a chain that went from one state to another."""

    report_id: UUID
    sequence: int
    before: State
    after: State

    @property
    def reached_its_agency(self) -> bool:
        """Whether the one that waits behind it may go now."""
        return self.before in UNDELIVERED and self.after not in UNDELIVERED

    @property
    def closed_its_chain(self) -> bool:
        """Whether the earlier ones, which it restated, are done with too."""
        return self.sequence > 1 and self.before not in CLOSED and self.after in CLOSED


# A statement of its own, after the move: only its snapshot shows a later version that was added while it waited.
RELEASE: LiteralString = """
UPDATE notification SET state = 'queued', next_attempt_at = now()
WHERE state = 'waiting' AND agency = %s AND report_id = ANY (%s)
"""

_SUPERSEDE_EARLIER: LiteralString = """
UPDATE notification
SET state = 'superseded', closed_at = now(), next_attempt_at = NULL, leased_until = NULL
FROM unnest(%b::uuid[], %b::smallint[]) AS closed (report_id, sequence)
WHERE notification.report_id = closed.report_id AND notification.agency = %b
  AND notification.sequence < closed.sequence AND closed_at IS NULL
RETURNING notification.report_id, notification.id
"""

_LOCK: LiteralString = """
SELECT FROM notification
WHERE report_id IN (SELECT report_id FROM notification WHERE id = ANY (%s))
ORDER BY id FOR UPDATE
"""


def lock_chains(cursor: Cursor, notifications: Sequence[UUID]) -> None:
    """Lock whole chains in one order, before a move that reaches beyond its own notification: against deadlocks."""
    if notifications:
        cursor.execute(_LOCK, (list(notifications),))


def follow_through(cursor: Cursor, agency: str, moved: Sequence[Moved]) -> list[TrailEntry]:
    """Let go what waited for these, and close the versions that a closed later one restated.

    Gives the trail entries to be written with it.
    """
    reached = [each.report_id for each in moved if each.reached_its_agency]
    if reached:
        cursor.execute(RELEASE, (agency, reached))
    closed = [(each.report_id, each.sequence) for each in moved if each.closed_its_chain]
    return _supersede_earlier(cursor, agency, closed) if closed else []


def _supersede_earlier(cursor: Cursor, agency: str, closed: Sequence[tuple[UUID, int]]) -> list[TrailEntry]:
    cursor.execute(_SUPERSEDE_EARLIER, [*arrays(closed), agency])
    superseded = cursor.fetchall()
    entries = [
        TrailEntry(report_id, Action.SUPERSEDED, "tellusonce", agency, notification)
        for report_id, notification in superseded
    ]
    return [*entries, *close_follow_ups(cursor, [(each, State.SUPERSEDED) for _, each in superseded])]
