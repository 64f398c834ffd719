"""What persons and the ladder do with follow-ups: compare-and-swaps on their version, with notes and trail."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

from psycopg.errors import UniqueViolation
from uuid_utils.compat import uuid7

from tellusonce.domain.follow_up import FollowUpKind, Step
from tellusonce.domain.follow_up_moves import Change, FollowUp
from tellusonce.domain.trail import Action
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.encryption import Encryption
from tellusonce.persistence.follow_ups import follow_up_entry
from tellusonce.persistence.replays import send_reminders
from tellusonce.persistence.tables import follow_up_note
from tellusonce.persistence.trail import write_trail
from tellusonce.persistence.unnest import BatchInsert, arrays
from tellusonce.persistence.words import encrypted_words
from tellusonce.services.follow_ups import AnotherIsOpen

_COLUMNS: LiteralString = """
SELECT id, report_id, notification_id, agency, kind, version, owner, due_on, snoozed_until, steps_taken, raised_to,
       next_step_on, closed_because
FROM follow_up
"""

_FIND: LiteralString = f"{_COLUMNS} WHERE id = ANY (%s)"
_OWNED: LiteralString = f"{_COLUMNS} WHERE owner = %s AND closed_at IS NULL ORDER BY due_on, id LIMIT %s"

# In one order, before a change of many: against deadlocks.
_LOCK: LiteralString = "SELECT FROM follow_up WHERE id = ANY (%s) ORDER BY id FOR UPDATE"

_CHANGE: LiteralString = """
UPDATE follow_up
SET version = follow_up.version + 1,
    owner = now_is.owner,
    due_on = now_is.due_on,
    snoozed_until = now_is.snoozed_until,
    steps_taken = now_is.steps_taken,
    raised_to = now_is.raised_to,
    next_step_on = now_is.next_step_on,
    closed_because = now_is.closed_because,
    closed_at = CASE WHEN now_is.closed_because IS NOT NULL THEN coalesce(closed_at, now()) END
FROM unnest(%b::uuid[], %b::integer[], %b::text[], %b::date[], %b::date[], %b::smallint[], %b::text[], %b::date[],
            %b::text[])
    AS now_is (id, version, owner, due_on, snoozed_until, steps_taken, raised_to, next_step_on, closed_because)
WHERE follow_up.id = now_is.id AND follow_up.version = now_is.version
RETURNING follow_up.id
"""

_NOTES = BatchInsert(follow_up_note, "id", "follow_up_id", "author", "purpose", "words")

_SNOOZED: LiteralString = f"""
{_COLUMNS} WHERE snoozed_until <= %s ORDER BY snoozed_until LIMIT %s FOR UPDATE SKIP LOCKED
"""

_MAY_BE_DUE: LiteralString = """
SELECT id, notification_id FROM follow_up
WHERE closed_at IS NULL AND snoozed_until IS NULL AND next_step_on <= %s ORDER BY next_step_on LIMIT %s
"""

# Notifications are locked before their follow-ups, as where an agency answers: against deadlocks. What is being changed
# now is passed over, and found by the next sweep.
_LOCK_NOTIFICATIONS: LiteralString = """
SELECT id FROM notification WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
"""

_DUE: LiteralString = f"""
{_COLUMNS}
WHERE id = ANY (%s) AND closed_at IS NULL AND snoozed_until IS NULL AND next_step_on <= %s
  AND (notification_id IS NULL OR notification_id = ANY (%s))
