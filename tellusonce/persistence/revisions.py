"""New versions of reports: decided under the report's lock, and stored with all that follows or not at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from tellusonce.domain.field import Facts
from tellusonce.domain.notification import NotificationKind, State
from tellusonce.domain.planning import PlannedNotification
from tellusonce.domain.revision import Told
from tellusonce.persistence.blind_index import BlindIndex, replace_entries
from tellusonce.persistence.consents import CONSENTS, consent_rows, consents_withdrawn
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.encryption import ReportKey
from tellusonce.persistence.follow_ups import close_follow_ups
from tellusonce.persistence.idempotency import KEYS, answered, key_row, veiled
from tellusonce.persistence.report_lock import lock_report
from tellusonce.persistence.reports import PLANNED_COLUMNS, planned_values, with_facts_sha256
from tellusonce.persistence.tables import notification
from tellusonce.persistence.trail import write_trail
from tellusonce.persistence.unnest import BatchInsert
from tellusonce.services.register import IdempotencyKey
from tellusonce.services.versions import (
    NewVersion,
    ReportWithdrawn,
    RevisedNotification,
    StoredNotification,
    StoredReport,
)

_VERSIONS: LiteralString = "SELECT version, kind, facts, provisional FROM report_version WHERE report_id = %s"

# In the order of lock_chains. What was never claimed cannot be claimed while it is locked here.
_NOTIFICATIONS: LiteralString = """
SELECT id, agency, sequence, kind, state, attempts, facts_version, benefits, fields, gateway, agreement_version,
       receipt_due_on, outcome_due_on
FROM notification WHERE report_id = %s AND state <> 'superseded'
ORDER BY id FOR UPDATE
"""

SUPERSEDE: LiteralString = """
UPDATE notification SET state = 'superseded', closed_at = now(), next_attempt_at = NULL, leased_until = NULL
WHERE id = ANY (%s)
"""

_ADD_VERSION: LiteralString = """
WITH latest AS (
    UPDATE report SET version = %(version)s, retention_days = greatest(retention_days, %(retention_days)s)
    WHERE id = %(report_id)s
)
INSERT INTO report_version (report_id, version, kind, reason, registered_by, facts, provisional,
                            declared_benefits, named_councils)
VALUES (%(report_id)s, %(version)s, %(kind)s, %(reason)s, %(registered_by)s, %(facts)s, %(provisional)s,
        %(benefits)s, %(councils)s)
"""

_COLUMNS = (
    "id",
    "report_id",
    "version",
    "agency",
    "sequence",
    "kind",
    "reason",
    "changed",
    "facts_version",
    *PLANNED_COLUMNS,
)
_QUEUED = BatchInsert(notification, *_COLUMNS)
_WAITING = BatchInsert(notification, *_COLUMNS, "state", "next_attempt_at")


class Revisions:
    """The port `RevisionStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index = BlindIndex(database)

    def revise(
        self,
        reference: str,
        district: str | None,
        decide: Callable[[StoredReport], NewVersion],
        key: IdempotencyKey | None,
        *,
        dry_run: bool,
    ) -> tuple[bytes, Sequence[str]]:
        """Lock the report, decide, store; gives the answer and the agencies to ring for."""
        index_key = self._index.key()  # made in a transaction of its own, if it has to be
        asked = veiled(key, index_key) if key else None
        with self._database.cursor() as cursor:
            earlier = answered(cursor, asked) if asked else None
            if earlier is not None:
                return earlier, ()
            stored, report_key = self._stored(cursor, reference, district)
            new = decide(stored)
            if dry_run:
                return new.answer, ()
            _store(cursor, new, report_key)
            if new.sought is not None:
                replace_entries(cursor, new.report_id, self._index.digests(new.sought))
            if asked:
                KEYS.run(cursor, [key_row(asked, new.answer)])
        return new.answer, [each.planned.agency for each in new.notifications]

    def _stored(self, cursor: Cursor, reference: str, district: str | None) -> tuple[StoredReport, ReportKey]:
        report = lock_report(cursor, reference, district)
        key = self._database.encryption.key(report.id, report.wrapped_key, report.master_key)
        versions = {
            version: _Version(NotificationKind(kind), key.decrypt_facts(version, facts), provisional)
            for version, kind, facts, provisional in cursor.execute(_VERSIONS, (report.id,))
        }
        latest = versions[report.version]
        if latest.kind is NotificationKind.WITHDRAWAL:
            raise ReportWithdrawn
        notifications = [_notification(row, versions) for row in cursor.execute(_NOTIFICATIONS, (report.id,))]
        notifications.sort(key=lambda each: (each.agency, each.sequence))
        stored = StoredReport(
            report.id,
            report.reference,
            report.life_event,
            report.version,
            latest.facts,
            latest.provisional,
            consents_withdrawn(cursor, report.id),
            notifications,
        )
        return stored, key


@dataclass(frozen=True)
class _Version:
    kind: NotificationKind
    facts: Facts
    provisional: bool


def _notification(row: tuple[Any, ...], versions: Mapping[int, _Version]) -> StoredNotification:
    id_, agency, sequence, kind, state, attempts, facts_version, benefits, fields, *rest = row
    told = versions[facts_version]
    return StoredNotification(
        id_,
        agency,
        sequence,
        NotificationKind(kind),
        State(state),
        attempts,
        facts_version,
        PlannedNotification(agency, tuple(benefits), tuple(fields), *rest),
        Told.of(told.facts, fields, benefits, told.provisional),
    )


def _store(cursor: Cursor, new: NewVersion, key: ReportKey) -> None:
    encrypted = key.encrypt_facts(new.version, new.facts)
    cursor.execute(
        _ADD_VERSION,
        {
            "report_id": new.report_id,
            "version": new.version,
            "kind": new.kind.value,
            "reason": new.reason.value,
            "registered_by": new.registered_by,
            "facts": encrypted,
            "retention_days": new.retention_days,
            "provisional": new.provisional,
            "benefits": list(new.benefits),
            "councils": list(new.councils),
        },
    )
    CONSENTS.run(cursor, consent_rows(new.report_id, new.version, new.consents))
    cursor.execute(SUPERSEDE, (list(new.superseded),))
    waits = [each for each in new.notifications if each.step.state is State.WAITING]
    _QUEUED.run(cursor, [_row(new, each) for each in new.notifications if each not in waits])
    _WAITING.run(cursor, [(*_row(new, each), State.WAITING.value, None) for each in waits])
    closed = close_follow_ups(cursor, [(each, State.SUPERSEDED) for each in new.superseded])
    write_trail(cursor, [*with_facts_sha256(new.trail, encrypted), *closed])


def _row(new: NewVersion, revised: RevisedNotification) -> tuple[object, ...]:
    return (
        revised.id,
        new.report_id,
        new.version,
        revised.planned.agency,
        revised.step.sequence,
        revised.step.kind.value,
        revised.reason and revised.reason.value,
        " ".join(revised.step.changed),
        revised.facts_version,
        *planned_values(revised.planned),
    )
