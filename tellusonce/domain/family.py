"""What a family can ask of this service."""

from enum import StrEnum


class Way(StrEnum):
    """How somebody is told that there is news."""

    EMAIL = "email"
    SMS = "sms"


class QuestionKind(StrEnum):
    """What a family says to staff."""

    QUESTION = "question"
    OBJECTION = "objection"  # to what is done with their data (UK GDPR, Article 21)
