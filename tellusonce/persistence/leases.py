"""Leases under which agencies pull their notifications."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from tellusonce.domain.acknowledgement import StaleLease
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.trail import write_trail
from tellusonce.persistence.unnest import arrays
from tellusonce.persistence.words import encrypted_words
from tellusonce.services.deliver import Claimed, Result
from tellusonce.services.leases import CHANNEL, NoSuchLease

_ENDS: LiteralString = "SELECT id, leased_until FROM notification WHERE id = ANY (%s)"

# The number is given out again with the next claim: nobody has seen it yet.
_UNDO: LiteralString = """
UPDATE notification
SET attempts = attempts - 1, lost_attempts = lost_attempts - 1, leased_until = NULL
FROM unnest(%b::uuid[], %b::smallint[]) AS claimed (id, number)
WHERE notification.id = claimed.id AND attempts = claimed.number AND state = 'queued'
"""

# One that has ended and was not taken again since is still its agency's.
_IS_HELD: LiteralString = """
id = %(notification)s AND agency = %(agency)s AND attempts = %(attempt)s AND state = 'queued'
  AND leased_until IS NOT NULL
"""

_EXTEND: LiteralString = f"""
UPDATE notification SET leased_until = now() + make_interval(secs => %(lease_seconds)s)
WHERE {_IS_HELD}
RETURNING leased_until
"""  # noqa: S608

_GIVE_BACK: LiteralString = f"""
UPDATE notification
SET lost_attempts = 0, leased_until = NULL, next_attempt_at = now() + make_interval(secs => %(due_in_seconds)s)
WHERE {_IS_HELD}
RETURNING report_id
"""  # noqa: S608

_TRIED: LiteralString = """
INSERT INTO attempt (notification_id, number, channel, result, duration_ms, reason)
VALUES (%(notification)s, %(attempt)s, %(channel)s, %(result)s, 0, %(reason)s)
"""

_HAD: LiteralString = """
SELECT attempt.result
FROM notification LEFT JOIN attempt ON notification_id = notification.id AND number = %(attempt)s
WHERE notification.id = %(notification)s AND agency = %(agency)s AND attempts >= %(attempt)s
"""


class StoredLeases:
    """The port `LeaseStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, claims: Sequence[Claimed], actor: str) -> Mapping[UUID, datetime]:
        """Write into the trail that the agency takes these; gives when the leases end."""
        with self._database.cursor() as cursor:
            write_trail(
                cursor,
                [
                    TrailEntry(each.report_id, Action.LEASED, actor, each.agency, each.id, {"attempt": each.attempt})
                    for each in claims
                ],
            )
            cursor.execute(_ENDS, ([each.id for each in claims],))
            return dict(cursor.fetchall())

    def undo(self, claims: Sequence[Claimed]) -> None:
        """Make it as if these had not been claimed."""
        with self._database.statement() as cursor:
            undo_claims(cursor, [(each.id, each.attempt) for each in claims])

    def extend(self, agency: str, notification: UUID, attempt: int, lease_seconds: float) -> datetime:
        """Let the lease end so long from now."""
        named = {"agency": agency, "notification": notification, "attempt": attempt}
        with self._database.cursor() as cursor:
            extended = cursor.execute(_EXTEND, {**named, "lease_seconds": lease_seconds}).fetchone()
            if extended is None:
                _result_of(cursor, named)
                raise StaleLease
            expires_at: datetime = extended[0]
            return expires_at

    def give_back(
        self, agency: str, notification: UUID, attempt: int, *, reason: str, actor: str, due_in_seconds: float
    ) -> None:
        """End the lease, unless this was done before."""
        named = {"agency": agency, "notification": notification, "attempt": attempt}
        with self._database.cursor() as cursor:
            returned = cursor.execute(_GIVE_BACK, {**named, "due_in_seconds": due_in_seconds}).fetchone()
            if returned is None:
                if _result_of(cursor, named) != Result.RETURNED:
                    raise StaleLease
                return
            (encrypted,) = encrypted_words(cursor, self._database.encryption, [(returned[0], notification, reason)])
            outcome = {"channel": CHANNEL, "result": Result.RETURNED.value, "reason": encrypted}
            cursor.execute(_TRIED, {**named, **outcome})
            detail = {"attempt": attempt, "result": Result.RETURNED.value, "status": None}
            write_trail(cursor, [TrailEntry(returned[0], Action.ATTEMPT_FAILED, actor, agency, notification, detail)])


def undo_claims(cursor: Cursor, claims: Sequence[tuple[Any, ...]]) -> None:
    """Make it as if these, each with the number of its attempt, had not been claimed."""
    if claims:
        cursor.execute(_UNDO, arrays(claims))


def _result_of(cursor: Cursor, named: Mapping[str, object]) -> str | None:
    """How the attempt under this lease ended, if that is known. Raises NoSuchLease."""
    had = cursor.execute(_HAD, named).fetchone()
    if had is None:
        raise NoSuchLease
    result: str | None = had[0]
    return result
