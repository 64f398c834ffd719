"""What an agency's reply to a push says."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from tellusonce.domain.acknowledgement import Acknowledgement, Kind
from tellusonce.services.deliver import Result

_GONE = 410


def result_of(status: int) -> Result:
    """What the status says: any 2xx is a delivery (RFC 9110), if the reply that begins with it is whole."""
    if status == _GONE:
        return Result.GONE
    return Result.DELIVERED if 200 <= status < 300 else Result.REFUSED


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """What the agency asked for, as seconds or as a date (RFC 9110 §10.2.3); 0 where it asked nothing sensible."""
    try:
        asked = headers.get("Retry-After")
        if asked is None:
            return 0.0
        if asked.isdecimal():
            return float(asked[:9])
        return max(0.0, (parsedate_to_datetime(asked) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def acknowledgements(reply: bytes) -> dict[UUID, Acknowledgement]:
    """The agency's words by notification, where the body is one or a JSON list of them; the rest of it is passed over.

    Of two words about one notification an outcome counts more than a receipt, which it implies.
    """
    words = [word for said in _said(reply) if (word := _word(said)) is not None]
    return {word.notification: word for word in sorted(words, key=lambda word: word.kind is Kind.OUTCOME)}


def _said(reply: bytes) -> Iterable[bytes]:
    if not reply.lstrip().startswith(b"["):
        return [reply]
    try:
        return [to_json(said) for said in from_json(reply)]
    except ValueError:
        return []


def _word(said: bytes) -> Acknowledgement | None:
    try:
        return Acknowledgement.model_validate_json(said)
    except ValidationError:
        return None