ORDER BY id FOR UPDATE SKIP LOCKED
"""

_LOOK_AGAIN: LiteralString = """
UPDATE follow_up SET next_step_on = later.next_step_on
FROM unnest(%b::uuid[], %b::date[]) AS later (id, next_step_on) WHERE follow_up.id = later.id
"""


class FollowUpMoves:
    """The ports `FollowUpStore` and `EscalationStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, follow_ups: Sequence[UUID]) -> dict[UUID, FollowUp]:
        """Those that there are of these."""
        with self._database.statement() as cursor:
            cursor.execute(_FIND, (list(follow_ups),))
            return {found.id: found for found in map(_read, cursor)}

    def owned_by(self, owner: str, limit: int) -> list[FollowUp]:
        """Up to `limit` that are not closed and are this person's."""
        with self._database.statement() as cursor:
            cursor.execute(_OWNED, (owner, limit))
            return list(map(_read, cursor))

    def change(self, changes: Sequence[Change], actor: str) -> frozenset[UUID]:
        """Write those that still stand as they did, with their notes and trail; gives their ids."""
        try:
            with self._database.cursor() as cursor:
                cursor.execute(_LOCK, ([each.before.id for each in changes],))
                return _write(cursor, self._database.encryption, changes, actor)
        except UniqueViolation:
            raise AnotherIsOpen from None

    def wake(self, today: date, limit: int, move: Callable[[FollowUp], Change]) -> int:
        """Make this move with up to `limit` that were snoozed to a day not after `today`."""
        with self._database.cursor() as cursor:
            moves = [move(_read(row)) for row in cursor.execute(_SNOOZED, (today, limit)).fetchall()]
            return len(_write(cursor, self._database.encryption, moves, "tellusonce"))

    def climb(self, today: date, limit: int, decide: Callable[[FollowUp], Change | date | None]) -> int:
        """Look at up to `limit` whose next step may be due; gives how many that were."""
        with self._database.cursor() as cursor:
            due = _lock_due(cursor, today, limit)
            decided = [(each, decide(each)) for each in due]
            moves = [move for _, move in decided if isinstance(move, Change)]
            later = [(each.id, on) for each, on in decided if not isinstance(on, Change)]
            if later:
                cursor.execute(_LOOK_AGAIN, arrays(later))
            _write(cursor, self._database.encryption, _reminded(cursor, moves), "tellusonce")
            return len(due)


def _lock_due(cursor: Cursor, today: date, limit: int) -> list[FollowUp]:
    found = cursor.execute(_MAY_BE_DUE, (today, limit)).fetchall()
    if not found:
        return []
    about = [notification for _, notification in found if notification is not None]
    locked = [row[0] for row in cursor.execute(_LOCK_NOTIFICATIONS, (about,))]
    return [_read(row) for row in cursor.execute(_DUE, ([id_ for id_, _ in found], today, locked)).fetchall()]


def _reminded(cursor: Cursor, moves: Sequence[Change]) -> list[Change]:
    """The moves, those that are to remind the agency saying whether its notification is sent again."""
    to_remind = {each.before.notification_id for each in moves if each.after.raised_to is Step.REMIND_AGENCY} - {None}
    again = send_reminders(cursor, [each for each in to_remind if each], "tellusonce") if to_remind else frozenset()
    return [
        replace(each, detail={**each.detail, "sent_again": each.before.notification_id in again})
        if each.after.raised_to is Step.REMIND_AGENCY
        else each
        for each in moves
    ]


def _write(cursor: Cursor, encryption: Encryption, changes: Sequence[Change], actor: str) -> frozenset[UUID]:
    if not changes:
        return frozenset()
    cursor.execute(_CHANGE, arrays([_row(each) for each in changes]))
    ids = frozenset(row[0] for row in cursor)
    written = [each for each in changes if each.before.id in ids]
    _write_notes(cursor, encryption, written, actor)
    write_trail(
        cursor,
        [
            follow_up_entry(Action(f"follow-up-{each.event}"), actor, _named(each.before), **each.detail)
            for each in written
        ],
    )
    return ids


def _write_notes(cursor: Cursor, encryption: Encryption, changes: Sequence[Change], actor: str) -> None:
    noted = [(each.before, *each.note) for each in changes if each.note]
    words = encrypted_words(cursor, encryption, [(of.report_id, of.id, text) for of, _, text in noted])
    _NOTES.run(
        cursor,
        [(uuid7(), of.id, actor, purpose.value, said) for (of, purpose, _), said in zip(noted, words, strict=True)],
    )


def _row(change: Change) -> tuple[object, ...]:
    after = change.after
    return (
        after.id,
        change.before.version,
        after.owner,
        after.due_on,
        after.snoozed_until,
        after.steps_taken,
        after.raised_to and after.raised_to.value,
        after.next_step_on,
        after.closed_because,
    )


def _named(follow_up: FollowUp) -> tuple[object, ...]:
    return follow_up.report_id, follow_up.notification_id, follow_up.agency, follow_up.kind.value, follow_up.id


def _read(row: Sequence[Any]) -> FollowUp:
    id_, report, notification, agency, kind, version, owner, due_on, snoozed, steps, raised_to, next_on, closed = row
    return FollowUp(
        id_,
        report,
        notification,
        agency,
        FollowUpKind(kind),
        version,
        owner,
        due_on,
        snoozed,
        steps,
        Step(raised_to) if raised_to else None,
        next_on,
        closed,
    )
