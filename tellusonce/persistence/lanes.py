"""An agency's lane: claiming what is due, and recording what came of it."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from tellusonce.domain.acknowledgement import Acknowledgement
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.domain.follow_up import FollowUpKind, NewFollowUp
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.persistence.breakers import pause_lane
from tellusonce.persistence.database import Database
from tellusonce.persistence.encryption import Encryption
from tellusonce.persistence.follow_ups import open_follow_ups
from tellusonce.persistence.leases import undo_claims
from tellusonce.persistence.low_water import LowWater
from tellusonce.persistence.master_keys import CannotBeDecrypted
from tellusonce.persistence.master_secret import SecretUnusable
from tellusonce.persistence.recording import Attempted, record_results
from tellusonce.persistence.trail import write_trail
from tellusonce.services.deliver import Claimed, Recorded
from tellusonce.services.gathering import Gathering

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
    leased_until = now() + make_interval(secs => due.lease_seconds),
    claimed_by = %(claimed_by)s
FROM due, report, report_version
WHERE notification.id = due.id
  AND report.id = notification.report_id
  AND report_version.report_id = notification.report_id
  AND report_version.version = notification.facts_version
RETURNING {CLAIMED}, next_attempt_at
"""  # noqa: S608

_IS_DUE: LiteralString = """
notification.agency = asked.agency AND state = 'queued'
  AND next_attempt_at <= now() AND next_attempt_at >= coalesce(asked.mark, '-infinity')
  AND (leased_until IS NULL OR leased_until <= now())
"""

_IS_HELD: LiteralString = """
EXISTS (SELECT FROM lane WHERE lane.agency = asked.agency AND (paused_at IS NOT NULL OR open_until IS NOT NULL))
"""

# What was lost twice may be what kills the workers, and is left to CLAIM_ONE.
CLAIM: LiteralString = f"""
WITH due AS (
    SELECT id, lease_seconds
    FROM unnest(%(agencies)s::text[], %(limits)s::integer[], %(lease_seconds)s::float8[], %(marks)s::timestamptz[])
        AS asked (agency, at_most, lease_seconds, mark),
    LATERAL (
        SELECT id FROM notification
        WHERE {_IS_DUE} AND lost_attempts < 2
        ORDER BY next_attempt_at
        LIMIT asked.at_most
        FOR UPDATE SKIP LOCKED
    ) AS oldest
    WHERE NOT {_IS_HELD}
)
{_CLAIM_DUE}
"""  # noqa: S608

# Alone: a suspect, which would take its mates down with it; or the probe of a breaker that has been open.
CLAIM_ONE: LiteralString = f"""
WITH asked AS (
    SELECT %(agency)s AS agency, %(lease_seconds)s::float8 AS lease_seconds, %(mark)s::timestamptz AS mark
), probe AS (
    UPDATE lane SET probing_until = now() + make_interval(secs => lease_seconds) FROM asked
    WHERE lane.agency = asked.agency AND paused_at IS NULL AND open_until <= now()
      AND (probing_until IS NULL OR probing_until <= now())
      AND EXISTS (SELECT FROM notification WHERE {_IS_DUE})
    RETURNING lane.agency
), due AS (
    SELECT id, lease_seconds FROM asked, LATERAL (
        SELECT id FROM notification
        WHERE {_IS_DUE}
        ORDER BY next_attempt_at
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    ) AS oldest
    WHERE NOT {_IS_HELD} OR EXISTS (SELECT FROM probe)
)
{_CLAIM_DUE}
"""  # noqa: S608

_GATHERED_LIMIT = 32
# A report for thirty agencies wakes thirty lanes in the time of a few; PostgreSQL plans each statement anew.
_LINGER_SECONDS = 0.002
_SLOW_CLAIM_SECONDS = 0.03
_BOUNCED: LiteralString = """
UPDATE notification SET state = 'parked', delivered_at = NULL
WHERE id = ANY (%s) AND state = 'delivered'
RETURNING report_id, id, agency
"""


