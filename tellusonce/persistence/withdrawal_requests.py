"""Withdrawals that wait for a second person."""

from typing import LiteralString

from psycopg.errors import UniqueViolation

from tellusonce.domain.revision import WithdrawalReason
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.persistence.database import Database
from tellusonce.persistence.trail import write_trail
from tellusonce.services.versions import NoSuchReport, ReportWithdrawn
from tellusonce.services.withdrawal_requests import AlreadyAsked, WithdrawalRequest

_REPORT: LiteralString = """
SELECT report.id, kind FROM report
JOIN report_version ON report_id = report.id AND report_version.version = report.version
WHERE reference = %s AND district = %s
"""

_ADD: LiteralString = """
INSERT INTO withdrawal_request (id, report_id, district, version, reason, asked_by) VALUES (%s, %s, %s, %s, %s, %s)
"""

_UNDECIDED: LiteralString = """
SELECT withdrawal_request.id, reference, withdrawal_request.district, withdrawal_request.version, reason, asked_by,
  asked_at
FROM withdrawal_request JOIN report ON report.id = report_id
WHERE decided_at IS NULL AND (%(reference)s::text IS NULL OR reference = %(reference)s)
"""

_OPEN: LiteralString = f"""{_UNDECIDED}
  AND withdrawal_request.district = %(district)s
ORDER BY withdrawal_request.id LIMIT %(limit)s
"""

_LEFT_OVER: LiteralString = f"""{_UNDECIDED}
  AND (asked_at <= now() - make_interval(hours => %(hours)s) OR NOT EXISTS (
    SELECT FROM account WHERE role = 'registrar' AND account.district = withdrawal_request.district
      AND 'registrar:' || name <> asked_by
  ))
ORDER BY withdrawal_request.id LIMIT %(limit)s
"""

_DECIDED: LiteralString = """
UPDATE withdrawal_request SET decided_by = %s, decided_at = now(), confirmed = %s
WHERE id = %s AND decided_at IS NULL RETURNING report_id
"""


class StoredWithdrawalRequests:
    """The port `WithdrawalRequestStore` on PostgreSQL.

    One of a district that has another registrar is left over after so many hours.
    """

    def __init__(self, database: Database, *, left_over_hours: int) -> None:
        self._database = database
        self._left_over_hours = left_over_hours

    def add(self, request: WithdrawalRequest) -> None:
        """Keep it, and write it into the report's trail."""
        with self._database.cursor() as cursor:
            row = cursor.execute(_REPORT, (request.reference, request.district)).fetchone()
            if row is None:
                raise NoSuchReport
            report_id, kind = row
            if kind == "withdrawal":
                raise ReportWithdrawn
            asked = (request.version, request.reason.value, request.asked_by)
            try:
                cursor.execute(_ADD, (request.id, report_id, request.district, *asked))
            except UniqueViolation:
                raise AlreadyAsked from None
            detail = {"reason": request.reason, "version": request.version}
            write_trail(cursor, [TrailEntry(report_id, Action.WITHDRAWAL_ASKED, request.asked_by, detail=detail)])

    def open(self, district: str, limit: int) -> list[WithdrawalRequest]:
        """Those of the district that nobody decided on, the oldest first."""
        return self._found(_OPEN, district=district, reference=None, limit=limit)

    def of_report(self, reference: str, district: str) -> WithdrawalRequest | None:
        """The one of this report that nobody decided on."""
        return next(iter(self._found(_OPEN, district=district, reference=reference, limit=1)), None)

    def left_over(self, limit: int, reference: str | None = None) -> list[WithdrawalRequest]:
        """Those that their district cannot decide on, or has not for long, the oldest first."""
        return self._found(_LEFT_OVER, hours=self._left_over_hours, reference=reference, limit=limit)

    def decided(self, request: WithdrawalRequest, actor: str, *, confirmed: bool) -> bool:
        """Keep who decided what; whether nobody had."""
        with self._database.cursor() as cursor:
            row = cursor.execute(_DECIDED, (actor, confirmed, request.id)).fetchone()
            if row is not None and not confirmed:
                detail = {"asked_by": request.asked_by}
                write_trail(cursor, [TrailEntry(row[0], Action.WITHDRAWAL_REFUSED, actor, detail=detail)])
            return row is not None

    def _found(self, query: LiteralString, **values: str | int | None) -> list[WithdrawalRequest]:
        with self._database.statement() as cursor:
            rows = cursor.execute(query, values).fetchall()
        return [
            WithdrawalRequest(id_, reference, district, version, WithdrawalReason(reason), asked_by, asked_at)
            for id_, reference, district, version, reason, asked_by, asked_at in rows
        ]
