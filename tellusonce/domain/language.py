"""The languages in which people are spoken to."""

from enum import StrEnum


class Language(StrEnum):
    """By its code (ISO 639-1)."""

    ENGLISH = "en"
    WELSH = "cy"
