"""What help a report's facts allow to be claimed on a day, and by when."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tellusonce.domain.entitlement import (
    Condition,
    Deadline,
    Entitlement,
    Held,
    Named,
    NotNamed,
    Number,
    UnderPensionAge,
    Words,
)
from tellusonce.domain.field import Facts, fact_at
from tellusonce.domain.partial_date import PartialDate
from tellusonce.domain.pension_age import pensionable_on


class Standing(StrEnum):
    """Whether it is worth claiming."""

    CLAIMABLE = "claimable"  # nothing that the report says stands against it
    PERHAPS = "perhaps"  # that turns on a fact that is not known
    TOO_LATE = "too-late"


@dataclass(frozen=True)
class Due:
    """By when to claim; the earliest day that it can be where a date is known in part."""

    on: date
    purpose: Words
    final: bool
    passed: bool


@dataclass(frozen=True)
class Claim:
    """One kind of help that the facts do not rule out."""

    entitlement: Entitlement
    standing: Standing
    unknown: tuple[str, ...]
    """The fields or persons that would decide."""
    due: tuple[Due, ...]


@dataclass(frozen=True)
class Situation:
    """What is known of a report."""

    facts: Facts
    benefits: AbstractSet[str]
    """Those that agencies were told of."""


def claims(rules: Iterable[Entitlement], situation: Situation, on: date) -> Iterator[Claim]:
    """What could be claimed on a day, in the order of the rules; what the facts rule out is left out."""
    for rule in rules:
        unknown = _undecided(rule, situation)
        if unknown is not None:
            yield _claim(rule, unknown, situation.facts, on)


def _claim(rule: Entitlement, unknown: list[str], facts: Facts, on: date) -> Claim:
    dates = [(deadline, _dates(deadline, facts)) for deadline in rule.deadlines]
    final = [ends for deadline, ends in dates if deadline.final]
    if any(on > ends.latest for ends in final if ends.latest):
        standing = Standing.TOO_LATE
    else:
        unknown += [ends.field for ends in final if ends.earliest is None or on > ends.earliest]
        standing = Standing.PERHAPS if unknown else Standing.CLAIMABLE
    return Claim(
        rule,
        standing,
        tuple(dict.fromkeys(unknown)) if standing is Standing.PERHAPS else (),
        tuple(
            Due(ends.earliest, deadline.purpose, deadline.final, on > ends.earliest)
            for deadline, ends in dates
            if ends.earliest
        ),
    )


@dataclass(frozen=True)
class _Ends:
    """Between which days a deadline ends; None where nothing bounds it. `field` would tell."""

    field: str
    earliest: date | None
    latest: date | None


def _dates(deadline: Deadline, facts: Facts) -> _Ends:
    right, *others = deadline.counted_from
    if known := _date_at(facts, right):
        return _Ends(right, deadline.end(known.earliest), deadline.end(known.latest))
    bound = next((known for path in others if (known := _date_at(facts, path))), None)
    return _Ends(right, deadline.end(bound.earliest) if bound else None, None)


def _undecided(rule: Entitlement, situation: Situation) -> list[str] | None:
    """What its conditions leave open; None where one does not hold."""
    open_: list[str] = []
    for condition in rule.conditions:
        verdict = _verdict(condition, situation)
        if verdict is False:
            return None
        if verdict is not True:
            open_.extend(verdict)
    return open_


def _verdict(condition: Condition, situation: Situation) -> bool | tuple[str, ...]:
    """Whether it holds, or what would decide it."""
    facts = situation.facts
    match condition:
        case Named(part=part):
            return facts.get(part) is not None or (part,)
        case NotNamed(part=part):
            return facts.get(part) is None
        case Held(benefits=benefits):
            return not situation.benefits.isdisjoint(benefits)
        case Number(field=path):
            number = fact_at(facts, path)
            if number is None:
                return (path,)
            return condition.at_least <= number and (condition.at_most is None or number <= condition.at_most)
        case UnderPensionAge():
            return _under_pension_age(condition, facts)


def _under_pension_age(condition: UnderPensionAge, facts: Facts) -> bool | tuple[str, ...]:
    born, day = _date_at(facts, condition.born), _date_at(facts, condition.died)
    if born is None or day is None:
        return tuple(path for path, known in ((condition.born, born), (condition.died, day)) if known is None)
    # Nobody is left behind who was born afterwards, whatever was mistyped.
    if day.latest < pensionable_on(min(born.earliest, day.latest)):
        return True
    if day.earliest >= pensionable_on(min(born.latest, day.latest)):
        return False
    return tuple(
        path for path, known in ((condition.born, born), (condition.died, day)) if known.earliest != known.latest
    )


def _date_at(facts: Facts, path: str) -> PartialDate | None:
    """A date, in part at least."""
    written = fact_at(facts, path)
    known = PartialDate.parse(written) if written is not None else None
    return known if known and known.year is not None else None
