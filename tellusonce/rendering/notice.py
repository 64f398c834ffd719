"""The e-mail to an agency: that something waits in its inbox. The template is given no fact and no reference."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tellusonce.domain.agency import Agency
from tellusonce.services.deliver import Claimed
from tellusonce.services.notice import Notice


class NoticeRenderer:
    """Writes notices. `public_url` is this service's address, without a slash at its end."""

    def __init__(self, templates_dir: Path, agencies: Mapping[str, Agency], public_url: str) -> None:
        self._agencies = agencies
        self._public_url = public_url
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(templates_dir / "emails"),
            undefined=StrictUndefined,
            autoescape=False,  # plain text
            trim_blocks=True,
            keep_trailing_newline=True,
        )

    def render(self, claims: Sequence[Claimed]) -> Notice:
        """One notice for all of these, which are of one agency."""
        code = claims[0].agency
        values = {
            "agency_name": self._agencies[code].name,
            "links": [f"{self._public_url}/agencies/{code}/inbox/{claimed.id}" for claimed in claims],
            "open_by": min(claimed.receipt_due_on for claimed in claims),
        }
        return self._written("notice", values)

    def render_example(self, claims: Sequence[Claimed]) -> Notice:
        """One that says that nothing waits: by it staff try whether notices arrive."""
        return self._written("example", {"agency_name": self._agencies[claims[0].agency].name})

    def _written(self, folder: str, values: Mapping[str, object]) -> Notice:
        subject = self._environment.get_template(f"{folder}/subject.txt").render(values)
        return Notice(" ".join(subject.split()), self._environment.get_template(f"{folder}/body.txt").render(values))
