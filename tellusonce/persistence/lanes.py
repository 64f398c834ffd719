"""An agency's lane: claiming what is due, and recording what came of it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, LiteralString
from uuid import UUID

from tellusonce.domain.acknowledgement import Acknowledgement
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.domain.follow_up import FollowUpKind, NewFollowUp
from tellusonce.domain.notification import CLOSED, State
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.persistence.breakers import count_results, pause_lane
from tellusonce.persistence.chains import Moved, follow_through
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.encryption import Encryption
from tellusonce.persistence.follow_ups import close_follow_ups, open_follow_ups
from tellusonce.persistence.leases import undo_claims
from tellusonce.persistence.master_keys import CannotBeDecrypted
from tellusonce.persistence.master_secret import SecretUnusable
from tellusonce.persistence.trail import write_trail
from tellusonce.persistence.unnest import arrays
from tellusonce.persistence.words import encrypted_words
from tellusonce.services.deliver import Claimed, Recorded, Result

CLAIMED: LiteralString = """
notification.id, attempts, lost_attempts, report.id, reference, life_event, notification.kind, notification.reason,
          changed, provisional, notification.version, sequence, agency, benefits, fields, gateway, agreement_version,
          receipt_due_on, outcome_due_on, notification.accepted_at, facts, facts_version, wrapped_key, master_key
"""
"""The columns of `claimed_of`."""

# A claim does not change the state, so that one whose worker dies needs no repair: after its lease the notification
# is due again. The attempt is counted here, before anything is sent.
_CLAIM_DUE: LiteralString = f"""
UPDATE notification
SET attempts = attempts + 1,
    lost_attempts = lost_attempts + 1,
    leased_until = now() + make_interval(secs => %(lease_seconds)s)
FROM due, report, report_version
WHERE notification.id = due.id
  AND report.id = notification.report_id
  AND report_version.report_id = notification.report_id
  AND report_version.version = notification.facts_version
RETURNING {CLAIMED}
"""  # noqa: S608

_IS_DUE: LiteralString = """
agency = %(agency)s AND state = 'queued' AND next_attempt_at <= now()
      AND (leased_until IS NULL OR leased_until <= now())
