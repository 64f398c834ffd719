"""Reports whose figures are known."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tellusonce.persistence.database import Database
from tellusonce.persistence.reports import Reports
from tests.persistence.stored import a_report, query


def reported(
    database: Database,
    accepted: datetime,
    answers: Mapping[str, tuple[int | None, int | None]],
    district: str = "holmshire",
    outcome: str = "actioned",
) -> None:
    """A report of which each agency gave receipt and outcome after so many days, or not yet."""
    report = a_report(
        *answers,
        receipt_due_on=(accepted + timedelta(days=2)).date(),
        outcome_due_on=(accepted + timedelta(days=14)).date(),
    )
    Reports(database).add([report])
    query(database, "UPDATE report SET accepted_at = %s, district = %s WHERE id = %s", accepted, district, report.id)
    for told in report.notifications:
        received, closed = (
            None if days is None else accepted + timedelta(days=days) for days in answers[told.planned.agency]
        )
        query(
            database,
            "UPDATE notification SET accepted_at = %s, received_at = %s, closed_at = %s, state = %s, "
            "next_attempt_at = NULL WHERE id = %s",
            accepted,
            received,
            closed,
            outcome if closed else "received" if received else "delivered",
            told.id,
        )
