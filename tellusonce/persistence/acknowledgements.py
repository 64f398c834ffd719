"""Agencies' words, each recorded once, with the compare-and-swap of the state it leads to."""

from collections.abc import Mapping, Sequence
from typing import LiteralString
from uuid import UUID

from tellusonce.domain.acknowledgement import FOLLOW_UP_OUTCOMES, Kind, Outcome
from tellusonce.domain.follow_up import FollowUpKind, NewFollowUp
from tellusonce.domain.notification import CLOSED, State
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.follow_ups import close_follow_ups, open_follow_ups
from tellusonce.persistence.lanes import acknowledged_entry
from tellusonce.persistence.trail import write_trail
from tellusonce.persistence.unnest import arrays
from tellusonce.services.acknowledge import Change, Standing, Word

_STANDINGS: LiteralString = """
SELECT notification.id, report_id, state, attempts,
       array_agg(ARRAY[kind, outcome, state_after]) FILTER (WHERE kind IS NOT NULL)
FROM notification LEFT JOIN acknowledgement ON notification_id = notification.id
WHERE notification.id = ANY (%s) AND agency = %s
GROUP BY notification.id
"""

# A late word moves nothing, but it too is written only against the state that it was judged by.
_RECORD: LiteralString = """
WITH word AS (
    SELECT * FROM unnest(
        %b::uuid[], %b::text[], %b::text[], %b::date[], %b::text[], %b::timestamptz[], %b::text[], %b::text[]
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


class Acknowledgements:
    """The port `AcknowledgementStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standings(self, agency: str, notifications: Sequence[UUID]) -> Mapping[UUID, Standing]:
        """Where these notifications of the agency stand."""
        with self._database.cursor() as cursor:
            cursor.execute(_STANDINGS, (list(notifications), agency))
            return {
                notification: Standing(report_id, State(state), attempts, _words(words or []))
                for notification, report_id, state, attempts, words in cursor
            }

    def record(self, agency: str, changes: Sequence[Change]) -> frozenset[UUID]:
        """Write the changes whose standing is still as it was."""
        with self._database.cursor() as cursor:
            ordered = sorted(changes, key=lambda change: change.acknowledgement.notification)  # against deadlocks
            cursor.execute(_RECORD, [*arrays([_row(change) for change in ordered]), _CLOSED])
            written = frozenset(row[0] for row in cursor)
            _write_consequences(
                cursor, agency, [each for each in changes if each.acknowledgement.notification in written]
            )
            return written


def _words(rows: Sequence[tuple[str, str | None, str]]) -> dict[Word, State]:
    return {(Kind(kind), Outcome(outcome) if outcome else None): State(state) for kind, outcome, state in rows}


def _row(change: Change) -> tuple[object, ...]:
    word = change.acknowledgement
    return (
        word.notification,
        word.kind.value,
        word.outcome and word.outcome.value,
        word.effective_on,
        word.note,
        word.at,
        change.standing.state.value,
        change.state.value,
    )


def _write_consequences(cursor: Cursor, agency: str, changes: Sequence[Change]) -> None:
    opened = open_follow_ups(
        cursor,
        [
            NewFollowUp(each.standing.report_id, each.acknowledgement.notification, agency, FollowUpKind(outcome))
            for each in changes
            if (outcome := each.acknowledgement.outcome) in FOLLOW_UP_OUTCOMES and each.state is not each.standing.state
        ],
    )
    closed = close_follow_ups(cursor, [(each.acknowledgement.notification, each.state) for each in changes])
    entries = [
        acknowledged_entry(each.standing.report_id, agency, each.acknowledgement, each.state) for each in changes
    ]
    write_trail(cursor, [*entries, *opened, *closed])