@dataclass(frozen=True, slots=True)
class _Asked:
    """For up to so many of an agency's notifications, under a lease."""

    agency: str
    limit: int
    lease_seconds: float


class Lanes:
    """The port `Lane` on PostgreSQL. What several lanes ask for at the same time is done in one transaction."""

    def __init__(self, database: Database, breaker: CircuitBreaker, claimed_by: int | None = None) -> None:
        self._database = database
        self._breaker = breaker
        self._claimed_by = claimed_by
        self._low_water = LowWater(_SLOW_CLAIM_SECONDS)
        self._low_water_alone = LowWater(_SLOW_CLAIM_SECONDS, self._low_water.reached)
        self._claiming = Gathering(self._claim_for_all, _GATHERED_LIMIT, _LINGER_SECONDS)
        self._recording = Gathering(self._record_for_all, _GATHERED_LIMIT, _LINGER_SECONDS)

    def claim(self, agency: str, limit: int, lease_seconds: float) -> list[Claimed]:
        """Take up to `limit` that are due, under a lease."""
        return self._claiming.ask(_Asked(agency, limit, lease_seconds))

    def _claim_for_all(self, asked: Sequence[_Asked]) -> list[list[Claimed]]:
        by_agency = {each.agency: each for each in asked}
        if len(by_agency) < len(asked):  # of one agency's lane each takes what the other leaves
            return [self._claim_for_all([each])[0] for each in asked]
        marks = self._low_water.marks(by_agency)
        started = time.monotonic()
        claims = self._claim(
            CLAIM,
            {
                "agencies": list(by_agency),
                "limits": [each.limit for each in asked],
                "lease_seconds": [each.lease_seconds for each in asked],
                "marks": list(marks.values()),
            },
        )
        reached = [(claimed.agency, due_at) for claimed, due_at in claims]
        self._low_water.looked(marks, reached, time.monotonic() - started)
        return [[claimed for claimed, _ in claims if claimed.agency == each.agency] for each in asked]

    def claim_one(self, agency: str, lease_seconds: float) -> list[Claimed]:
        """Take one that must be tried alone."""
        marks = self._low_water_alone.marks([agency])
        started = time.monotonic()
        claims = self._claim(CLAIM_ONE, {"agency": agency, "lease_seconds": lease_seconds, "mark": marks[agency]})
        # It takes one of all that there may be, and so reaches nothing.
        self._low_water_alone.looked(marks, (), time.monotonic() - started)
        return [claimed for claimed, _ in claims]

    def _claim(self, statement: LiteralString, parameters: Mapping[str, object]) -> list[tuple[Claimed, datetime]]:
        """Those taken, each with the time at which it became due."""
        with self._database.statement() as cursor:
            rows = cursor.execute(statement, {**parameters, "claimed_by": self._claimed_by}).fetchall()
            try:
                return [(self._claimed(row), due_at) for *row, due_at in rows]
            except SecretUnusable:
                undo_claims(cursor, [row[:2] for row in rows])  # it is no attempt: who has the keys will make one
                raise

    def _claimed(self, row: Sequence[Any]) -> Claimed:
        try:
            return claimed_of(self._database.encryption, row)
        except CannotBeDecrypted:
            return Claimed(*(*row[:-4], {}))

    def record(self, recorded: Sequence[Recorded], channel: str) -> list[Acknowledgement]:
        """Write what came of attempts; gives the words that an earlier word overtook, to be taken on their own."""
        return self._recording.ask(Attempted(recorded, channel))

    def _record_for_all(self, attempted: Sequence[Attempted]) -> list[list[Acknowledgement]]:
        with self._database.pipeline() as cursor:
            return record_results(cursor, self._database.encryption, attempted, self._breaker)

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


def claimed_of(encryption: Encryption, row: Sequence[Any]) -> Claimed:
    """The claim of which these are the columns. Raises CannotBeDecrypted, SecretUnusable."""
    *columns, facts, facts_version, wrapped_key, master_key = row
    key = encryption.key(columns[3], wrapped_key, master_key)
    return Claimed(*(*columns, key.decrypt_facts(facts_version, facts)))
