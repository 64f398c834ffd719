"""Reports, their versions and their notifications, stored together or not at all."""

from collections.abc import Sequence

from psycopg.types.json import Jsonb

from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.tables import notification, report, report_version
from tellusonce.persistence.trail import TRAIL, trail_row
from tellusonce.persistence.unnest import BatchInsert, CombinedInsert
from tellusonce.services.register import IdempotencyKey, KeyInFlight, KeyReused, NewNotification, NewReport

_REPORT = BatchInsert(report, "id", "reference", "life_event", "district")
_VERSION = BatchInsert(report_version, "report_id", "version", "kind", "registered_by", "facts")
_NOTIFICATION = BatchInsert(
    notification,
    "id",
    "report_id",
    "version",
    "agency",
    "sequence",
    "benefits",
    "fields",
    "gateway",
    "agreement_version",
    "receipt_due_on",
    "outcome_due_on",
)
_TOGETHER = CombinedInsert(_REPORT, _VERSION, _NOTIFICATION, TRAIL)


class Reports:
    """The port `ReportStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, reports: Sequence[NewReport]) -> None:
        """Store all of them, or none."""
        with self._database.statement() as cursor:
            _add(cursor, reports)

    def answered(self, key: IdempotencyKey) -> bytes | None:
        """The answer stored under the key, if there is one."""
        with self._database.statement() as cursor:
            return _answered(cursor, key)

    def add_once(self, report: NewReport, key: IdempotencyKey, answer: bytes) -> bytes | None:
        """Store the report and its answer under the key, or give the answer stored before."""
        with self._database.cursor() as cursor:
            earlier = _claim_key(cursor, key)
            if earlier is not None:
                return earlier
            cursor.execute(
                "INSERT INTO idempotency_key (principal, key, request_digest, answer) VALUES (%s, %s, %s, %s)",
                (key.principal, key.key, key.request_digest, answer),
            )
            _add(cursor, [report])
        return None


def _claim_key(cursor: Cursor, key: IdempotencyKey) -> bytes | None:
    # The lock is held to the end of the transaction: who cannot have it meets a request in flight.
    cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (f"{key.principal}\n{key.key}",))
    if cursor.fetchone() != (True,):
        raise KeyInFlight
    return _answered(cursor, key)


def _answered(cursor: Cursor, key: IdempotencyKey) -> bytes | None:
    cursor.execute(
        "SELECT request_digest, answer FROM idempotency_key WHERE principal = %s AND key = %s",
        (key.principal, key.key),
    )
    stored = cursor.fetchone()
    if stored is None:
        return None
    digest, answer = stored
    if digest != key.request_digest:
        raise KeyReused
    return bytes(answer)


def _add(cursor: Cursor, reports: Sequence[NewReport]) -> None:
    _TOGETHER.run(
        cursor,
        [(each.id, each.reference, each.life_event, each.district) for each in reports],
        [(each.id, 1, "original", each.registered_by, Jsonb(each.facts)) for each in reports],
        [_notification_row(each, new) for each in reports for new in each.notifications],
        [trail_row(each.trail) for each in reports],
    )


def _notification_row(report: NewReport, new: NewNotification) -> tuple[object, ...]:
    planned = new.planned
    return (
        new.id,
        report.id,
        1,
        planned.agency,
        1,
        " ".join(planned.benefits),
        " ".join(planned.fields),
        planned.gateway,
        planned.agreement_version,
        planned.receipt_due_on,
        planned.outcome_due_on,
    )
