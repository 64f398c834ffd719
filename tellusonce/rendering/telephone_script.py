"""What to say to an agency's named contact on the telephone. The template is given no fact, only the reference."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tellusonce.domain.agency import Agency
from tellusonce.domain.follow_up import FollowUpKind


class TelephoneScript:
    """Writes scripts."""

    def __init__(self, templates_dir: Path, agencies: Mapping[str, Agency]) -> None:
        self._agencies = agencies
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(templates_dir / "telephone"),
            undefined=StrictUndefined,
            autoescape=False,  # plain text
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, agency: str, kind: FollowUpKind, reference: str, due_on: date) -> str | None:
        """The script for a follow-up; None for an agency that is not configured any more."""
        configured = self._agencies.get(agency)
        if configured is None:
            return None
        authority = configured.service.authority if configured.service else None
        values = {
            "agency_name": configured.name,
            "contact": configured.contact,
            "email": authority.contact if authority else None,
            "kind": kind.value,
            "reference": " ".join(reference),
            "due_on": f"{due_on:%-d %B %Y}",
        }
        return self._environment.get_template("agency_contact.txt").render(values)
