"""Recording what came of attempts: states, attempts, the agencies' words, follow-ups and the trail, in one go."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from tellusonce.domain.acknowledgement import Acknowledgement
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.domain.follow_up import NewFollowUp
from tellusonce.domain.notification import CLOSED, State
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.persistence.breakers import count_results
from tellusonce.persistence.chains import Moved, follow_through
from tellusonce.persistence.database import Cursor
from tellusonce.persistence.encryption import Encryption
from tellusonce.persistence.follow_ups import close_follow_ups, open_follow_ups
from tellusonce.persistence.trail import write_trail
from tellusonce.persistence.unnest import arrays
from tellusonce.persistence.words import encrypted_words
from tellusonce.services.deliver import Recorded, Result

# Fenced by the attempt number: once the lease has ended and another claim counted up, nothing here matches. The state
# is compared with a column and not with a constant, else PostgreSQL may read all that is queued for each batch.
RECORD: LiteralString = """
WITH answer AS (
    SELECT *, 'queued' AS state_before FROM unnest(
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
    WHERE notification.id = answer.id AND notification.attempts = answer.number
      AND notification.state = answer.state_before
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
), told AS (
    INSERT INTO trail (report_id, action, actor, agency, notification_id, detail)
    SELECT report_id, action, actor, agency, id, detail
    FROM unnest(%b::uuid[], %b::smallint[], %b::uuid[], %b::text[], %b::text[], %b::text[], %b::jsonb[])
        WITH ORDINALITY AS entry (id, number, report_id, action, actor, agency, detail, place)
    JOIN tried USING (id, number)
    ORDER BY place
)
SELECT id, number FROM tried
"""

# For which of these there is more to be done: notifications, reports, agencies. A statement of its own, for its
# snapshot: a later version that was added while the first one waited for a row's lock is seen by this one only.
AFTERMATH: LiteralString = """
SELECT ARRAY(SELECT notification_id FROM follow_up WHERE notification_id = ANY (%b) AND closed_at IS NULL),
       ARRAY(SELECT report_id FROM notification WHERE state = 'waiting' AND agency = ANY (%b) AND report_id = ANY (%b)),
       ARRAY(SELECT agency FROM lane WHERE agency = ANY (%b))
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


@dataclass(frozen=True)
class Attempted:
    """What came of some attempts over one channel."""

    recorded: Sequence[Recorded]
    channel: str


def record_results(
    cursor: Cursor, encryption: Encryption, attempted: Sequence[Attempted], breaker: CircuitBreaker
) -> list[list[Acknowledgement]]:
    """Write the results of attempts, in the transaction and pipeline of the cursor.

    Gives for each the words that an earlier word overtook, to be taken on their own.
    """
    channels = {_token(each): its.channel for its in attempted for each in its.recorded}
    ordered = sorted((each for its in attempted for each in its.recorded), key=_token)  # against deadlocks
    notes = encrypted_words(cursor, encryption, [_said(each) for each in ordered])
    rows = [_row(each, channels[_token(each)], note) for each, note in zip(ordered, notes, strict=True)]
    entries = [_entry_row(each, entry) for each in ordered for entry in _entries(each)]
    cursor.execute(RECORD, [*arrays(rows), _CLOSED, *arrays(entries)], prepare=True)
    with cursor.connection.cursor() as aftermath:
        _look_for_aftermath(aftermath, ordered)
        tried = set(cursor)
        concerned = {concern for concerns in aftermath.fetchone() or () for concern in concerns}
    written = [each for each in ordered if _token(each) in tried]
    for agency, its in _by_agency(written):
        if any(not _went_well(each) or concerned & _concerns(each) for each in its):
            _write_consequences(cursor, encryption, its)
            count_results(cursor, agency, [each.answer for each in its], breaker)
    overtaken = [(each, row) for each, row in zip(ordered, rows, strict=True) if _token(each) not in tried]
    words = _record_overtaken(cursor, overtaken) if overtaken else {}
    return [[words[token] for token in map(_token, its.recorded) if token in words] for its in attempted]


def _look_for_aftermath(cursor: Cursor, recorded: Sequence[Recorded]) -> None:
    claims = [each.answer.claimed for each in recorded]
    agencies = list({each.agency for each in claims})
    ids, reports = [each.id for each in claims], [each.report_id for each in claims]
    cursor.execute(AFTERMATH, (ids, agencies, reports, agencies), prepare=True)


def _by_agency(recorded: Sequence[Recorded]) -> Iterator[tuple[str, list[Recorded]]]:
    """In the order of their names: against deadlocks over their lanes."""
    ordered = sorted(recorded, key=_agency)
    return ((agency, list(its)) for agency, its in groupby(ordered, key=_agency))


def _agency(recorded: Recorded) -> str:
    return recorded.answer.claimed.agency


def _concerns(recorded: Recorded) -> frozenset[object]:
    claimed = recorded.answer.claimed
    return frozenset((claimed.id, claimed.report_id, claimed.agency))


def _went_well(recorded: Recorded) -> bool:
    """Whether nothing follows from it for a person, for the agency's lane or for another version."""
    answer = recorded.answer
    return answer.result is Result.DELIVERED and recorded.follow_up is None and answer.claimed.sequence == 1


def _record_overtaken(
    cursor: Cursor, results: Sequence[tuple[Recorded, tuple[object, ...]]]
) -> dict[tuple[UUID, int], Acknowledgement]:
    """The words of those that were overtaken, by attempt; each result comes with its row."""
    cursor.execute(RECORD_OVERTAKEN, arrays([(*row[:2], *row[4:8]) for _, row in results]))
    is_new = {(notification, number): new for notification, number, new in cursor}
    overtaken = [each for each, _ in results if _token(each) in is_new]
    write_trail(
        cursor,
        [entry for each in overtaken if is_new[_token(each)] for entry in _attempt_entries(each, _ended(each))],
    )
    return {_token(each): each.answer.acknowledgement for each in overtaken if each.answer.acknowledgement}


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


def _entry_row(recorded: Recorded, entry: TrailEntry) -> tuple[object, ...]:
    return *_token(recorded), entry.report_id, entry.action.value, entry.actor, entry.agency, Jsonb(entry.detail)


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
    write_trail(cursor, [*opened, *closed, *followed])


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
