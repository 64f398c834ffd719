"""What stands in configuration."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]


class Declared(BaseModel):
    """Base of what stands in configuration: unknown keys are an error, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)
