"""What the tables say of reports, in the words in which the trail vouches for it."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, LiteralString
from uuid import UUID

from tellusonce.domain.vouching import Row, Stated
from tellusonce.persistence.database import Cursor

_REPORTS: LiteralString = """
SELECT id, version, held_at IS NOT NULL AS held, facts_destroyed_at IS NOT NULL AS facts_destroyed
FROM report WHERE id BETWEEN %s AND %s
"""
_VERSIONS: LiteralString = """
SELECT report_id, version, kind, reason, registered_by, encode(sha256(facts), 'hex') AS facts
FROM report_version WHERE report_id BETWEEN %s AND %s
"""
# One that waits for an earlier one is queued behind it.
_NOTIFICATIONS: LiteralString = """
SELECT report_id, id, agency, fields, gateway, agreement_version, version, kind, changed,
       CASE state WHEN 'waiting' THEN 'queued' ELSE state END AS state
FROM notification WHERE report_id BETWEEN %s AND %s
"""
_CONSENTS: LiteralString = """
SELECT report_id, number, version, given_by, capacity, agencies, fields, recorded, given_at
FROM consent WHERE report_id BETWEEN %s AND %s
"""
_CONSENTS_WITHDRAWN: LiteralString = """
SELECT report_id, row_number() OVER (PARTITION BY report_id ORDER BY id), given_by, agencies, recorded, withdrawn_by
FROM consent_withdrawal WHERE report_id BETWEEN %s AND %s
"""
# OFFSET 0 keeps each look-up a probe of an index, however many there are.
_ATTEMPTS: LiteralString = """
SELECT report_id, number, id, result, status
FROM notification, LATERAL (SELECT * FROM attempt WHERE notification_id = notification.id OFFSET 0) AS tried
WHERE report_id BETWEEN %s AND %s
"""
_ACKNOWLEDGEMENTS: LiteralString = """
SELECT report_id, coalesce(word.outcome, word.kind), notification.id, array_agg(state_after) AS state_after
FROM notification, LATERAL (SELECT * FROM acknowledgement WHERE notification_id = notification.id OFFSET 0) AS word
WHERE report_id BETWEEN %s AND %s
GROUP BY 1, 2, 3
"""
_FOLLOW_UPS: LiteralString = """
SELECT report_id, kind, id, agency, notification_id AS notification, closed_at IS NOT NULL AS closed
FROM follow_up WHERE report_id BETWEEN %s AND %s
"""

# By how many columns after the report's id a row is called, and how.
_READ: tuple[tuple[LiteralString, int, Callable[..., Row]], ...] = (
    (_REPORTS, 0, lambda: ("report",)),
    (_VERSIONS, 1, lambda version: ("version", str(version))),
    (_NOTIFICATIONS, 1, lambda id_: ("notification", str(id_))),
    (_CONSENTS, 2, lambda number, version: ("consent", str(number), "of version", str(version))),
    (_CONSENTS_WITHDRAWN, 1, lambda number: ("withdrawal of consent", str(number))),
    (_ATTEMPTS, 2, lambda number, notification: ("attempt", str(number), "of notification", str(notification))),
    (_ACKNOWLEDGEMENTS, 2, lambda word, notification: ("acknowledgement", word, "of notification", str(notification))),
    (_FOLLOW_UPS, 2, lambda kind, id_: ("follow-up", kind, str(id_))),
)


def stated(cursor: Cursor, first: UUID, last: UUID) -> Mapping[UUID, Stated]:
    """Of the reports between these two ids, by report."""
    found: dict[UUID, dict[Row, Mapping[str, Any]]] = defaultdict(dict)
    for query, words, named in _READ:
        cursor.execute(query, (first, last), binary=True)
        columns = [column.name for column in cursor.description or ()][1 + words :]
        for report, *row in cursor:
            said = dict(zip(columns, row[words:], strict=True))
            if "state_after" in said:
                said["state_after"] = set(said["state_after"])
            found[report][named(*row[:words])] = said
    return found
