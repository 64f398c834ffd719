"""Fields: the vocabulary in which life events, agreements, messages and forms speak of facts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from tellusonce.domain.search import Term


class Sensitivity(StrEnum):
    """How much harm a disclosure could do; it decides who may see a fact on a page."""

    ORDINARY = "ordinary"
    PERSONAL = "personal"
    IDENTIFYING = "identifying"
    SPECIAL_CATEGORY = "special-category"  # UK GDPR, Article 9(1): health, ethnic origin, belief and the like


@dataclass(frozen=True)
class Label:
    """What people call a field, and how sensitive it is; written beside the field in its model.

    Beside a part of the facts that there is more than once it is what is said after the labels of what that holds.
    """

    text: str
    sensitivity: Sensitivity = Sensitivity.PERSONAL
    term: Term | None = None
    """As what reports are found by it; None: they are not."""


@dataclass(frozen=True)
class Field:
    """One named datum a report may hold, such as `deceased.date_of_birth`."""

    path: str
    label: str
    sensitivity: Sensitivity
    term: Term | None = None


def fields_of(model: type[BaseModel], prefix: str = "") -> Iterator[Field]:
    """Every leaf of a facts model as a field, in the order of the model."""
    for name, info in model.model_fields.items():
        label = next((mark for mark in info.metadata if isinstance(mark, Label)), None)
        nested = _nested_model(info.annotation)
        if nested is not None:
            for field in fields_of(nested, f"{prefix}{name}."):
                yield replace(field, label=f"{field.label} {label.text}") if label else field
            continue
        if label is None:
            raise TypeError(f"{model.__name__}.{name} has no Label")
        yield Field(f"{prefix}{name}", label.text, label.sensitivity, label.term)


def _nested_model(annotation: Any) -> type[BaseModel] | None:
    choices = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    return next((each for each in choices if isinstance(each, type) and issubclass(each, BaseModel)), None)


Facts = dict[str, Any]
"""Facts as nested JSON: `{"deceased": {"family_name": …}}`. A fact that is not known is absent."""


def present(facts: Facts, prefix: str = "") -> Iterator[str]:
    """The path of every fact that is there."""
    for name, value in facts.items():
        if isinstance(value, dict):
            yield from present(value, f"{prefix}{name}.")
        elif value is not None:
            yield f"{prefix}{name}"


@cache
def _steps(path: str) -> tuple[tuple[str, ...], str]:
    *parents, leaf = path.split(".")
    return tuple(parents), leaf


def fact_at(facts: Facts, path: str) -> Any:
    """The fact at a path; None where it is absent."""
    value: Any = facts
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def select(facts: Facts, paths: Iterable[str]) -> dict[str, Any]:
    """The facts at these paths and nothing else, in the same nested shape. An absent fact is left out."""
    chosen: dict[str, Any] = {}
    for path in paths:
        parents, leaf = _steps(path)
        source: Any = facts
        for parent in parents:
            source = source.get(parent) if isinstance(source, dict) else None
        if not isinstance(source, dict) or source.get(leaf) is None:
            continue
        target = chosen
        for parent in parents:
            target = target.setdefault(parent, {})
        target[leaf] = source[leaf]
    return chosen
