"""A report's versions: what is stored of the latest, what a new one adds, and the port by which it is stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from tellusonce.domain.consent import Consent, ConsentWithdrawal
from tellusonce.domain.notification import NotificationKind, State
from tellusonce.domain.planning import PlannedNotification
from tellusonce.domain.revision import Reason, Step, Told
from tellusonce.domain.search import Sought
from tellusonce.domain.trail import TrailEntry
from tellusonce.services.register import IdempotencyKey


class NoSuchReport(Exception):
    """There is no report with this reference, in this district."""

    def __init__(self) -> None:
        super().__init__("There is no report with this reference.")


class VersionChanged(Exception):
    """The report has another version than the caller has seen."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the report is at version {version} now")
        self.version = version


class ReportWithdrawn(Exception):
    """A withdrawn report cannot be changed any more."""

    def __init__(self) -> None:
        super().__init__("the report was withdrawn, and cannot be changed any more")


@dataclass(frozen=True)
class StoredNotification:
    """A notification of the report, not superseded, with what it tells."""

    id: UUID
    agency: str
    sequence: int
    kind: NotificationKind
    state: State
    attempts: int
    facts_version: int
    planned: PlannedNotification
    told: Told


@dataclass(frozen=True)
class StoredReport:
    """A report as it stands, under a lock while it is decided what follows."""

    id: UUID
    reference: str
    life_event: str
    version: int
    facts: Mapping[str, Any]
    provisional: bool
    consents_withdrawn: tuple[ConsentWithdrawal, ...]
    notifications: Sequence[StoredNotification]
    """By agency and sequence."""


@dataclass(frozen=True)
class RevisedNotification:
    """A new notification to be stored."""

    id: UUID
    step: Step
    reason: Reason | None
    facts_version: int
    planned: PlannedNotification


@dataclass(frozen=True)
class NewVersion:
    """Everything one transaction stores of a new version."""

    report_id: UUID
    version: int
    kind: NotificationKind
    reason: Reason
    registered_by: str
    facts: Mapping[str, Any]
    provisional: bool
    benefits: tuple[str, ...]
    councils: tuple[str, ...]
    consents: tuple[Consent, ...]
    sought: frozenset[Sought] | None
    """What the report is found by from now on; None: by the same as before."""
    retention_days: int
    """For how long its facts are kept at the least once it is closed."""
    superseded: tuple[UUID, ...]
    notifications: tuple[RevisedNotification, ...]
    trail: tuple[TrailEntry, ...]
    """The entry on the version itself comes first."""
    answer: bytes


class RevisionStore(Protocol):
    """Where reports and their versions are kept."""

    def revise(
        self,
        reference: str,
        district: str | None,
        decide: Callable[[StoredReport], NewVersion],
        key: IdempotencyKey | None,
        *,
        dry_run: bool,
    ) -> tuple[bytes, Sequence[str]]:
        """Lock the report, decide, store; gives the answer and the agencies to ring for.

        What was answered before under the key is answered again. A dry run stores nothing. Raises NoSuchReport,
        ReportWithdrawn, FactsDestroyed, KeyReused, KeyInFlight, and what `decide` raises.
        """
