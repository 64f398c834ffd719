"""The agreements there are, each once however many councils' services share it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tellusonce.domain.agency import Agency
from tellusonce.domain.agreement import Agreement, Standing


@dataclass(frozen=True)
class Agreed:
    """One agreement, and with whom."""

    name: str
    """The agency's code; `COUNCIL-library` where it is councils' libraries."""
    life_event: str
    agreement: Agreement
    agencies: tuple[str, ...]


def agreed(agencies: Iterable[Agency]) -> list[Agreed]:
    """In the order of the agencies."""
    found: dict[tuple[str, str, int], Agreed] = {}
    for agency in agencies:
        name = f"COUNCIL-{agency.service.code}" if agency.service else agency.code
        for life_event, agreement in agency.agreements.items():
            key = name, life_event, id(agreement)
            known = found[key].agencies if key in found else ()
            found[key] = Agreed(name, life_event, agreement, (*known, agency.code))
    return list(found.values())


def to_review(agencies: Iterable[Agency], today: date) -> list[Agreed]:
    """Those whose review is due; they hold all the same."""
    return [each for each in agreed(agencies) if each.agreement.standing(today) is Standing.REVIEW_DUE]
