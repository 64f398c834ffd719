"""Withdrawing a report takes two people of its district: one asks, another looks at it and decides.

Where there is no other, or nobody decides for long, a supervisor may.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from uuid_utils.compat import uuid7

from tellusonce.domain.revision import Reason, WithdrawalReason
from tellusonce.services.register import IdempotencyKey


class AlreadyAsked(Exception):
    """Somebody has asked for the withdrawal already, and nobody has decided yet."""


class NoSuchRequest(Exception):
    """There is no such request in this district that waits for a decision."""


class SamePerson(Exception):
    """Who asked for a withdrawal cannot decide on it."""


@dataclass(frozen=True)
class WithdrawalRequest:
    """A withdrawal that waits for a second person."""

    id: UUID
    reference: str
    district: str
    version: int
    reason: WithdrawalReason
    asked_by: str
    asked_at: datetime | None = None
    """The database says."""


class WithdrawalRequestStore(Protocol):
    """Where requests are kept."""

    def add(self, request: WithdrawalRequest) -> None:
        """Keep it, and write it into the report's trail. Raises NoSuchReport, ReportWithdrawn, AlreadyAsked."""

    def open(self, district: str, limit: int) -> list[WithdrawalRequest]:
        """Those of the district that nobody decided on, the oldest first."""

    def of_report(self, reference: str, district: str) -> WithdrawalRequest | None:
        """The one of this report that nobody decided on."""

    def left_over(self, limit: int, reference: str | None = None) -> list[WithdrawalRequest]:
        """Those of all districts, or the one of this report, that their district cannot decide on, or has not for long.

        The oldest first.
        """

    def decided(self, request: WithdrawalRequest, actor: str, *, confirmed: bool) -> bool:
        """Keep who decided what, in the trail too where it was refused; whether nobody had."""


class Withdraw(Protocol):
    """Takes a report back, at the version that was seen, once under its key."""

    def __call__(
        self, reference: str, reason: Reason, actor: str, district: str, version: int, key: IdempotencyKey
    ) -> object: ...


class WithdrawalRequests:
    """The use case."""

    def __init__(self, store: WithdrawalRequestStore, withdraw: Withdraw) -> None:
        self._store = store
        self._withdraw = withdraw

    def ask(self, reference: str, version: int, reason: WithdrawalReason, *, actor: str, district: str) -> None:
        """Ask that a report be withdrawn. Raises NoSuchReport, ReportWithdrawn, AlreadyAsked."""
        self._store.add(WithdrawalRequest(uuid7(), reference, district, version, reason, actor))

    def open(self, district: str, limit: int) -> list[WithdrawalRequest]:
        """Those that nobody decided on, the oldest first."""
        return self._store.open(district, limit)

    def of_report(self, reference: str, district: str) -> WithdrawalRequest | None:
        """The one of this report that nobody decided on."""
        return self._store.of_report(reference, district)

    def left_over(self, limit: int) -> list[WithdrawalRequest]:
        """Those of all districts that a supervisor may decide on, the oldest first."""
        return self._store.left_over(limit)

    def confirm(self, reference: str, *, actor: str, district: str | None) -> None:
        """Withdraw the report; a supervisor has no district.

        Raises NoSuchRequest, SamePerson, VersionChanged, ReportWithdrawn, FactsDestroyed.
        """
        request = self._decidable(reference, actor, district)
        key = IdempotencyKey(f"withdrawal-request/{request.district}", str(request.id), request.id.bytes)
        self._withdraw(reference, Reason(request.reason), actor, request.district, request.version, key)
        self._store.decided(request, actor, confirmed=True)

    def refuse(self, reference: str, *, actor: str, district: str | None) -> None:
        """Leave the report as it is. Raises NoSuchRequest, SamePerson."""
        request = self._decidable(reference, actor, district)
        self._store.decided(request, actor, confirmed=False)

    def _decidable(self, reference: str, actor: str, district: str | None) -> WithdrawalRequest:
        if district is None:
            request = next(iter(self._store.left_over(1, reference)), None)
        else:
            request = self._store.of_report(reference, district)
        if request is None:
            raise NoSuchRequest
        if _name(request.asked_by) == _name(actor):
            raise SamePerson
        return request


def _name(actor: str) -> str:
    """Without the role: who is registrar and supervisor is one person all the same."""
    return actor.partition(":")[2]
