"""How agencies' lanes stand: paused by a person or by the agency, or held by a circuit breaker that all workers see."""

from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg.rows import dict_row

from tellusonce.domain.agency_act import AgencyAction
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.persistence.agency_acts import write_act
from tellusonce.persistence.database import Cursor, Database
from tellusonce.services.deliver import Answer, Result

_FAILURES = frozenset({Result.REFUSED, Result.TIMED_OUT, Result.UNREACHABLE})

# Nothing is counted while all is well. Any success closes an open breaker; the subquery still sees it open.
_SUCCEEDED: LiteralString = """
UPDATE lane
SET successes = CASE WHEN open_until IS NULL THEN successes + %(successes)s ELSE 0 END,
    failures = CASE WHEN open_until IS NULL THEN failures ELSE 0 END,
    open_until = NULL, open_seconds = 0, probing_until = NULL
WHERE agency = %(agency)s AND (failures > 0 OR open_until IS NOT NULL)
RETURNING (SELECT before.open_until IS NOT NULL FROM lane AS before WHERE before.agency = lane.agency)
"""

# An agency that is back need not wait for what was tried while it was away; what was not tried is due anyway.
_HASTEN: LiteralString = """
UPDATE notification SET next_attempt_at = now()
WHERE id IN (
    SELECT id FROM notification
    WHERE agency = %(agency)s AND state = 'queued' AND next_attempt_at > now() LIMIT 10000 FOR UPDATE SKIP LOCKED
)
"""

# What was under way when the breaker opened is not counted: it tells nothing new.
_FAILED: LiteralString = """
INSERT INTO lane AS standing (agency, successes, failures) VALUES (%(agency)s, %(successes)s, %(failures)s)
ON CONFLICT (agency) DO UPDATE
SET (counted_since, successes, failures) = (
    SELECT CASE WHEN lasts THEN standing.counted_since ELSE now() END,
           excluded.successes + CASE WHEN lasts THEN standing.successes ELSE 0 END,
           excluded.failures + CASE WHEN lasts THEN standing.failures ELSE 0 END
    FROM (SELECT standing.counted_since > now() - make_interval(secs => %(window_seconds)s) AS lasts) AS counting
)
WHERE standing.open_until IS NULL OR standing.open_until <= now()
"""

_OPEN: LiteralString = """
UPDATE lane
SET open_seconds = least(greatest(2 * open_seconds, %(open_seconds)s), %(open_limit_seconds)s),
    open_until = now() + make_interval(
        secs => greatest(%(wait_seconds)s, least(greatest(2 * open_seconds, %(open_seconds)s), %(open_limit_seconds)s))
    ),
    probing_until = NULL, successes = 0, failures = 0, counted_since = now()
WHERE agency = %(agency)s AND (
    open_until <= now()
    OR open_until IS NULL AND (
        %(wait_seconds)s > 0
        OR failures + successes >= %(attempts_at_least)s AND failures >= %(failure_ratio)s * (failures + successes)
    )
)
"""


def count_results(cursor: Cursor, agency: str, answers: Sequence[Answer], breaker: CircuitBreaker) -> None:
    """Count how the agency's attempts ended, and open or close its breaker accordingly.

    An agency that asks to wait (Retry-After) is waited for as a whole.
    """
    failed = [each for each in answers if each.result in _FAILURES]
    parameters = {
        "agency": agency,
        "failures": len(failed),
        "successes": sum(each.result is Result.DELIVERED for each in answers),
        "wait_seconds": min(max((each.retry_after_seconds for each in failed), default=0), breaker.open_limit_seconds),
        **vars(breaker),
    }
    if failed:
        cursor.execute(_FAILED, parameters)
        cursor.execute(_OPEN, parameters)
    elif parameters["successes"]:
        cursor.execute(_SUCCEEDED, parameters)
        if cursor.fetchone() == (True,):
            cursor.execute(_HASTEN, parameters)


def pause_lane(cursor: Cursor, agency: str, because: str) -> bool:
    """Nothing is claimed for a paused lane; whether it was not paused before."""
    paused = cursor.execute(
        "INSERT INTO lane AS standing (agency, paused_at, paused_because) VALUES (%(agency)s, now(), %(because)s) "
        "ON CONFLICT (agency) DO UPDATE SET paused_at = now(), paused_because = excluded.paused_because "
        "WHERE standing.paused_at IS NULL",
        {"agency": agency, "because": because},
    )
    return paused.rowcount > 0


_RESUME: LiteralString = """
UPDATE lane
SET paused_at = NULL, paused_because = NULL, open_until = NULL, open_seconds = 0, probing_until = NULL,
    successes = 0, failures = 0
WHERE agency = %s AND (paused_at IS NOT NULL OR open_until IS NOT NULL)
"""

_STANDING: LiteralString = "SELECT agency, paused_at, paused_because, open_until FROM lane ORDER BY agency"


class LaneControl:
    """Pausing and resuming lanes by hand."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pause(self, agency: str, because: str, actor: str) -> None:
        """Send nothing more to the agency until it is resumed; what is under way is seen through."""
        with self._database.cursor() as cursor:
            if pause_lane(cursor, agency, because):
                write_act(cursor, agency, AgencyAction.PAUSED, actor)

    def resume(self, agency: str, actor: str) -> bool:
        """Send again, whether it was paused or its breaker was open; whether either was so."""
        with self._database.cursor() as cursor:
            resumed = cursor.execute(_RESUME, (agency,)).rowcount > 0
            if resumed:
                cursor.execute(_HASTEN, {"agency": agency})
                write_act(cursor, agency, AgencyAction.RESUMED, actor)
            return resumed

    def standing(self) -> list[dict[str, Any]]:
        """The lanes that have had trouble, and how they stand."""
        with self._database.statement() as cursor, cursor.connection.cursor(row_factory=dict_row) as rows:
            return rows.execute(_STANDING).fetchall()