"""

_LANE_IS_OPEN: LiteralString = """
NOT EXISTS (SELECT FROM lane WHERE agency = %(agency)s AND (paused_at IS NOT NULL OR open_until IS NOT NULL))
"""

# What was lost twice may be what kills the workers, and is left to CLAIM_ONE.
CLAIM: LiteralString = f"""
WITH due AS (
    SELECT id FROM notification
    WHERE {_IS_DUE} AND lost_attempts < 2 AND {_LANE_IS_OPEN}
    ORDER BY next_attempt_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
{_CLAIM_DUE}
"""  # noqa: S608

# Alone: a suspect, which would take its mates down with it; or the probe of a breaker that has been open.
CLAIM_ONE: LiteralString = f"""
WITH probe AS (
    UPDATE lane SET probing_until = now() + make_interval(secs => %(lease_seconds)s)
    WHERE agency = %(agency)s AND paused_at IS NULL AND open_until <= now()
      AND (probing_until IS NULL OR probing_until <= now())
      AND EXISTS (SELECT FROM notification WHERE {_IS_DUE})
    RETURNING agency
), due AS (
    SELECT id FROM notification
    WHERE {_IS_DUE} AND ({_LANE_IS_OPEN} OR EXISTS (SELECT FROM probe))
    ORDER BY next_attempt_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
{_CLAIM_DUE}
"""  # noqa: S608

# Fenced by the attempt number: once the lease has ended and another claim counted up, nothing here matches.
RECORD: LiteralString = """
WITH answer AS (
    SELECT * FROM unnest(
        %b::uuid[], %b::smallint[], %b::text[], %b::float8[], %b::text[], %b::text[], %b::smallint[], %b::integer[],
        %b::text[], %b::text[], %b::date[], %b::bytea[], %b::timestamptz[]
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

_BOUNCED: LiteralString = """
UPDATE notification SET state = 'parked', delivered_at = NULL
WHERE id = ANY (%s) AND state = 'delivered'
RETURNING report_id, id, agency
"""

_CLOSED = [str(state) for state in CLOSED]


class Lanes:
    """The port `Lane` on PostgreSQL."""

    def __init__(self, database: Database, breaker: CircuitBreaker) -> None:
        self._database = database
        self._breaker = breaker

    def claim(self, agency: str, limit: int, lease_seconds: float) -> list[Claimed]:
        """Take up to `limit` that are due, under a lease."""
        return self._claim(CLAIM, {"agency": agency, "limit": limit, "lease_seconds": lease_seconds})

    def claim_one(self, agency: str, lease_seconds: float) -> list[Claimed]:
        """Take one that must be tried alone."""
        return self._claim(CLAIM_ONE, {"agency": agency, "lease_seconds": lease_seconds})

    def _claim(self, statement: LiteralString, parameters: Mapping[str, object]) -> list[Claimed]:
        with self._database.statement() as cursor:
            rows = cursor.execute(statement, parameters).fetchall()
            try:
                return [self._opened(row) for row in rows]
            except SecretUnusable:
                undo_claims(cursor, [row[:2] for row in rows])  # it is no attempt: who has the keys will make one
                raise

    def _opened(self, row: tuple[Any, ...]) -> Claimed:
        try:
            return claimed_of(self._database.encryption, row)
        except CannotBeDecrypted:
            return Claimed(*(*row[:-4], {}))

    def record(self, recorded: Sequence[Recorded], channel: str) -> list[Acknowledgement]:
        """Write what came of attempts; gives the words that an earlier word overtook, to be taken on their own."""
        ordered = sorted(recorded, key=_token)  # against deadlocks
        encryption = self._database.encryption
        with self._database.cursor() as cursor:
            notes = encrypted_words(cursor, encryption, [_said(each) for each in ordered])
            rows = [_row(each, channel, note) for each, note in zip(ordered, notes, strict=True)]
            cursor.execute(RECORD, [*arrays(rows), _CLOSED], prepare=True)
            tried = set(cursor)
            written = [each for each in ordered if _token(each) in tried]
            if written:
                _write_consequences(cursor, encryption, written)
                count_results(cursor, [each.answer for each in written], self._breaker)
            if len(tried) == len(ordered):
                return []
            overtaken = [(each, row) for each, row in zip(ordered, rows, strict=True) if _token(each) not in tried]
            return _record_overtaken(cursor, [each for each, _ in overtaken], [row for _, row in overtaken])

    def pause(self, agency: str, because: str) -> None:
        """Claim nothing more for this agency until a person resumes it."""
        with self._database.statement() as cursor:
            pause_lane(cursor, agency, because)

    def bounced(self, notifications: Collection[UUID]) -> int:
        """What was taken for delivered has come back: park it for a person; gives how many."""
        with self._database.cursor() as cursor:
            cursor.execute(_BOUNCED, (sorted(notifications),))
            bounced = cursor.fetchall()
            opened = open_follow_ups(
                cursor,
                self._database.encryption,
                [NewFollowUp(report_id, id_, agency, FollowUpKind.UNDELIVERABLE) for report_id, id_, agency in bounced],
            )
            entries = [
                TrailEntry(report_id, Action.BOUNCED, "tellusonce", agency, id_) for report_id, id_, agency in bounced
            ]
            write_trail(cursor, [*entries, *opened])
            return len(bounced)


def claimed_of(encryption: Encryption, row: tuple[Any, ...]) -> Claimed:
    """The claim of which these are the columns. Raises CannotBeDecrypted, SecretUnusable."""
    *columns, facts, facts_version, wrapped_key, master_key = row
    key = encryption.key(columns[3], wrapped_key, master_key)
    return Claimed(*(*columns, key.decrypt_facts(facts_version, facts)))


def _record_overtaken(
    cursor: Cursor, recorded: Sequence[Recorded], rows: Sequence[tuple[object, ...]]
) -> list[Acknowledgement]:
    cursor.execute(RECORD_OVERTAKEN, arrays([(*row[:2], *row[4:8]) for row in rows]))
    is_new = {(notification, number): new for notification, number, new in cursor}
    overtaken = [each for each in recorded if _token(each) in is_new]
    write_trail(
        cursor,
        [entry for each in overtaken if is_new[_token(each)] for entry in _attempt_entries(each, _ended(each))],
    )
    return [each.answer.acknowledgement for each in overtaken if each.answer.acknowledgement]


def _said(recorded: Recorded) -> tuple[UUID, UUID, str | None]:
    claimed, word = recorded.answer.claimed, recorded.answer.acknowledgement
    return claimed.report_id, claimed.id, word.note if word else None


def _row(recorded: Recorded, channel: str, note: bytes | None) -> tuple[object, ...]:
    answer = recorded.answer
    word = answer.acknowledgement
    return (
        answer.claimed.id,
        answer.claimed.attempt,
        recorded.state.value,
        recorded.retry_in_seconds,
        channel,
        answer.result.value,
        answer.status,
        answer.duration_ms,
        *(
            (word.kind.value, word.outcome and word.outcome.value, word.effective_on, note, word.at)
            if word
            else (None, None, None, None, None)
        ),
    )


def _token(recorded: Recorded) -> tuple[UUID, int]:
    return recorded.answer.claimed.id, recorded.answer.claimed.attempt


def _write_consequences(cursor: Cursor, encryption: Encryption, recorded: Sequence[Recorded]) -> None:
    opened = open_follow_ups(
        cursor,
        encryption,
        [
            NewFollowUp(
                each.answer.claimed.report_id,
                each.answer.claimed.id,
                each.answer.claimed.agency,
                each.follow_up,
                each.answer.acknowledgement.note if each.answer.acknowledgement else None,
            )
            for each in recorded
            if each.follow_up
        ],
    )
    closed = close_follow_ups(cursor, [(each.answer.claimed.id, each.state) for each in recorded])
    followed = follow_through(
        cursor,
        recorded[0].answer.claimed.agency,
        [
            Moved(each.answer.claimed.report_id, each.answer.claimed.sequence, State.QUEUED, each.state)
            for each in recorded
        ],
    )
    write_trail(cursor, [*(entry for each in recorded for entry in _entries(each)), *opened, *closed, *followed])


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


def acknowledged_entry(
    report_id: UUID, agency: str, word: Acknowledgement, state: State, actor: str | None = None
) -> TrailEntry:
    """The trail's line on an agency's word. The agency's note is a fact and stays out of it."""
    return TrailEntry(
        report_id,
        Action.ACKNOWLEDGED,
        actor or f"agency:{agency}",
        agency,
        word.notification,
        {"kind": word.kind.value, "outcome": word.outcome and word.outcome.value, "state": state.value},
    )
