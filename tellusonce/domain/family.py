"""How a family is told that there is news."""

from enum import StrEnum


class Way(StrEnum):
    """By which a message comes."""

    EMAIL = "email"
    SMS = "sms"
