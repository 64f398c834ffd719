"""The message to a family: that there is something to read. The template is given no fact and no reference."""

from collections.abc import Callable
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tellusonce.domain.family import Way
from tellusonce.services.family_wishes import FamilyMessage
from tellusonce.services.notice import Notice


class FamilyNoticeRenderer:
    """Writes messages. `page_url` is where families come in, and `stop_url` gives what ends messages to a contact."""

    def __init__(self, templates_dir: Path, page_url: str, stop_url: Callable[[FamilyMessage], str]) -> None:
        self._page_url = page_url
        self._stop_url = stop_url
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(templates_dir / "emails" / "family"),
            undefined=StrictUndefined,
            autoescape=False,  # plain text
            trim_blocks=True,
            keep_trailing_newline=True,
        )

    def render(self, message: FamilyMessage) -> Notice:
        """In the contact's language; of a text message the body alone is sent."""
        values = {
            "news": message.news,
            "reminder": message.reminder,
            "page_url": self._page_url,
            "stop_url": self._stop_url(message),
        }
        if message.way is Way.SMS:
            return Notice("", self._line(message, "sms.txt", values))
        body = self._environment.get_template(f"{message.language}/body.txt").render(values)
        return Notice(self._line(message, "subject.txt", values), body)

    def _line(self, message: FamilyMessage, template: str, values: dict[str, object]) -> str:
        return " ".join(self._environment.get_template(f"{message.language}/{template}").render(values).split())
