"""Reports, their versions and their notifications, stored together or not at all."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from psycopg.types.json import Jsonb

from tellusonce.domain.planning import PlannedNotification
from tellusonce.persistence.consents import CONSENTS, consent_rows
from tellusonce.persistence.database import Database
from tellusonce.persistence.gathering import Gathering
from tellusonce.persistence.idempotency import KEYS, answers, judged, key_row, lock_keys
from tellusonce.persistence.tables import notification, report, report_version
from tellusonce.persistence.trail import TRAIL, trail_row
from tellusonce.persistence.unnest import BatchInsert, CombinedInsert
from tellusonce.services.import_reports import Once
from tellusonce.services.register import IdempotencyKey, KeyInFlight, KeyReused, NewNotification, NewReport

_REPORT = BatchInsert(report, "id", "reference", "life_event", "district")
_VERSION = BatchInsert(
    report_version,
    "report_id",
    "version",
    "kind",
    "registered_by",
    "facts",
    "provisional",
    "declared_benefits",
    "named_councils",
)
PLANNED_COLUMNS = ("benefits", "fields", "gateway", "agreement_version", "receipt_due_on", "outcome_due_on")
_NOTIFICATION = BatchInsert(
    notification,
    "id",
    "report_id",
    "version",
    "agency",
    "sequence",
    *PLANNED_COLUMNS,
)
_TOGETHER = CombinedInsert(_REPORT, _VERSION, CONSENTS, _NOTIFICATION, TRAIL)
_UNDER_KEYS = CombinedInsert(KEYS, _REPORT, _VERSION, CONSENTS, _NOTIFICATION, TRAIL)
_GATHERED_LIMIT = 100


class Reports:
    """The port `ReportStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gathering = Gathering(self.add_each_once, _GATHERED_LIMIT)
        self._changing = threading.Lock()
        self._names_in_flight: set[tuple[str, ...]] = set()

    def add(self, reports: Sequence[NewReport]) -> None:
        """Store all of them, or none."""
        with self._database.statement() as cursor:
            _TOGETHER.run(cursor, *_rows(reports))

    def answered(self, key: IdempotencyKey) -> bytes | None:
        """The answer stored under the key, if there is one."""
        with self._database.statement() as cursor:
            return judged(key, answers(cursor, [key]))

    def add_once(self, report: NewReport, key: IdempotencyKey, answer: bytes) -> bytes | None:
        """Store the report and its answer under the key, or give the answer stored before."""
        with self._in_flight(key.principal, key.key):
            return self._gathering.ask(Once(report, key, answer))

    @contextmanager
    def _in_flight(self, *name: str) -> Iterator[None]:
        """Requests of this process with the same key meet here, and those of others at the key's lock."""
        with self._changing:
            if name in self._names_in_flight:
                raise KeyInFlight
            self._names_in_flight.add(name)
        try:
            yield
        finally:
            with self._changing:
                self._names_in_flight.discard(name)

    def add_each_once(self, wanted: Sequence[Once]) -> list[bytes | Exception | None]:
        """Store those whose key is new, in one transaction; gives the earlier answers of the others."""
        keys = [each.key for each in wanted]
        with self._database.pipeline() as cursor, cursor.connection.cursor() as locks:
            lock_keys(locks, keys)
            stored = answers(cursor, keys)
            outcomes: list[bytes | Exception | None] = []
            for each, (is_locked,) in zip(wanted, locks, strict=True):
                try:
                    outcomes.append(judged(each.key, stored) if is_locked else KeyInFlight())
                except KeyReused as reused:
                    outcomes.append(reused)
            new = [each for each, outcome in zip(wanted, outcomes, strict=True) if outcome is None]
            if new:
                _UNDER_KEYS.run(
                    cursor,
                    [key_row(each.key, each.answer) for each in new],
                    *_rows([each.report for each in new]),
                )
        return outcomes


def _rows(reports: Sequence[NewReport]) -> tuple[list[tuple[object, ...]], ...]:
    return (
        [(each.id, each.reference, each.life_event, each.district) for each in reports],
        [_version_row(each) for each in reports],
        [row for each in reports for row in consent_rows(each.id, 1, each.consents)],
        [_notification_row(each, new) for each in reports for new in each.notifications],
        [trail_row(entry) for each in reports for entry in each.trail],
    )


def _version_row(report: NewReport) -> tuple[object, ...]:
    return (
        report.id,
        1,
        "original",
        report.registered_by,
        Jsonb(report.facts),
        report.provisional,
        " ".join(report.benefits),
        " ".join(report.councils),
    )


def _notification_row(report: NewReport, new: NewNotification) -> tuple[object, ...]:
    return new.id, report.id, 1, new.planned.agency, 1, *planned_values(new.planned)


def planned_values(planned: PlannedNotification) -> tuple[object, ...]:
    """What was planned, in the order of `PLANNED_COLUMNS`."""
    return (
        " ".join(planned.benefits),
        " ".join(planned.fields),
        planned.gateway,
        planned.agreement_version,
        planned.receipt_due_on,
        planned.outcome_due_on,
    )
