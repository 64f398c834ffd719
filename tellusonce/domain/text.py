"""Text that every part of the house can take: PostgreSQL holds no NUL, and control characters forge lines elsewhere."""

import re

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_BUT_LAYOUT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def _one_line(value: str) -> str:
    if _CONTROL.search(value):
        raise PydanticCustomError("control_character", "must be on one line, without control characters")
    return value


def is_text(value: str) -> bool:
    """Whether there are no control characters in it but line breaks and tabs."""
    return _CONTROL_BUT_LAYOUT.search(value) is None


def _lines(value: str) -> str:
    if not is_text(value):
        raise PydanticCustomError("control_character", "must be text without control characters")
    return value


ONE_LINE = AfterValidator(_one_line)
"""Text without line breaks or other control characters."""

LINES = AfterValidator(_lines)
"""Text with line breaks and tabs, but no other control characters."""
