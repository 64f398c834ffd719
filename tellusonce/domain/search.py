"""What reports are found by: exact facts, each written in the one form in which it is compared."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tellusonce.domain.partial_date import UNKNOWN


class Term(StrEnum):
    """As what a fact is sought, those that fewest share coming first."""

    NATIONAL_INSURANCE_NUMBER = "national-insurance-number"
    DATE_OF_BIRTH = "date-of-birth"
    DATE_OF_DEATH = "date-of-death"
    FAMILY_NAME = "family-name"


@dataclass(frozen=True)
class Sought:
    """A fact as it is compared."""

    term: Term
    text: str


def sought(term: Term, fact: Any) -> Sought | None:
    """A fact as it is compared: a name by its letters, anything else as it is written in its canonical form.

    None where nothing can be found by it: an absent fact, an unknown date, a name without a letter.
    """
    text = "" if fact in (None, UNKNOWN) else letters(fact) if term is Term.FAMILY_NAME else str(fact)
    return Sought(term, text) if text else None


def letters(name: str) -> str:
    """A name's letters and digits in small form, without accents, spaces, hyphens or apostrophes.

    Unicode's compatibility decomposition (NFKD), then case folding, then only what is a letter or a digit: O'Brien
    and OBRIEN are alike, as are Müller and Muller, but not Mueller.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    return "".join(character for character in folded if character.isalnum())
