"""Consents: as they stand in a report's versions, and taking them back."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, LiteralString
from uuid import UUID

from uuid_utils.compat import uuid7

from tellusonce.domain.consent import Capacity, Consent, Consents, ConsentWithdrawal, Giver, Recording
from tellusonce.persistence.database import Cursor
from tellusonce.persistence.tables import consent, consent_withdrawal
from tellusonce.persistence.unnest import BatchInsert

CONSENTS = BatchInsert(
    consent, "report_id", "version", "number", "given_by", "capacity", "agencies", "fields", "given_at", "recorded"
)
_WITHDRAWALS = BatchInsert(
    consent_withdrawal, "id", "report_id", "given_by", "agencies", "recorded", "withdrawn_at", "withdrawn_by"
)

# Those of the latest version that has facts of its own.
_GIVEN: LiteralString = """
SELECT report_id, given_by, capacity, agencies, fields, given_at, recorded FROM consent
WHERE report_id = ANY (%s) AND version = (
    SELECT max(version) FROM report_version WHERE report_id = consent.report_id AND kind <> 'withdrawal'
) ORDER BY report_id, number
"""
_WITHDRAWN: LiteralString = """
SELECT report_id, given_by, agencies, withdrawn_at FROM consent_withdrawal
WHERE report_id = ANY (%s) ORDER BY report_id, withdrawn_at, id
"""


def consent_rows(report_id: UUID, version: int, consents: Iterable[Consent]) -> list[tuple[object, ...]]:
    """The consents of a version as rows for `CONSENTS`."""
    return [
        (
            report_id,
            version,
            number,
            each.given_by.value,
            each.capacity.value,
            _joined(each.agencies),
            _joined(each.fields),
            each.given_at,
            each.recorded.value,
        )
        for number, each in enumerate(consents, 1)
    ]


def consents_of(cursor: Cursor, reports: Sequence[UUID]) -> dict[UUID, Consents]:
    """For each report those given with the latest version that has facts of its own, and all that was taken back."""
    given: dict[UUID, list[Consent]] = defaultdict(list)
    for report_id, *row in cursor.execute(_GIVEN, (reports,)):
        given[report_id].append(_given(*row))
    withdrawn = _withdrawn(cursor, reports)
    return {each: Consents(tuple(given[each]), tuple(withdrawn[each])) for each in reports}


def consents_withdrawn(cursor: Cursor, report_id: UUID) -> tuple[ConsentWithdrawal, ...]:
    """What was taken back, oldest first."""
    return tuple(_withdrawn(cursor, [report_id])[report_id])


def _withdrawn(cursor: Cursor, reports: Sequence[UUID]) -> dict[UUID, list[ConsentWithdrawal]]:
    withdrawn: dict[UUID, list[ConsentWithdrawal]] = defaultdict(list)
    for report_id, given_by, agencies, withdrawn_at in cursor.execute(_WITHDRAWN, (reports,)):
        giver = Giver(given_by) if given_by else None
        withdrawn[report_id].append(ConsentWithdrawal(giver, agencies and tuple(agencies), withdrawn_at))
    return withdrawn


def _given(given_by: str, capacity: str, agencies: Any, fields: Any, given_at: Any, recorded: str) -> Consent:
    """It was checked when it was stored."""
    return Consent.model_construct(
        given_by=Giver(given_by),
        capacity=Capacity(capacity),
        agencies=agencies and tuple(agencies),
        fields=fields and tuple(fields),
        given_at=given_at,
        recorded=Recording(recorded),
    )


def store_withdrawal(
    cursor: Cursor, report_id: UUID, withdrawal: ConsentWithdrawal, *, recorded: str, actor: str
) -> None:
    """Write down that a consent was taken back, how the giver said so, and to whom."""
    row = (
        uuid7(),
        report_id,
        withdrawal.given_by and withdrawal.given_by.value,
        _joined(withdrawal.agencies),
        recorded,
        withdrawal.withdrawn_at,
        actor,
    )
    _WITHDRAWALS.run(cursor, [row])


def _joined(names: Iterable[str] | None) -> str | None:
    return None if names is None else " ".join(names)
