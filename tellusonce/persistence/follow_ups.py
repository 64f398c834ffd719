"""Opening and closing follow-ups by events: exactly once for each kind and notification, whatever runs twice."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, LiteralString, cast
from uuid import UUID

from uuid_utils.compat import uuid7

from tellusonce.domain.follow_up import FollowUpKind, NewFollowUp, resolved_by
from tellusonce.domain.notification import State
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.encryption import Encryption
from tellusonce.persistence.trail import write_trail
from tellusonce.persistence.unnest import arrays
from tellusonce.persistence.words import encrypted_words

_OPEN: LiteralString = """
INSERT INTO follow_up (id, report_id, notification_id, agency, kind, words, due_on)
SELECT id, report_id, notification_id, agency, kind, words, (now() AT TIME ZONE 'Europe/London')::date
FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[], %b::text[], %b::text[], %b::bytea[])
    AS row (id, report_id, notification_id, agency, kind, words)
ON CONFLICT DO NOTHING
RETURNING report_id, notification_id, agency, kind, id
"""


def open_follow_ups(cursor: Cursor, encryption: Encryption, wanted: Sequence[NewFollowUp]) -> list[TrailEntry]:
    """Open those not open yet; gives the trail entries to be written with them."""
    if not wanted:
        return []
    ids = [uuid7() for _ in wanted]
    said = encrypted_words(
        cursor,
        encryption,
        [(each.report_id, each.notification_id or id_, each.words) for id_, each in zip(ids, wanted, strict=True)],
    )
    rows = [
        (id_, each.report_id, each.notification_id, each.agency, each.kind.value, words)
        for id_, each, words in zip(ids, wanted, said, strict=True)
    ]
    cursor.execute(_OPEN, arrays(rows))
    return [follow_up_entry(Action.FOLLOW_UP_OPENED, "tellusonce", row) for row in cursor]


def follow_up_entry(action: Action, actor: str, row: Sequence[Any], **detail: Any) -> TrailEntry:
    """The trail's line on a follow-up, of which these are report, notification, agency, kind and id."""
    report_id, notification_id, agency, kind, id_ = row
    return TrailEntry(
        report_id, action, actor, agency, notification_id, {"kind": kind, "follow_up": str(id_), **detail}
    )


_CLOSE: LiteralString = """
UPDATE follow_up
SET closed_at = now(), closed_because = 'the agency answered', snoozed_until = NULL, version = version + 1
WHERE notification_id = ANY (%b) AND kind = ANY (%b) AND closed_at IS NULL
RETURNING report_id, notification_id, agency, kind, id
"""


def close_follow_ups(cursor: Cursor, states: Iterable[tuple[UUID, State]]) -> list[TrailEntry]:
    """Close what the notifications' new states resolve; gives the trail entries to be written with them."""
    resolved: dict[frozenset[FollowUpKind], list[UUID]] = {}
    for notification, state in states:
        if kinds := resolved_by(state):
            resolved.setdefault(kinds, []).append(notification)
    return [entry for kinds, notifications in resolved.items() for entry in _close(cursor, notifications, kinds)]


def _close(cursor: Cursor, notifications: list[UUID], kinds: frozenset[FollowUpKind]) -> list[TrailEntry]:
    cursor.execute(_CLOSE, (notifications, [kind.value for kind in kinds]))
    return [follow_up_entry(Action.FOLLOW_UP_CLOSED, "tellusonce", row) for row in cursor]


# A deadline has passed and no follow-up of its kind was ever opened: a person who closed one had a reason.
# The states are those of the partial index on each deadline. The lock makes an acknowledgement that comes meanwhile
# wait, so that it finds the follow-up and closes it; what is being acknowledged already is passed over.
_OVERDUE: dict[FollowUpKind, LiteralString] = {
    FollowUpKind.RECEIPT_OVERDUE: """
SELECT report_id, id, agency FROM notification
WHERE state IN ('queued', 'delivered') AND receipt_due_on < %(today)s AND received_at IS NULL
  AND NOT EXISTS (SELECT FROM follow_up WHERE notification_id = notification.id AND kind = 'receipt-overdue')
ORDER BY receipt_due_on LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
""",
    FollowUpKind.OUTCOME_OVERDUE: """
SELECT report_id, id, agency FROM notification
WHERE state IN ('queued', 'delivered', 'received') AND outcome_due_on < %(today)s AND kind <> 'withdrawal'
  AND NOT EXISTS (SELECT FROM follow_up WHERE notification_id = notification.id AND kind = 'outcome-overdue')
ORDER BY outcome_due_on LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
""",
    FollowUpKind.REVERSAL_UNCONFIRMED: """
SELECT report_id, id, agency FROM notification
WHERE state IN ('queued', 'delivered', 'received') AND outcome_due_on < %(today)s AND kind = 'withdrawal'
  AND NOT EXISTS (SELECT FROM follow_up WHERE notification_id = notification.id AND kind = 'reversal-unconfirmed')
ORDER BY outcome_due_on LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
""",
}


class FollowUps:
    """The port `OverdueStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open_overdue(self, kind: FollowUpKind, today: date, limit: int) -> int:
        """Open up to `limit` follow-ups for notifications whose deadline of this kind has passed; gives how many."""
        with self._database.cursor() as cursor:
            cursor.execute(_OVERDUE[kind], {"today": today, "limit": limit})
            overdue = [NewFollowUp(*passed, kind) for passed in cast("list[tuple[UUID, UUID, str]]", cursor.fetchall())]
            opened = open_follow_ups(cursor, self._database.encryption, overdue)
            write_trail(cursor, opened)
            return len(opened)
