"""E-mails that mail servers return (delivery status notifications, RFC 3464), read from a Maildir."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from email import message_from_bytes
from email.message import Message
from itertools import islice
from pathlib import Path
from uuid import UUID

from tellusonce.channels.smtp import NOTIFICATIONS_HEADER

_READ_AT_MOST_BYTES = 1024 * 1024
_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


class ReturnedMail:
    """The port `ReturnedMail` on a Maildir; what was read is moved from its `new` to its `cur`."""

    def __init__(self, maildir: Path) -> None:
        self._maildir = maildir

    def unread(self, limit: int) -> Iterator[AbstractContextManager[frozenset[UUID]]]:
        """Each e-mail not read before, oldest first."""
        names = sorted(path.name for path in (self._maildir / "new").iterdir() if path.is_file())
        return (self._reading(name) for name in islice(names, limit))

    @contextmanager
    def _reading(self, name: str) -> Iterator[frozenset[UUID]]:
        path = self._maildir / "new" / name
        yield _read(path)
        with suppress(FileNotFoundError):  # another process read it, too
            path.rename(self._maildir / "cur" / f"{name}:2,S")


def _read(path: Path) -> frozenset[UUID]:
    try:
        with path.open("rb") as file:
            return undelivered(file.read(_READ_AT_MOST_BYTES))
    except FileNotFoundError:
        return frozenset()


def undelivered(report: bytes) -> frozenset[UUID]:
    """The notifications whose e-mail this report says was given up; none where it is no such report."""
    parts = list(message_from_bytes(report).walk())
    if not any(_says_failed(part) for part in parts):
        return frozenset()
    return frozenset(each for part in parts if (returned := _returned(part)) for each in _notifications(returned))


def _says_failed(part: Message) -> bool:
    # A part of type message/delivery-status is walked as one message for each group of its fields (RFC 3464 §2.1).
    return str(part.get("Action", "")).strip().lower() == "failed" and "Final-Recipient" in part


def _returned(part: Message) -> Message | None:
    """Our e-mail, or its headers, as the report holds it."""
    payload = part.get_payload()
    if part.get_content_type() == "message/rfc822" and isinstance(payload, list) and payload:
        inner = payload[0]
        return inner if isinstance(inner, Message) else None
    if part.get_content_type() == "text/rfc822-headers":
        decoded = part.get_payload(decode=True)
        return message_from_bytes(decoded) if isinstance(decoded, bytes) else None
    return None


def _notifications(returned: Message) -> list[UUID]:
    # A server that returns few headers returns the Message-ID, which names the first notification.
    named = returned.get(NOTIFICATIONS_HEADER) or returned.get("Message-ID") or ""
    return [UUID(each) for each in _ID.findall(str(named).lower())]
