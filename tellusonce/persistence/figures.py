"""Counting figures: one month's reports, found by the index of their acceptance, each with what is stored by its id."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import LiteralString

from tellusonce.domain.figures import CLEARED_KINDS, Count, Measure
from tellusonce.persistence.advisory_lock import AdvisoryLock
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.tables import CLOSED_STATES, figure
from tellusonce.persistence.unnest import BatchInsert

_COUNTING_SECONDS = 60
"""The longest time for one month, which is longer than what people wait for may take."""

_MONTHS_LOOKED_AT = 13
"""A month older than this changes no more, unless something of it is open."""

_BOUND: LiteralString = f"SELECT set_config('statement_timeout', '{_COUNTING_SECONDS}s', true)"
_LOCK: LiteralString = "SELECT pg_try_advisory_xact_lock(%s)"

# Those never counted first, the newest before the older; then the one whose figures stand longest. The older a month,
# the less it changes: its figures stand twice as long after a month, three times as long after two.
_DUE: LiteralString = """
SELECT each::date FROM generate_series(
    date_trunc('month', (SELECT min(accepted_at) FROM report) AT TIME ZONE 'Europe/London'),
    now() AT TIME ZONE 'Europe/London', interval '1 month'
) AS each LEFT JOIN figure_month ON month = each::date
WHERE NOT each::date = ANY (%(but)s::date[]) AND (counted_at IS NULL OR (
    counted_at <= now() - %(stands_seconds)s * interval '1 second' * (
        1 + extract(year FROM age(now() AT TIME ZONE 'Europe/London', each)) * 12
          + extract(month FROM age(now() AT TIME ZONE 'Europe/London', each))
    )
    AND (has_open OR each > (now() AT TIME ZONE 'Europe/London') - make_interval(months => %(months)s))
))
ORDER BY counted_at NULLS FIRST, each DESC LIMIT 1
"""

# A lateral join that counts is carried out report by report, so that it reads nothing of other months.
_COUNT: LiteralString = f"""
WITH of_month AS MATERIALIZED (
    SELECT id, district, (accepted_at AT TIME ZONE 'Europe/London')::date AS reported_on FROM report
    WHERE accepted_at >= %(month)s::timestamp AT TIME ZONE 'Europe/London'
      AND accepted_at < (%(month)s::timestamp + interval '1 month') AT TIME ZONE 'Europe/London'
), answer AS MATERIALIZED (
    SELECT of_month.id AS report_id, district, reported_on, told.*
    FROM of_month CROSS JOIN LATERAL (
        SELECT agency, sequence = min(sequence) OVER (PARTITION BY agency) AS is_first, receipt_due_on, outcome_due_on,
               state NOT IN ({CLOSED_STATES}) AS is_open, state IN ('actioned', 'reversed') AS acted,
               (notification.accepted_at AT TIME ZONE 'Europe/London')::date AS accepted_on,
               (received_at AT TIME ZONE 'Europe/London')::date AS received_on,
               (closed_at AT TIME ZONE 'Europe/London')::date AS closed_on
        FROM notification WHERE report_id = of_month.id AND state <> 'superseded'
    ) AS told
), progress AS (
    SELECT report_id, bool_or(is_open) AS is_open, max(closed_on) - min(reported_on) AS days,
           count(*) FILTER (WHERE acted) AS acted, count(*) FILTER (WHERE is_open) AS awaited
    FROM answer GROUP BY report_id
)
SELECT district, '', measure, days, sum(number)::integer
FROM (
    SELECT district, counted.*
    FROM of_month LEFT JOIN progress ON report_id = of_month.id
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE kind = 'family-question') AS questions,
               count(*) FILTER (WHERE closed_at IS NOT NULL AND kind = ANY (%(cleared)s)) AS cleared
        FROM follow_up WHERE follow_up.report_id = of_month.id
    ) AS follow_ups
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE reminders) AS reminders FROM family_contact
        WHERE family_contact.report_id = of_month.id
    ) AS contacts
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE action = 'read' AND actor = 'family') AS readings FROM trail
        WHERE trail.report_id = of_month.id
    ) AS entries
    CROSS JOIN LATERAL (VALUES
        ('reports', 0, 1), ('questions', 0, questions), ('acted', 0, acted), ('cleared', 0, cleared),
        ('awaited', 0, awaited), ('open', 0, is_open::integer), ('closed', greatest(days, 0), (NOT is_open)::integer),
        ('page-opened', 0, (readings > 0)::integer), ('reminders', 0, (reminders > 0)::integer)
    ) AS counted (measure, days, number)
) AS counts WHERE number > 0 GROUP BY district, measure, days
UNION ALL
SELECT district, agency, measure, days, count(*)::integer
FROM answer CROSS JOIN LATERAL (VALUES
    ('told', 0, is_first),
    ('receipts', greatest(received_on - accepted_on, 0), received_on IS NOT NULL),
    ('receipts-in-time', 0, received_on <= receipt_due_on),
    ('receipts-late', 0, coalesce(received_on, %(today)s) > receipt_due_on),
    ('outcomes', greatest(closed_on - accepted_on, 0), closed_on IS NOT NULL),
    ('outcomes-in-time', 0, closed_on <= outcome_due_on),
    ('outcomes-late', 0, coalesce(closed_on, %(today)s) > outcome_due_on)
) AS counted (measure, days, counts) WHERE counts GROUP BY district, agency, measure, days
"""  # noqa: S608

_FORGET: LiteralString = "DELETE FROM figure WHERE month = %s"
_KEEP = BatchInsert(figure, "month", "agency", "district", "measure", "days", "count")
_COUNTED: LiteralString = """
INSERT INTO figure_month (month, has_open) VALUES (%s, %s)
ON CONFLICT (month) DO UPDATE SET counted_at = now(), has_open = excluded.has_open
"""


class StoredFigures:
    """The port `FigureStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count_one(
        self, publish: Callable[[Iterable[Count]], Sequence[Count]], stands_seconds: float, *, but: Iterable[date]
    ) -> date | None:
        """Count the month that most needs it, by whoever comes first."""
        with self._database.cursor() as cursor:
            ((locked,),) = cursor.execute(_LOCK, (AdvisoryLock.FIGURES.value,))
            asked = {"but": list(but), "stands_seconds": stands_seconds, "months": _MONTHS_LOOKED_AT}
            due = cursor.execute(_DUE, asked).fetchone() if locked else None
            if due is None:
                return None
            month: date = due[0]
            counts = _counted(cursor, month)
            cursor.execute(_FORGET, (month,))
            kept = [(month, c.agency, c.district, c.measure.value, c.days, c.count) for c in publish(counts)]
            _KEEP.run(cursor, kept)
            cursor.execute(_COUNTED, (month, any(each.measure is Measure.OPEN for each in counts)))
            return month


def _counted(cursor: Cursor, month: date) -> list[Count]:
    cursor.execute(_BOUND)
    ((today,),) = cursor.execute("SELECT (now() AT TIME ZONE 'Europe/London')::date")
    asked = {"month": month, "today": today, "cleared": sorted(CLEARED_KINDS)}
    return [
        Count(district, agency, Measure(measure), days, count)
        for district, agency, measure, days, count in cursor.execute(_COUNT, asked)
    ]
