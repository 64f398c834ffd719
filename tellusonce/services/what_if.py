"""What if the agreements were others: past reports are planned by both, and what differs is counted by agency."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from tellusonce.domain.agency import Agency
from tellusonce.domain.directory import Directory
from tellusonce.domain.planning import Declaration, Plan, Refusal, RefusalReason, plan
from tellusonce.domain.working_days import BankHolidays


class PastReports(Protocol):
    """Where the reports to be planned again come from."""

    def declarations(self) -> Iterable[Declaration]:
        """What each report that was not withdrawn or forgotten declares, by its latest version.

        A few are in memory at a time.
        """

    def forgotten(self) -> int:
        """How many cannot be planned again, their facts being destroyed."""


@dataclass
class Change:
    """What one agency would hear otherwise."""

    agency: str
    agency_name: str
    told_before: int = 0
    told_after: int = 0
    newly_told: int = 0
    no_longer_told: int = 0
    fields_newly: Counter[str] = field(default_factory=Counter)
    """How often each field would go to it that does not now."""
    fields_no_longer: Counter[str] = field(default_factory=Counter)
    refused_newly: Counter[RefusalReason] = field(default_factory=Counter)
    """Why it would not be told, and how often, where that is not so now."""
    refused_no_longer: Counter[RefusalReason] = field(default_factory=Counter)
    missing_newly: Counter[str] = field(default_factory=Counter)
    """How often each field would be missing, for want of which it would not be told."""

    @property
    def is_one(self) -> bool:
        """Whether anything differs."""
        return bool(self.fields_newly or self.fields_no_longer or self.refused_newly or self.refused_no_longer)


@dataclass(frozen=True)
class Comparison:
    """What was found."""

    reports: int
    changes: tuple[Change, ...]
    """Of the agencies that would hear otherwise, or be refused for another reason."""
    forgotten: int = 0
    """Reports left out, their facts being destroyed."""

    def as_document(self) -> dict[str, Any]:
        """The same for JSON."""
        return {
            "reports": self.reports,
            "forgotten": self.forgotten,
            "agencies": [
                {
                    name: dict(sorted(value.items())) if isinstance(value, Counter) else value
                    for name, value in vars(each).items()
                }
                for each in self.changes
            ],
        }


class WhatIf:
    """The use case: nothing is stored or sent."""

    def __init__(
        self, before: Mapping[str, Agency], after: Mapping[str, Agency], holidays: BankHolidays, on: date
    ) -> None:
        self.agencies = {**before, **after}
        """All that there are now or would be then."""
        self._before = Directory(before.values())
        self._after = Directory(after.values())
        self._holidays = holidays
        self._on = on

    def compare(self, reports: PastReports) -> Comparison:
        """Plan each report by both, as if all were accepted on one day."""
        changes = {code: Change(code, agency.name) for code, agency in self.agencies.items()}
        count = 0
        for declaration in reports.declarations():
            count += 1
            before, after = self._planned(declaration, self._before), self._planned(declaration, self._after)
            told_before, told_after = _told(before), _told(after)
            for agency in told_before.keys() | told_after.keys():
                _count(changes[agency], told_before.get(agency), told_after.get(agency))
            for refusal in (*before.refusals, *after.refusals):  # one may be of a service of no known council
                changes.setdefault(refusal.agency, Change(refusal.agency, refusal.agency_name))
            _count_refusals(changes, before.refusals, after.refusals)
        return Comparison(count, tuple(each for each in changes.values() if each.is_one), reports.forgotten())

    def _planned(self, declaration: Declaration, directory: Directory) -> Plan:
        return plan(declaration, directory, self._on, self._holidays)


def _told(planned: Plan) -> dict[str, frozenset[str]]:
    return {each.agency: frozenset(each.fields) for each in planned.notifications}


def _count(change: Change, before: frozenset[str] | None, after: frozenset[str] | None) -> None:
    change.told_before += before is not None
    change.told_after += after is not None
    change.newly_told += before is None
    change.no_longer_told += after is None
    change.fields_newly.update((after or frozenset()) - (before or frozenset()))
    change.fields_no_longer.update((before or frozenset()) - (after or frozenset()))


def _count_refusals(changes: Mapping[str, Change], before: Sequence[Refusal], after: Sequence[Refusal]) -> None:
    reasons_before = {(each.agency, each.reason) for each in before}
    reasons_after = {(each.agency, each.reason) for each in after}
    for refusal in after:
        if (refusal.agency, refusal.reason) not in reasons_before:
            changes[refusal.agency].refused_newly[refusal.reason] += 1
            changes[refusal.agency].missing_newly.update(refusal.missing_fields)
    for refusal in before:
        if (refusal.agency, refusal.reason) not in reasons_after:
            changes[refusal.agency].refused_no_longer[refusal.reason] += 1
