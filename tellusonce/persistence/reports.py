"""Reports, their versions and their notifications, stored together or not at all."""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from psycopg.errors import UniqueViolation

from tellusonce.domain.planning import PlannedNotification
from tellusonce.domain.trail import TrailEntry
from tellusonce.persistence.blind_index import ENTRIES, BlindIndex
from tellusonce.persistence.consents import CONSENTS, consent_rows
from tellusonce.persistence.database import Database
from tellusonce.persistence.idempotency import KEYS, answers, judged, key_row, lock_keys, veiled
from tellusonce.persistence.master_keys import Wrapped
from tellusonce.persistence.tables import notification, report, report_version
from tellusonce.persistence.trail import TRAIL, trail_row
from tellusonce.persistence.unnest import BatchInsert, CombinedInsert
from tellusonce.services.gathering import Gathering
from tellusonce.services.import_reports import Once
from tellusonce.services.reference import ReferenceTaken
from tellusonce.services.register import IdempotencyKey, KeyInFlight, KeyReused, NewNotification, NewReport

_REPORT = BatchInsert(
    report,
    "id",
    "reference",
    "life_event",
    "district",
    "wrapped_key",
    "master_key",
    "retention_days",
    "forget_on",
)
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
_TOGETHER = CombinedInsert(_REPORT, _VERSION, CONSENTS, _NOTIFICATION, ENTRIES, TRAIL)
_UNDER_KEYS = CombinedInsert(KEYS, _REPORT, _VERSION, CONSENTS, _NOTIFICATION, ENTRIES, TRAIL)
_GATHERED_LIMIT = 100
_REFERENCES = "report_reference_key"


class Reports:
    """The port `ReportStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index = BlindIndex(database)
        self._gathering = Gathering(self.add_each_once, _GATHERED_LIMIT)
        self._changing = threading.Lock()
        self._names_in_flight: set[tuple[str, ...]] = set()

    def add(self, reports: Sequence[NewReport]) -> None:
        """Store all of them, or none. Raises ReferenceTaken."""
        rows = self._rows(reports)
        with _references_free(), self._database.statement() as cursor:
            _TOGETHER.run(cursor, *rows)

    def answered(self, key: IdempotencyKey) -> bytes | None:
        """The answer stored under the key, if there is one."""
        asked = veiled(key, self._index.key())
        with self._database.statement() as cursor:
            return judged(asked, answers(cursor, [asked]))

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
        keys = [veiled(each.key, self._index.key()) for each in wanted]
        with _references_free(), self._database.pipeline() as cursor, cursor.connection.cursor() as locks:
            lock_keys(locks, keys)
            stored = answers(cursor, keys)
            outcomes: list[bytes | Exception | None] = []
            for key, (is_locked,) in zip(keys, locks, strict=True):
                try:
                    outcomes.append(judged(key, stored) if is_locked else KeyInFlight())
                except KeyReused as reused:
                    outcomes.append(reused)
            new = [(each, key) for each, key, outcome in zip(wanted, keys, outcomes, strict=True) if outcome is None]
            if new:
                _UNDER_KEYS.run(
                    cursor,
                    [key_row(key, each.answer) for each, key in new],
                    *self._rows([each.report for each, _ in new]),
                )
        return outcomes

    def _rows(self, reports: Sequence[NewReport]) -> tuple[list[tuple[object, ...]], ...]:
        """Those of each table, encrypted. In the order of `_TOGETHER`."""
        keys = [self._database.encryption.new_key(each.id) for each in reports]
        facts = [key.encrypt_facts(1, each.facts) for key, each in zip(keys, reports, strict=True)]
        return (
            [_report_row(each, key.wrapped) for each, key in zip(reports, keys, strict=True)],
            [_version_row(each, encrypted) for each, encrypted in zip(reports, facts, strict=True)],
            [row for each in reports for row in consent_rows(each.id, 1, each.consents)],
            [_notification_row(each, new) for each in reports for new in each.notifications],
            [(digest, each.id) for each in reports for digest in self._index.digests(each.sought)],
            [
                trail_row(entry)
                for each, encrypted in zip(reports, facts, strict=True)
                for entry in with_facts_sha256(each.trail, encrypted)
            ],
        )


@contextmanager
def _references_free() -> Iterator[None]:
    try:
        yield
    except UniqueViolation as violated:
        if violated.diag.constraint_name == _REFERENCES:
            raise ReferenceTaken from violated
        raise


def _report_row(report: NewReport, wrapped: Wrapped) -> tuple[object, ...]:
    return (
        report.id,
        report.reference,
        report.life_event,
        report.district,
        wrapped.wrapped_key,
        wrapped.master_key,
        report.retention_days,
        report.forget_on,
    )


def _version_row(report: NewReport, encrypted: bytes) -> tuple[object, ...]:
    return (
        report.id,
        1,
        "original",
        report.registered_by,
        encrypted,
        report.provisional,
        " ".join(report.benefits),
        " ".join(report.councils),
    )


def with_facts_sha256(trail: Sequence[TrailEntry], encrypted: bytes) -> tuple[TrailEntry, ...]:
    """The first entry, on the version itself, can be checked against its encrypted facts as long as they are kept."""
    first, *others = trail
    detail = {**first.detail, "facts_sha256": hashlib.sha256(encrypted).hexdigest()}
    return replace(first, detail=detail), *others


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
