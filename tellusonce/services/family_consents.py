"""The informant's permission, as the family sees it and can take it back. What others agreed to is theirs alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from pydantic_core import from_json

from tellusonce.domain.agency import Agency
from tellusonce.domain.agreement import ConsentRule
from tellusonce.domain.consent import Consents, Giver, Recording
from tellusonce.domain.report import ConsentTakenBack
from tellusonce.services.family_access import FAMILY
from tellusonce.services.family_progress import Followed
from tellusonce.services.withdraw_consent import Request


class ConsentReading(Protocol):
    """Where reports and consents are kept."""

    def consents(self, report_id: UUID) -> Consents:
        """Those of the latest version that has facts of its own, and all that was taken back."""


@dataclass(frozen=True)
class Permission:
    """What the informant agreed to."""

    given_at: Sequence[datetime]
    """When, each time."""
    taken_back_at: Sequence[datetime]
    agencies: Mapping[str, str]
    """Code and name of those that are told on its strength, and for which it has not been taken back."""


@dataclass(frozen=True)
class Consequences:
    """What follows from taking it back, by the agencies' names."""

    not_told: Sequence[str]
    told_less: Sequence[str]
    told_already: Sequence[str]


class FamilyConsents:
    """The use case. `withdraw` takes a consent back, and gives the answer of the interface as JSON."""

    def __init__(
        self,
        store: ConsentReading,
        agencies: Mapping[str, Agency],
        agency_name: Callable[[str], str],
        withdraw: Callable[[Request], bytes],
    ) -> None:
        self._store = store
        self._agencies = agencies
        self._agency_name = agency_name
        self._withdraw = withdraw

    def of(self, report: Followed) -> Permission:
        """What the informant agreed to for a report."""
        consents = self._store.consents(report.id)
        resting = [code for code in dict.fromkeys(each.agency for each in report.told) if self._rests(code, report)]
        in_force = [
            code for code in resting if any(each.given_by is Giver.INFORMANT for each in consents.in_force(code))
        ]
        return Permission(
            given_at=[each.given_at for each in consents.given if each.given_by is Giver.INFORMANT],
            taken_back_at=[
                each.withdrawn_at for each in consents.withdrawn if each.given_by in (None, Giver.INFORMANT)
            ],
            agencies={code: self._agency_name(code) for code in sorted(in_force, key=self._agency_name)},
        )

    def take_back(self, reference: str, agencies: Sequence[str], *, dry_run: bool) -> Consequences:
        """Take it back for these agencies; as a dry run, only say what would follow.

        Raises InputRefused, NoSuchReport, FactsDestroyed.
        """
        taken_back = ConsentTakenBack(given_by=Giver.INFORMANT, agencies=tuple(agencies), recorded=Recording.WRITING)
        answer: dict[str, Any] = from_json(
            self._withdraw(Request(reference, taken_back, actor=FAMILY, district=None, dry_run=dry_run))
        )
        return Consequences(
            not_told=self._names(answer["superseded"]),
            told_less=self._names(answer["withheld"]),
            told_already=self._names(answer["sent_before"]),
        )

    def _rests(self, code: str, report: Followed) -> bool:
        agency = self._agencies.get(code)
        agreement = agency.agreements.get(report.life_event) if agency else None
        return agreement is not None and agreement.consent is not ConsentRule.STATUTORY

    def _names(self, named: Sequence[Mapping[str, Any]]) -> list[str]:
        return sorted({self._agency_name(each["agency"]) for each in named})
