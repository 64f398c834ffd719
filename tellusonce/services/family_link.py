"""Links by which a family comes to its report's page without typing anything, as a code on the receipt.

A link holds the report's reference, which stands beside it on the paper, its last day, and a keyed digest of both. No
fact is in it. Another kind stands in messages, and ends them.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

from tellusonce.domain.working_days import uk_date
from tellusonce.services.reference import WrongReference, read_reference

PATH = "/family/link/"
STOP_PATH = "/family/stop/"
_VERSION = "1"
_DIGEST_BYTES = 16
_STOPPING = b"stop\0"
_STOP_SHAPE = re.compile(r"(?a:([0-9a-f]{32})\.([0-9A-Za-z_-]{22}))")
_SHAPE = re.compile(r"(?a:1\.([0-9A-Z]{9})\.(\d{8})\.([0-9A-Za-z_-]{22}))")


class WrongLink(Exception):
    """Not a link that was given out here."""

    def __init__(self) -> None:
        super().__init__("this is not a link that was given out here")


class LinkEnded(Exception):
    """The link's last day is over."""

    def __init__(self) -> None:
        super().__init__("the link's last day is over")


class FamilyLinks:
    """Makes and reads links. `key` signs them; `now` gives the aware time, `days` for how long they hold."""

    def __init__(self, key: bytes, now: Callable[[], datetime], days: int) -> None:
        self._key = key
        self._now = now
        self._days = days

    def path(self, reference: str) -> str:
        """The link's path, to be put after the service's address."""
        ends_on = uk_date(self._now()) + timedelta(days=self._days)
        signed = f"{_VERSION}.{reference.replace('-', '')}.{ends_on:%Y%m%d}"
        return f"{PATH}{signed}.{self._digest(signed)}"

    def reference(self, token: str) -> str:
        """The reference in the last part of a link's path. Raises WrongLink, LinkEnded."""
        shape = _SHAPE.fullmatch(token)
        signed, _, digest = token.rpartition(".")
        if shape is None or not hmac.compare_digest(digest, self._digest(signed)):
            raise WrongLink
        try:
            reference = read_reference(shape[1])
            ends_on = date.fromisoformat(shape[2])
        except (WrongReference, ValueError):
            raise WrongLink from None
        if uk_date(self._now()) > ends_on:
            raise LinkEnded
        return reference

    def _digest(self, signed: str) -> str:
        return _digest(self._key, b"", signed)


class ContactLinks:
    """Makes and reads the links that end messages to one contact. They hold as long as the contact is kept."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def path(self, contact: UUID) -> str:
        """The link's path, to be put after the service's address."""
        return f"{STOP_PATH}{contact.hex}.{_digest(self._key, _STOPPING, contact.hex)}"

    def contact(self, token: str) -> UUID:
        """The contact in the last part of a link's path. Raises WrongLink."""
        shape = _STOP_SHAPE.fullmatch(token)
        if shape is None or not hmac.compare_digest(shape[2], _digest(self._key, _STOPPING, shape[1])):
            raise WrongLink
        return UUID(shape[1])


def _digest(key: bytes, purpose: bytes, signed: str) -> str:
    digest = hmac.digest(key, purpose + signed.encode(), "sha256")[:_DIGEST_BYTES]
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def link_key(master_secret: bytes) -> bytes:
    """The key of links, derived from the service's secret and not stored (HKDF-Expand, RFC 5869)."""
    return hmac.digest(master_secret, b"family link\x01", "sha256")
