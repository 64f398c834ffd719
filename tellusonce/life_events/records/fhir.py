"""Reading FHIR (R4): whatever is not where it should be is simply not known."""

from collections.abc import Iterator
from typing import Any

from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.life_events.records.record import known, partial_date
from tellusonce.life_events.validation import read_json


def read_bundle(body: bytes) -> dict[str, Any]:
    """A bundle of resources. Raises InputRefused."""
    bundle = read_json(body)
    if at(bundle, "resourceType") != "Bundle":
        raise InputRefused([Fault("/resourceType", "This must be a FHIR Bundle")])
    assert isinstance(bundle, dict)
    return bundle


def at(value: Any, *path: str | int) -> Any:
    """What stands there; None where there is nothing."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def items(value: Any, *path: str | int) -> list[Any]:
    """The list that stands there; empty where there is none."""
    found = at(value, *path)
    return found if isinstance(found, list) else []


def text(value: Any, *path: str | int) -> str | None:
    """The text that stands there, without spaces around it; None where there is none."""
    found = at(value, *path)
    return found.strip() or None if isinstance(found, str) else None


def number(value: Any, *path: str | int) -> int | None:
    """The whole number that stands there."""
    found = at(value, *path)
    return found if isinstance(found, int) else None


def resources(bundle: Any, kind: str, profile: str = "") -> Iterator[Any]:
    """Those of a kind, and of a profile by the end of its address."""
    for entry in items(bundle, "entry"):
        resource = at(entry, "resource")
        if at(resource, "resourceType") == kind:
            profiles = [each for each in items(resource, "meta", "profile") if isinstance(each, str)]
            if not profile or any(each.rpartition("/")[2] == profile for each in profiles):
                yield resource


def name(resource: Any) -> dict[str, Any]:
    """Given names and family name, by the official name where there is one."""
    names = items(resource, "name")
    chosen = next((each for each in names if at(each, "use") == "official"), at(names, 0))
    given = [text(each) for each in items(chosen, "given")]
    return known(given_names=" ".join(filter(None, given)), family_name=text(chosen, "family"))


def day(value: Any, element: str) -> str:
    """A date or time, as a date known as far as it is: by itself, or by its parts in an extension."""
    if whole := text(value, element):
        return whole.partition("T")[0]
    for extension in items(value, f"_{element}", "extension"):
        parts = {
            str(at(part, "url")): number(part, "valueUnsignedInt") or number(part, "valuePositiveInt")
            for part in items(extension, "extension")
        }
        if parts:
            return partial_date(parts.get("year"), parts.get("month"), parts.get("day"))
    return "unknown"
