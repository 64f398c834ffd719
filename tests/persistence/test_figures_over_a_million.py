"""Figures over very many notifications."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tellusonce.domain.figures import Measure
from tellusonce.persistence.database import Database
from tellusonce.persistence.figure_reading import FigureReading, Span
from tellusonce.persistence.figures import StoredFigures
from tellusonce.services.figures import CountFigures
from tests.persistence.stored import query

_ENOUGH_SECONDS = 0.5


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_year_of_a_million_notifications_is_read_in_time(database: Database) -> None:
    """Fifty districts and twenty agencies: each part of the page within half a second, whatever was counted."""
    with database.session() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(_A_MILLION)
        cursor.execute("VACUUM ANALYZE notification, report, trail")
    started = time.perf_counter()
    months = CountFigures(StoredFigures(database), 3_600).run()
    counting_seconds = time.perf_counter() - started
    reading, today = FigureReading(database), datetime.now(UTC).date()
    span = Span((today - timedelta(days=366)).replace(day=1), today)
    looks: dict[str, Callable[[], object]] = {
        "by month": lambda: reading.by_month(span),
        "by district": lambda: reading.by_district(span),
        "by agency": lambda: reading.by_agency(span),
        "of one district": lambda: reading.by_agency(Span(span.first, span.last, "district-7")),
        "a month's rows": lambda: next(reading.of_agencies(span)),
    }
    took: dict[str, float] = {}
    for name, look in looks.items():
        look()
        started = time.perf_counter()
        look()
        took[name] = time.perf_counter() - started
    ((rows,),) = query(database, "SELECT count(*) FROM figure")
    said = {name: f"{seconds * 1000:.0f} ms" for name, seconds in took.items()}
    print(f"{months} months counted in {counting_seconds:.1f} s into {rows} rows; read: {said}")
    assert sum(tally.total(Measure.REPORTS) for tally in reading.by_month(span).values()) == 50_000
    assert max(took.values()) < _ENOUGH_SECONDS, said


_A_MILLION = """
INSERT INTO report (id, reference, life_event, district, accepted_at, wrapped_key, master_key, retention_days,
                    forget_on)
SELECT gen_random_uuid(), 'H' || n, 'bereavement', 'district-' || n % 50, now() - n * interval '10 minutes', '\\x01',
       'none', 365, current_date + 365
FROM generate_series(1, 50000) AS n;
INSERT INTO report_version (report_id, version, kind, registered_by, facts)
SELECT id, 1, 'original', 'registrar:Holmshire', '\\x01' FROM report;
INSERT INTO notification (id, report_id, version, agency, sequence, benefits, fields, gateway, agreement_version,
                          receipt_due_on, outcome_due_on, accepted_at, state, attempts, next_attempt_at, received_at,
                          closed_at)
SELECT gen_random_uuid(), id, 1, 'agency-' || agency, 1, '{state-pension}', '{deceased.family_name}', 'An Act', '1.0',
       accepted_at::date + 1, accepted_at::date + 10, accepted_at,
       CASE WHEN agency = 1 + right(reference, 1)::integer THEN 'received' ELSE 'actioned' END, 1, NULL,
       accepted_at + agency * interval '3 hours',
       CASE WHEN agency <> 1 + right(reference, 1)::integer
            THEN accepted_at + agency * interval '5 hours' + (hashtext(reference) & 511) * interval '2 hours' END
FROM report, generate_series(1, 20) AS agency;
ALTER TABLE trail DISABLE TRIGGER USER;
INSERT INTO trail (report_id, action, actor, agency, notification_id, detail)
SELECT report_id, 'delivered', 'tellusonce', agency, id, '{}' FROM notification;
ALTER TABLE trail ENABLE TRIGGER USER
"""
