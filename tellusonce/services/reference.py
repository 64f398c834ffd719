"""References: short, unambiguous when read over the phone, with a check character (ISO/IEC 7064, MOD 33,32)."""

import secrets
from collections.abc import Callable
from typing import TypeVar

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

# Crockford's base 32: no I, L, O or U, which are misheard or misread.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_CHARACTERS = 8
_BITS_A_CHARACTER = 5
_LAST_CHARACTER = len(_ALPHABET) - 1
_GROUP = 3
_DRAWS = 3
_MISREAD = str.maketrans("OIL", "011")


Stored = TypeVar("Stored")


class WrongReference(Exception):
    """Not a reference: a character is missing, added or wrong."""

    def __init__(self) -> None:
        super().__init__("a reference has nine letters and digits, like 7K4-M92-QX1: check each of them")


def new_reference() -> str:
    """One at random out of 10¹², such as `7K4-M92-QX1`."""
    number = secrets.randbits(_BITS_A_CHARACTER * _RANDOM_CHARACTERS)
    body = "".join(
        _ALPHABET[number >> place & _LAST_CHARACTER]
        for place in range(0, _BITS_A_CHARACTER * _RANDOM_CHARACTERS, _BITS_A_CHARACTER)
    )
    return _grouped(body + mod_37_36.calc_check_digit(body, _ALPHABET))


class ReferenceTaken(Exception):
    """The reference that was drawn is another report's."""


def drawn_until_free(store: Callable[[], Stored]) -> Stored:
    """What `store` gives, which draws references anew each time. Raises ReferenceTaken when they are taken every time.

    Of a million reports one in a million draws a taken one: too few to look before, and too many to fail.
    """
    for _ in range(_DRAWS - 1):
        try:
            return store()
        except ReferenceTaken:
            continue
    return store()


def read_reference(text: str) -> str:
    """A reference as it is stored, from one as people type it. Raises WrongReference."""
    compact = text.upper().replace("-", "").replace(" ", "").translate(_MISREAD)
    if len(compact) != _RANDOM_CHARACTERS + 1:
        raise WrongReference
    try:
        mod_37_36.validate(compact, _ALPHABET)
    except ValidationError:
        raise WrongReference from None
    return _grouped(compact)


def _grouped(characters: str) -> str:
    return "-".join(characters[start : start + _GROUP] for start in range(0, len(characters), _GROUP))
