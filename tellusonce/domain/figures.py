"""Figures over many reports: what is counted of a month, and that none of it tells of one family."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate

from tellusonce.domain.follow_up import RESOLVED_BY_ANSWERS

CONTACTS_OF_THE_STUDY = 44
DAYS_OF_THE_STUDY = 180
"""One family's, after one death on the road: what figures are held against, and no average of anybody."""

SMALLEST_GROUP = 5
"""The fewest reports of which figures are shown. A threshold as in statistical disclosure control (Government
Statistical Service, guidance on tables from administrative sources)."""

ALL = ""
"""Stands for all districts of which something is shown, added up."""

OTHERS = "*"
"""Stands for the districts that are too small to be shown by themselves, where together they are not."""

CLEARED_KINDS = RESOLVED_BY_ANSWERS
"""The kinds of follow-up that keep after an agency, as a family would have to do without the service."""


class Measure(StrEnum):
    """What is counted. Those marked so are counted by the days that it took, 0 being the day of acceptance."""

    REPORTS = "reports"
    QUESTIONS = "questions"  # that families asked
    ACTED = "acted"  # notifications on which the agency acted, or which it took back
    CLEARED = "cleared"  # follow-ups about agencies, closed
    AWAITED = "awaited"  # notifications that are open
    CLOSED = "closed"  # reports of which no notification is open, by days
    OPEN = "open"  # reports of which one is
    PAGE_OPENED = "page-opened"  # reports whose family came to its page, where the help to claim is
    REMINDERS = "reminders"  # reports of which somebody wishes to be reminded of days to claim by
    # By agency:
    TOLD = "told"  # reports of which it was to be told
    RECEIPTS = "receipts"  # by days
    RECEIPTS_IN_TIME = "receipts-in-time"
    RECEIPTS_LATE = "receipts-late"  # come late, or missing after their deadline
    OUTCOMES = "outcomes"  # that closed a notification, by days
    OUTCOMES_IN_TIME = "outcomes-in-time"
    OUTCOMES_LATE = "outcomes-late"


@dataclass(frozen=True)
class Count:
    """So many of one measure, of one month."""

    district: str
    agency: str
    """Empty where the measure is about reports."""
    measure: Measure
    days: int
    """How long it took; 0 where the measure is not counted by days."""
    count: int


def published(counts: Iterable[Count]) -> list[Count]:
    """Of all that was counted of one month, what may be shown, small districts put together, and the sums of all.

    Whatever is added up from it, and subtracted from one another, is of five reports or more: it holds no group of
    fewer, and what is left out is in none of its sums.
    """
    counts = list(counts)
    sizes: dict[str, dict[str, int]] = defaultdict(dict)
    for each in counts:
        if each.measure is (Measure.TOLD if each.agency else Measure.REPORTS):
            sizes[each.agency][each.district] = each.count
    names = {agency: groups(reports) for agency, reports in sizes.items()}
    sums: Counter[tuple[str, str, Measure, int]] = Counter()
    for each in counts:
        if name := names.get(each.agency, {}).get(each.district):
            for district in (name, ALL):
                sums[district, each.agency, each.measure, each.days] += each.count
    return [Count(*what, count) for what, count in sums.items()]


def groups(reports: Mapping[str, int]) -> Mapping[str, str]:
    """By district, the name under which its figures are kept; a district that is not there is left out altogether.

    Small ones go together where there are several and they are large enough: one alone could be worked out.
    """
    names = {district: district for district, count in reports.items() if count >= SMALLEST_GROUP}
    small = {district: count for district, count in reports.items() if 0 < count < SMALLEST_GROUP}
    if len(small) > 1 and sum(small.values()) >= SMALLEST_GROUP:
        names |= dict.fromkeys(small, OTHERS)
    return names


@dataclass
class Tally:
    """Counts added up, of whatever months, districts and agencies."""

    counts: dict[Measure, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    @classmethod
    def together(cls, tallies: Iterable["Tally"]) -> "Tally":
        """All of them added up."""
        sums = cls()
        for tally in tallies:
            for measure, counts in tally.counts.items():
                sums.counts[measure].update(counts)
        return sums

    def add(self, measure: Measure, days: int, count: int) -> None:
        """Count so many more."""
        self.counts[measure][days] += count

    def total(self, *measures: Measure) -> int:
        """All of these."""
        return sum(self.counts[measure].total() for measure in measures if measure in self.counts)

    def days(self, measure: Measure, percent: int) -> int | None:
        """The days within which so many in a hundred were done, of those that are done; 50 gives the median."""
        return percentile(self.counts.get(measure, {}), percent)

    def within(self, measure: Measure, days: int) -> int:
        """How many were done within so many days."""
        return sum(count for taken, count in self.counts.get(measure, {}).items() if taken <= days)

    @property
    def contacts_made(self) -> int:
        """By families: each report, and each question of theirs."""
        return self.total(Measure.REPORTS, Measure.QUESTIONS)

    @property
    def contacts_avoided(self) -> int:
        """Each notification that an agency acted on, and each follow-up with an agency that was closed."""
        return self.total(Measure.ACTED, Measure.CLEARED)

    def per_report(self, count: int) -> float | None:
        """As an average; None where there are no reports."""
        reports = self.total(Measure.REPORTS)
        return count / reports if reports else None


def percentile(counts: Mapping[int, int], percent: int) -> int | None:
    """The least value that is not exceeded by so many in a hundred (nearest rank); None of nothing."""
    values = sorted(value for value, count in counts.items() if count)
    sums = list(accumulate(counts[value] for value in values))
    if not values:
        return None
    return next(value for value, so_far in zip(values, sums, strict=True) if so_far * 100 >= percent * sums[-1])
