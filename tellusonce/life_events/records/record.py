"""What a record of another system says of a bereavement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tellusonce.domain.notification import NotificationKind
from tellusonce.domain.revision import WithdrawalReason


@dataclass(frozen=True)
class Record:
    """A death put on record, restated, or taken back. Its facts are those it gives, not yet checked."""

    identities: tuple[str, ...]
    """By which the system knows the death, the same in whatever it sends of it; only a withdrawal may have several."""
    kind: NotificationKind
    facts: Mapping[str, Any] = field(default_factory=dict)
    reason: WithdrawalReason = WithdrawalReason.REPORTED_IN_ERROR
    """Why it is taken back, where it is."""


def known(**facts: Any) -> dict[str, Any]:
    """Those that there are."""
    return {name: fact for name, fact in facts.items() if fact}


def address(lines: list[str | None], postcode: str | None, *, country: str | None) -> dict[str, Any]:
    """A postal address of at most five lines. Where it is abroad the postcode is among them: it is none of ours."""
    is_abroad = country not in (None, "GB", "UK", "GBR")
    said = [line for line in [*lines, *((postcode, country) if is_abroad else ())] if line]
    return known(
        lines=said if len(said) <= 5 else [*said[:4], ", ".join(said[4:])],
        postcode=None if is_abroad else postcode,
    )


def partial_date(year: int | None, month: int | None, day: int | None) -> str:
    """A date known as far as its parts are, as a fact is written."""
    parts = [f"{year:04}"] if year else []
    if year and month:
        parts += [f"{month:02}", *([f"{day:02}"] if day else [])]
    return "-".join(parts) or "unknown"
