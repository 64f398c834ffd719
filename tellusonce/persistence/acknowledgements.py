"""Agencies' words, each recorded once, with the compare-and-swap of the state it leads to."""

from collections.abc import Mapping, Sequence
from typing import LiteralString
from uuid import UUID

from tellusonce.domain.acknowledgement import FOLLOW_UP_OUTCOMES, Kind, Outcome
from tellusonce.domain.follow_up import FollowUpKind, NewFollowUp
from tellusonce.domain.notification import CLOSED, NotificationKind, State, move
from tellusonce.persistence.chains import Moved, follow_through, lock_chains
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.encryption import Encryption, ReportKey
from tellusonce.persistence.follow_ups import close_follow_ups, open_follow_ups
from tellusonce.persistence.master_keys import CannotBeDecrypted
from tellusonce.persistence.recording import acknowledged_entry
from tellusonce.persistence.trail import write_trail
from tellusonce.persistence.unnest import arrays
from tellusonce.persistence.words import encrypted_words
from tellusonce.services.acknowledge import Change, Standing

_STANDINGS: LiteralString = """
SELECT notification.id, report_id, notification.kind, sequence, state, attempts, wrapped_key, master_key,
       array_agg(ARRAY[acknowledgement.kind, outcome, encode(note, 'hex'), state_after])
           FILTER (WHERE acknowledgement.kind IS NOT NULL)
FROM notification
JOIN report ON report.id = report_id
LEFT JOIN acknowledgement ON notification_id = notification.id
WHERE notification.id = ANY (%s) AND agency = %s
GROUP BY notification.id, report.id
"""

# A late word moves nothing, but it too is written only against the state that it was judged by.
_RECORD: LiteralString = """
WITH word AS (
    SELECT * FROM unnest(
        %b::uuid[], %b::text[], %b::text[], %b::date[], %b::bytea[], %b::timestamptz[], %b::text[], %b::text[]
    ) AS row (id, kind, outcome, effective_on, note, at, state_before, state_after)
), moved AS (
    UPDATE notification
    SET state = word.state_after,
        next_attempt_at = NULL,
        leased_until = NULL,
        received_at = coalesce(received_at, now()),
        closed_at = CASE WHEN word.state_after = ANY (%b) THEN coalesce(closed_at, now()) END
    FROM word
    WHERE notification.id = word.id AND notification.state = word.state_before
    RETURNING notification.id
)
INSERT INTO acknowledgement (notification_id, kind, outcome, effective_on, note, at, state_after)
SELECT id, kind, outcome, effective_on, note, at, state_after FROM word JOIN moved USING (id)
ON CONFLICT DO NOTHING
RETURNING notification_id
"""

_CLOSED = [str(state) for state in CLOSED]
_StoredWord = tuple[str, str | None, str | None, str]


class Acknowledgements:
    """The port `AcknowledgementStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standings(self, agency: str, notifications: Sequence[UUID]) -> Mapping[UUID, Standing]:
        """Where these notifications of the agency stand."""
        with self._database.cursor() as cursor:
            cursor.execute(_STANDINGS, (list(notifications), agency))
            return {row[0]: self._standing(*row) for row in cursor.fetchall()}

    def record(self, agency: str, changes: Sequence[Change], actor: str | None) -> frozenset[UUID]:
        """Write the changes whose standing is still as it was."""
        with self._database.cursor() as cursor:
            lock_chains(
                cursor, [each.acknowledgement.notification for each in changes if _moved(each).closed_its_chain]
            )
            ordered = sorted(changes, key=lambda change: change.acknowledgement.notification)  # against deadlocks
            notes = encrypted_words(cursor, self._database.encryption, [_said(change) for change in ordered])
            rows = [_row(change, note) for change, note in zip(ordered, notes, strict=True)]
            cursor.execute(_RECORD, [*arrays(rows), _CLOSED])
            written = frozenset(row[0] for row in cursor)
            follow = [each for each in changes if each.acknowledgement.notification in written]
            _write_consequences(cursor, self._database.encryption, agency, follow, actor)
            return written

    def _standing(
        self,
        notification: UUID,
        report: UUID,
        kind: str,
        sequence: int,
        state: str,
        attempts: int,
        wrapped_key: bytes | None,
        master_key: str | None,
        words: Sequence[_StoredWord] | None,
    ) -> Standing:
        with_notes = any(note for _, _, note, _ in words or ())
        key = self._database.encryption.key_if_any(report, wrapped_key, master_key) if with_notes else None
        return Standing(
            report,
            NotificationKind(kind),
            sequence,
            State(state),
            attempts,
            {
                (Kind(kind), Outcome(outcome) if outcome else None, _opened(key, notification, note)): State(state)
                for kind, outcome, note, state in words or ()
            },
            notes_kept=wrapped_key is not None,
        )


def _opened(key: ReportKey | None, notification: UUID, note: str | None) -> str | None:
    try:
        return key.decrypt_words(notification, bytes.fromhex(note)) if key and note else None
    except CannotBeDecrypted:
        return None  # it is known as a word of its kind; the others are to be taken all the same


def _moved(change: Change) -> Moved:
    return Moved(change.standing.report_id, change.standing.sequence, change.standing.state, change.state)


def _said(change: Change) -> tuple[UUID, UUID, str | None]:
    return change.standing.report_id, change.acknowledgement.notification, change.acknowledgement.note


def _row(change: Change, note: bytes | None) -> tuple[object, ...]:
    word = change.acknowledgement
    return (
        word.notification,
        word.kind.value,
        word.outcome and word.outcome.value,
        word.effective_on,
        note,
        word.at,
        change.standing.state.value,
        change.state.value,
    )


def _write_consequences(
    cursor: Cursor, encryption: Encryption, agency: str, changes: Sequence[Change], actor: str | None
) -> None:
    opened = open_follow_ups(cursor, encryption, [wanted for each in changes if (wanted := _follow_up(each, agency))])
    closed = close_follow_ups(cursor, [(each.acknowledgement.notification, each.state) for each in changes])
    entries = [
        acknowledged_entry(each.standing.report_id, agency, each.acknowledgement, each.state, actor) for each in changes
    ]
    followed = follow_through(cursor, agency, [_moved(each) for each in changes])
    write_trail(cursor, [*entries, *opened, *closed, *followed])


def _follow_up(change: Change, agency: str) -> NewFollowUp | None:
    """For a question that stands: one that comes after the agency's answer needs nobody."""
    word = change.acknowledgement
    if word.outcome not in FOLLOW_UP_OUTCOMES or change.state is not move(State.DELIVERED, word.event):
        return None
    return NewFollowUp(change.standing.report_id, word.notification, agency, FollowUpKind(word.outcome), word.note)
