"""An agency's lane: claiming what is due, and recording what came of it."""

from collections.abc import Iterator, Sequence
from typing import LiteralString
from uuid import UUID

from tellusonce.domain.acknowledgement import Acknowledgement
from tellusonce.domain.follow_up import NewFollowUp
from tellusonce.domain.notification import CLOSED, State
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.follow_ups import open_follow_ups
from tellusonce.persistence.trail import write_trail
from tellusonce.persistence.unnest import arrays
from tellusonce.services.deliver import Claimed, Recorded, Result

# A claim does not change the state: it moves the time at which the notification is due again to the end of the
# lease, so that a claim whose worker dies needs no repair. The attempt is counted here, before anything is sent.
CLAIM: LiteralString = """
WITH due AS (
    SELECT id FROM notification
    WHERE agency = %(agency)s AND state = 'queued' AND next_attempt_at <= now()
      AND NOT EXISTS (SELECT FROM paused_agency WHERE agency = %(agency)s)
    ORDER BY next_attempt_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE notification
SET attempts = attempts + 1,
    lost_attempts = lost_attempts + 1,
    next_attempt_at = now() + make_interval(secs => %(lease_seconds)s)
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
        delivered_at = CASE WHEN answer.result = 'delivered' THEN now() END,
        received_at = CASE WHEN answer.ack_kind IS NOT NULL THEN now() END,
        closed_at = CASE WHEN answer.state = ANY (%b) THEN now() END
    FROM answer
    WHERE notification.id = answer.id AND notification.attempts = answer.number AND notification.state = 'queued'
    RETURNING notification.id
), tried AS (
    INSERT INTO attempt (notification_id, number, channel, result, status, duration_ms)
    SELECT id, number, channel, result, status, duration_ms FROM answer JOIN moved USING (id)
    ON CONFLICT DO NOTHING
    RETURNING notification_id AS id
), acknowledged AS (
    INSERT INTO acknowledgement (notification_id, kind, outcome, effective_on, note, at, state_after)
    SELECT id, ack_kind, outcome, effective_on, note, at, state FROM answer JOIN tried USING (id)
    WHERE ack_kind IS NOT NULL
    ON CONFLICT DO NOTHING
)
SELECT id FROM tried
"""

# The agency's own word overtook the reply: the state stands, the attempt is recorded all the same.
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
    RETURNING notification.id
)
INSERT INTO attempt (notification_id, number, channel, result, status, duration_ms)
SELECT id, number, channel, result, status, duration_ms FROM answer JOIN overtaken USING (id)
ON CONFLICT DO NOTHING
RETURNING notification_id
"""

_CLOSED = [str(state) for state in CLOSED]


class Lanes:
    """The port `Lane` on PostgreSQL."""

    def __init__(self, database: Database, channel: str) -> None:
        self._database = database
        self._channel = channel

    def claim(self, agency: str, limit: int, lease_seconds: float) -> list[Claimed]:
        """Take up to `limit` that are due, under a lease."""
        with self._database.cursor() as cursor:
            cursor.execute(CLAIM, {"agency": agency, "limit": limit, "lease_seconds": lease_seconds})
            return [Claimed(*row) for row in cursor]

    def record(self, recorded: Sequence[Recorded]) -> list[Acknowledgement]:
        """Write what came of attempts; gives the words that an earlier word overtook, to be taken on their own."""
        with self._database.cursor() as cursor:
            cursor.execute(RECORD, [*arrays([self._row(each) for each in recorded]), _CLOSED], prepare=True)
            tried = {row[0] for row in cursor}
            _write_consequences(cursor, [each for each in recorded if each.answer.claimed.id in tried])
            if len(tried) == len(recorded):
                return []
            return self._record_overtaken(cursor, [each for each in recorded if each.answer.claimed.id not in tried])

    def pause(self, agency: str, because: str) -> None:
        """Claim nothing more for this agency until a person resumes it."""
        with self._database.cursor() as cursor:
            cursor.execute(
                "INSERT INTO paused_agency (agency, because) VALUES (%s, %s) ON CONFLICT DO NOTHING", (agency, because)
            )

    def _record_overtaken(self, cursor: Cursor, recorded: Sequence[Recorded]) -> list[Acknowledgement]:
        rows = [self._row(each) for each in recorded]
        cursor.execute(RECORD_OVERTAKEN, arrays([(*row[:2], *row[4:8]) for row in rows]))
        overtaken = {row[0] for row in cursor}
        answers = [each.answer for each in recorded if each.answer.claimed.id in overtaken]
        write_trail(cursor, [_attempt_entry(each) for each in recorded if each.answer.claimed.id in overtaken])
        return [answer.acknowledgement for answer in answers if answer.acknowledgement]

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
                (word.kind.value, word.outcome and word.outcome.value, word.effective_on, word.note, word.at_utc)
                if word
                else (None, None, None, None, None)
            ),
        )


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
    write_trail(cursor, [*(entry for each in recorded for entry in _entries(each)), *opened])


def _entries(recorded: Recorded) -> Iterator[TrailEntry]:
    answer = recorded.answer
    if answer.claimed.lost_attempts > 1:
        yield _entry(recorded, Action.ATTEMPT_LOST, {"attempts_without_result": answer.claimed.lost_attempts - 1})
    yield _attempt_entry(recorded)
    if answer.acknowledgement:
        yield acknowledged_entry(
            answer.claimed.report_id, answer.claimed.agency, answer.acknowledgement, recorded.state
        )


def _attempt_entry(recorded: Recorded) -> TrailEntry:
    answer = recorded.answer
    if recorded.state is State.PARKED:
        action = Action.PARKED
    elif answer.result is Result.DELIVERED:
        action = Action.DELIVERED
    else:
        action = Action.ATTEMPT_FAILED
    return _entry(
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
