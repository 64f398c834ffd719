"""A kind of life event, as the rest of the house sees it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from tellusonce.domain.field import Field, fields_of


@dataclass(frozen=True)
class LifeEvent:
    """A kind of thing that happened, declared by one model of its facts."""

    code: str
    title: str
    model: type[BaseModel]

    @cached_property
    def fields(self) -> dict[str, Field]:
        """The known fields by path."""
        return {field.path: field for field in fields_of(self.model)}

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of its facts."""
        return self.model.model_json_schema()
