"""Say what help can be claimed after a report, and by when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from tellusonce.domain.claiming import Claim, Situation, claims
from tellusonce.domain.entitlement import Entitlement
from tellusonce.domain.working_days import uk_date
from tellusonce.services.versions import NoSuchReport, ReportWithdrawn


@dataclass(frozen=True)
class KnownReport:
    """What is known of a report by its latest version."""

    id: UUID
    reference: str
    life_event: str
    withdrawn: bool
    situation: Situation


class SituationStore(Protocol):
    """Where reports are kept."""

    def latest(self, reference: str, district: str | None) -> KnownReport | None:
        """A report; None where there is none, in this district if one is given. Raises FactsDestroyed."""


@dataclass(frozen=True)
class Claims:
    """What could be claimed after a report on a day."""

    report_id: UUID
    reference: str
    on: date
    claims: tuple[Claim, ...]

    def document(self) -> dict[str, Any]:
        """The same for an answer, in both languages."""
        return {
            "reference": self.reference,
            "on": self.on,
            "entitlements": [
                {
                    **each.entitlement.model_dump(mode="json", exclude={"conditions", "deadlines"}),
                    "standing": each.standing,
                    "unknown": each.unknown,
                    "due": [{**vars(due), "purpose": due.purpose.model_dump()} for due in each.due],
                }
                for each in self.claims
            ],
        }


class EntitlementsOf:
    """The use case. `now` gives the aware time."""

    def __init__(
        self, store: SituationStore, rules: Mapping[str, tuple[Entitlement, ...]], now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._rules = rules
        self._now = now

    def report(self, reference: str, district: str | None = None) -> Claims:
        """What could be claimed today in the United Kingdom. Raises NoSuchReport, ReportWithdrawn, FactsDestroyed."""
        known = self._store.latest(reference, district)
        if known is None:
            raise NoSuchReport
        if known.withdrawn:
            raise ReportWithdrawn
        on = uk_date(self._now())
        rules = self._rules.get(known.life_event, ())
        return Claims(known.id, known.reference, on, tuple(claims(rules, known.situation, on)))
