"""Sessions of people on pages: who signed in, or a family that looks at its report. Only tokens' digests are kept."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from tellusonce.services.api_keys import Principal

_TOKEN_BYTES = 32


@dataclass(frozen=True)
class Session:
    """One session: of an account, whose principal is given, or of one report's family."""

    principal: Principal | None
    account_id: UUID | None
    report_id: UUID | None
    has_password: bool
    """Whether the account's person signs in with one, and not by a provider."""
    ends_at: datetime
    """When it is over, unless a page is opened before; aware."""
    by_link: bool = False
    """Whether the family came in by the link of its receipt, which nobody else was given."""


class SessionStore(Protocol):
    """Where sessions are kept."""

    def add(self, digest: bytes, account_id: UUID | None, report_id: UUID | None, *, by_link: bool) -> None:
        """Keep a new session, and forget some that are over."""

    def seen(self, digest: bytes) -> Session | None:
        """The session, unless it is over; notes that it was used now."""

    def remove(self, digest: bytes) -> None:
        """Forget a session."""

    def remove_all_of(self, account_id: UUID) -> int:
        """Forget an account's sessions; how many there were."""


class Sessions:
    """The use case."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store

    def open_for(self, account_id: UUID) -> str:
        """A new session of an account: its token, which is new each time, so that nobody can have planted it."""
        return self._open(account_id, None)

    def open_for_family(self, report_id: UUID, *, by_link: bool = False) -> str:
        """A new session of a report's family, which can see this report's page and nothing else: its token."""
        return self._open(None, report_id, by_link=by_link)

    def seen(self, token: str) -> Session | None:
        """Whose token it is, unless it is unknown or its time is over; its idle time starts anew."""
        return self._store.seen(_digest(token))

    def close(self, token: str) -> None:
        """End a session."""
        self._store.remove(_digest(token))

    def close_all_of(self, account_id: UUID) -> int:
        """End all sessions of an account, on whatever machines they are; how many there were."""
        return self._store.remove_all_of(account_id)

    def _open(self, account_id: UUID | None, report_id: UUID | None, *, by_link: bool = False) -> str:
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._store.add(_digest(token), account_id, report_id, by_link=by_link)
        return token


def _digest(token: str) -> bytes:
    # A token holds 256 random bits: see api_keys.
    return hashlib.sha256(token.encode()).digest()
