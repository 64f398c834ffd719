"""The help that can be claimed, from `entitlements.yaml`."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from tellusonce.agreements.checking import validated
from tellusonce.agreements.document import Document, KeyPath, read_document
from tellusonce.agreements.loading import ConfigurationRefused
from tellusonce.domain.entitlement import (
    Condition,
    Entitlement,
    Entitlements,
    Held,
    Named,
    NotNamed,
    Number,
    UnderPensionAge,
)
from tellusonce.domain.life_event import LifeEvent
from tellusonce.domain.partial_date import PartialDate

FILE = "entitlements.yaml"


def load_entitlements(
    config_dir: Path, life_events: Mapping[str, LifeEvent], benefits: Collection[str]
) -> Mapping[str, tuple[Entitlement, ...]]:
    """The rules by life event, in the order of the file; none where there is no file. Raises ConfigurationRefused.

    `benefits` are those that agencies hold: a rule can turn on no other.
    """
    path = config_dir / FILE
    if not path.exists():
        return {}
    document = read_document(path)
    rules = validated(Entitlements, document)
    if rules is not None:
        _check(document, rules, life_events, frozenset(benefits))
    if complaints := document.described():
        raise ConfigurationRefused(complaints)
    assert rules is not None
    return rules.root


def _check(
    document: Document, rules: Entitlements, life_events: Mapping[str, LifeEvent], benefits: frozenset[str]
) -> None:
    for code, entitlements in rules.root.items():
        if code not in life_events:
            document.complain((code,), f"should be a life event that can be reported: {', '.join(life_events)}")
            continue
        _check_codes_differ(document, code, entitlements)
        for position, entitlement in enumerate(entitlements):
            _check_dates(document, (code, position), entitlement, life_events[code])
            for place, condition in enumerate(entitlement.conditions):
                _check_condition(
                    document, (code, position, "conditions", place), condition, life_events[code], benefits
                )


def _check_codes_differ(document: Document, life_event: str, entitlements: tuple[Entitlement, ...]) -> None:
    seen: set[str] = set()
    for position, entitlement in enumerate(entitlements):
        if entitlement.code in seen:
            document.complain((life_event, position, "code"), "should differ from those before")
        seen.add(entitlement.code)


def _check_dates(document: Document, at: KeyPath, entitlement: Entitlement, life_event: LifeEvent) -> None:
    for place, path in _dates(entitlement):
        if not _holds(life_event.model, path, date, PartialDate):
            document.complain((*at, *place), f"should be a field of {life_event.code} that holds a date")


def _check_condition(
    document: Document, at: KeyPath, condition: Condition, life_event: LifeEvent, benefits: frozenset[str]
) -> None:
    parts = life_event.model.model_fields
    match condition:
        case Named(part=part) | NotNamed(part=part) if part not in parts:
            document.complain((*at, "part"), f"should be a part of {life_event.code}: {', '.join(parts)}")
        case Number(field=path) if not _holds(life_event.model, path, int):
            document.complain((*at, "field"), f"should be a field of {life_event.code} that holds a number")
        case Held(benefits=held):
            for position, benefit in enumerate(held):
                if benefit not in benefits:
                    document.complain((*at, "benefits", position), "should be a benefit that an agency holds")


def _dates(entitlement: Entitlement) -> Iterator[tuple[KeyPath, str]]:
    for position, condition in enumerate(entitlement.conditions):
        if isinstance(condition, UnderPensionAge):
            yield ("conditions", position, "born"), condition.born
            yield ("conditions", position, "died"), condition.died
    for position, deadline in enumerate(entitlement.deadlines):
        for place, path in enumerate(deadline.counted_from):
            yield ("deadlines", position, "counted_from", place), path


def _holds(model: Any, path: str, *types: type) -> bool:
    """Whether the field at the path is there and is of one of these types."""
    for step in path.split("."):
        inner = next((each for each in _choices(model) if isinstance(each, type) and issubclass(each, BaseModel)), None)
        if inner is None or step not in inner.model_fields:
            return False
        model = inner.model_fields[step].annotation
    return any(each in types for each in _choices(model))


def _choices(annotation: Any) -> Iterator[Any]:
    """The types that an annotation allows, whatever it is wrapped in."""
    if inner := get_args(annotation):
        for each in inner:
            yield from _choices(each)
    else:
        yield annotation
