"""An agency's lane: claiming what is due, and recording what came of it."""

from collections.abc import Iterator, Sequence
from typing import LiteralString
from uuid import UUID

from tellusonce.domain.acknowledgement import Acknowledgement
from tellusonce.domain.follow_up import NewFollowUp
from tellusonce.domain.notification import CLOSED, State
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.follow_ups import close_follow_ups, open_follow_ups
from tellusonce.persistence.trail import write_trail
from tellusonce.persistence.unnest import arrays
from tellusonce.services.deliver import Claimed, Recorded, Result

# A claim does not change the state, so that one whose worker dies needs no repair: after its lease the notification
# is due again. The attempt is counted here, before anything is sent.
CLAIM: LiteralString = """
WITH due AS (
    SELECT id FROM notification
    WHERE agency = %(agency)s AND state = 'queued' AND next_attempt_at <= now()
      AND (leased_until IS NULL OR leased_until <= now())
      AND NOT EXISTS (SELECT FROM paused_agency WHERE agency = %(agency)s)
    ORDER BY next_attempt_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE notification
SET attempts = attempts + 1,
    lost_attempts = lost_attempts + 1,
    leased_until = now() + make_interval(secs => %(lease_seconds)s)
FROM due, report, report_version
WHERE notification.id = due.id
  AND report.id = notification.report_id
  AND report_version.report_id = notification.report_id
  AND report_version.version = notification.version
RETURNING notification.id, attempts, lost_attempts, report.id, reference, life_event, kind, notification.version,
          sequence, agency, benefits, fields, gateway, agreement_version, receipt_due_on, outcome_due_on,
          notification.accepted_at, facts
"""

# Fenced by the attempt number: once the lease has ended and another claim counted up, nothing here matches.
RECORD: LiteralString = """
WITH answer AS (
    SELECT * FROM unnest(
        %b::uuid[], %b::smallint[], %b::text[], %b::float8[], %b::text[], %b::text[], %b::smallint[], %b::integer[],
        %b::text[], %b::text[], %b::date[], %b::text[], %b::timestamptz[]
    ) AS row (id, number, state, retry_in_seconds, channel, result, status, duration_ms,
              ack_kind, outcome, effective_on, note, at)
), moved AS (
    UPDATE notification
    SET state = answer.state,
        lost_attempts = 0,
        next_attempt_at = now() + make_interval(secs => answer.retry_in_seconds),
        leased_until = NULL,
        delivered_at = CASE WHEN answer.result = 'delivered' THEN now() END,
        received_at = CASE WHEN answer.ack_kind IS NOT NULL THEN now() END,
        closed_at = CASE WHEN answer.state = ANY (%b) THEN now() END
    FROM answer
    WHERE notification.id = answer.id AND notification.attempts = answer.number AND notification.state = 'queued'
    RETURNING notification.id, answer.number
), tried AS (
    INSERT INTO attempt (notification_id, number, channel, result, status, duration_ms)
    SELECT id, number, channel, result, status, duration_ms FROM answer JOIN moved USING (id, number)
    ON CONFLICT DO NOTHING
    RETURNING notification_id AS id, number
), acknowledged AS (
    INSERT INTO acknowledgement (notification_id, kind, outcome, effective_on, note, at, state_after)
    SELECT id, ack_kind, outcome, effective_on, note, at, state FROM answer JOIN tried USING (id, number)
    WHERE ack_kind IS NOT NULL
    ON CONFLICT DO NOTHING
)
SELECT id, number FROM tried
"""

# The agency's own word overtook the reply: the state stands, the attempt is recorded all the same. The reply's word
# is given back even where the attempt stands there already, since that may be of a try whose commit was not confirmed.
RECORD_OVERTAKEN: LiteralString = """
WITH answer AS (
    SELECT * FROM unnest(%b::uuid[], %b::smallint[], %b::text[], %b::text[], %b::smallint[], %b::integer[])
        AS row (id, number, channel, result, status, duration_ms)
), overtaken AS (
    UPDATE notification
    SET lost_attempts = 0,
        delivered_at = CASE WHEN answer.result = 'delivered' THEN coalesce(delivered_at, now()) ELSE delivered_at END
    FROM answer
    WHERE notification.id = answer.id AND notification.attempts = answer.number AND notification.state <> 'queued'
    RETURNING notification.id, answer.number
), tried AS (
    INSERT INTO attempt (notification_id, number, channel, result, status, duration_ms)
    SELECT id, number, channel, result, status, duration_ms FROM answer JOIN overtaken USING (id, number)
    ON CONFLICT DO NOTHING
    RETURNING notification_id AS id, number
)
SELECT id, number, tried.id IS NOT NULL FROM overtaken LEFT JOIN tried USING (id, number)
"""

_CLOSED = [str(state) for state in CLOSED]


