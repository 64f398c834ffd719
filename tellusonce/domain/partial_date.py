"""Dates of which only a part may be known, as registrations really have them."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

UNKNOWN = "unknown"
_SHAPE = re.compile(r"(?a:(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?)")


@dataclass(frozen=True)
class PartialDate:
    """A date known to the day, the month or the year, or not at all.

    Written as ISO 8601 with reduced precision (`2026-03-14`, `2026-03`, `2026`) or `unknown`.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one from its written form. Raises ValueError, which does not repeat the text."""
        if text == UNKNOWN:
            return cls()
        shape = _SHAPE.fullmatch(text)
        if shape is None:
            raise ValueError("not a date")
        year, month, day = (int(part) if part else None for part in shape.groups())
        date(year or 0, 1 if month is None else month, 1 if day is None else day)  # refuses the 31st of June
        return cls(year, month, day)

    def __str__(self) -> str:
        if self.year is None:
            return UNKNOWN
        return "-".join([f"{self.year:04}", *(f"{part:02}" for part in (self.month, self.day) if part)])

    @property
    def earliest(self) -> date:
        """The first day it can have been."""
        return date(self.year, self.month or 1, self.day or 1) if self.year else date.min

    @property
    def latest(self) -> date:
        """The last day it can have been."""
        if self.year is None:
            return date.max
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls._validate,
            core_schema.str_schema(max_length=10),
            serialization=core_schema.plain_serializer_function_ser_schema(str, return_schema=core_schema.str_schema()),
        )

    @classmethod
    def _validate(cls, text: str) -> Self:
        try:
            return cls.parse(text)
        except ValueError:
            raise PydanticCustomError(
                "partial_date",
                "must be a real date as YYYY-MM-DD, or YYYY-MM or YYYY if the rest is not known, or unknown",
            ) from None

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": r"^(\d{4}(-\d{2}(-\d{2})?)?|unknown)$",
            "examples": ["2026-03-14", "2026-03", "2026", UNKNOWN],
        }