class Lanes:
    """The port `Lane` on PostgreSQL."""

    def __init__(self, database: Database, channel: str) -> None:
        self._database = database
        self._channel = channel

    def claim(self, agency: str, limit: int, lease_seconds: float) -> list[Claimed]:
        """Take up to `limit` that are due, under a lease."""
        with self._database.statement() as cursor:
            cursor.execute(CLAIM, {"agency": agency, "limit": limit, "lease_seconds": lease_seconds})
            return [Claimed(*row) for row in cursor]

    def record(self, recorded: Sequence[Recorded]) -> list[Acknowledgement]:
        """Write what came of attempts; gives the words that an earlier word overtook, to be taken on their own."""
        ordered = sorted(recorded, key=_token)  # against deadlocks
        with self._database.cursor() as cursor:
            cursor.execute(RECORD, [*arrays([self._row(each) for each in ordered]), _CLOSED], prepare=True)
            tried = set(cursor)
            _write_consequences(cursor, [each for each in ordered if _token(each) in tried])
            if len(tried) == len(ordered):
                return []
            return self._record_overtaken(cursor, [each for each in ordered if _token(each) not in tried])

    def pause(self, agency: str, because: str) -> None:
        """Claim nothing more for this agency until a person resumes it."""
        with self._database.cursor() as cursor:
            cursor.execute(
                "INSERT INTO paused_agency (agency, because) VALUES (%s, %s) ON CONFLICT DO NOTHING", (agency, because)
            )

    def _record_overtaken(self, cursor: Cursor, recorded: Sequence[Recorded]) -> list[Acknowledgement]:
        rows = [self._row(each) for each in recorded]
        cursor.execute(RECORD_OVERTAKEN, arrays([(*row[:2], *row[4:8]) for row in rows]))
        is_new = {(notification, number): new for notification, number, new in cursor}
        overtaken = [each for each in recorded if _token(each) in is_new]
        write_trail(
            cursor,
            [entry for each in overtaken if is_new[_token(each)] for entry in _attempt_entries(each, _ended(each))],
        )
        return [each.answer.acknowledgement for each in overtaken if each.answer.acknowledgement]

    def _row(self, recorded: Recorded) -> tuple[object, ...]:
        answer = recorded.answer
        word = answer.acknowledgement
        return (
            answer.claimed.id,
            answer.claimed.attempt,
            recorded.state.value,
            recorded.retry_in_seconds,
            self._channel,
            answer.result.value,
            answer.status,
            answer.duration_ms,
            *(
                (word.kind.value, word.outcome and word.outcome.value, word.effective_on, word.note, word.at)
                if word
                else (None, None, None, None, None)
            ),
        )


def _token(recorded: Recorded) -> tuple[UUID, int]:
    return recorded.answer.claimed.id, recorded.answer.claimed.attempt


def _write_consequences(cursor: Cursor, recorded: Sequence[Recorded]) -> None:
    opened = open_follow_ups(
        cursor,
        [
            NewFollowUp(
                each.answer.claimed.report_id, each.answer.claimed.id, each.answer.claimed.agency, each.follow_up
            )
            for each in recorded
            if each.follow_up
        ],
    )
    closed = close_follow_ups(cursor, [(each.answer.claimed.id, each.state) for each in recorded])
    write_trail(cursor, [*(entry for each in recorded for entry in _entries(each)), *opened, *closed])


def _entries(recorded: Recorded) -> Iterator[TrailEntry]:
    answer = recorded.answer
    yield from _attempt_entries(recorded, Action.PARKED if recorded.state is State.PARKED else _ended(recorded))
    if answer.acknowledgement:
        yield acknowledged_entry(
            answer.claimed.report_id, answer.claimed.agency, answer.acknowledgement, recorded.state
        )


def _ended(recorded: Recorded) -> Action:
    return Action.DELIVERED if recorded.answer.result is Result.DELIVERED else Action.ATTEMPT_FAILED


def _attempt_entries(recorded: Recorded, action: Action) -> Iterator[TrailEntry]:
    answer = recorded.answer
    if answer.claimed.lost_attempts > 1:
        yield _entry(recorded, Action.ATTEMPT_LOST, {"attempts_without_result": answer.claimed.lost_attempts - 1})
    yield _entry(
        recorded, action, {"attempt": answer.claimed.attempt, "result": answer.result.value, "status": answer.status}
    )


def _entry(recorded: Recorded, action: Action, detail: dict[str, object]) -> TrailEntry:
    claimed = recorded.answer.claimed
    return TrailEntry(claimed.report_id, action, "tellusonce", claimed.agency, claimed.id, detail)


def acknowledged_entry(report_id: UUID, agency: str, word: Acknowledgement, state: State) -> TrailEntry:
    """The trail's line on an agency's word. The agency's note is a fact and stays out of it."""
    return TrailEntry(
        report_id,
        Action.ACKNOWLEDGED,
        f"agency:{agency}",
        agency,
        word.notification,
        {"kind": word.kind.value, "outcome": word.outcome and word.outcome.value, "state": state.value},
    )
