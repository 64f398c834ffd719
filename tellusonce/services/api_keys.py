"""Keys by which registrars' systems and agencies are known to the API. Only their digests are kept."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

AGENCY_KEY = "agency key"
"""The name of the key by which an agency's own system is known; a key of any other name is a person's."""

_PREFIX = "tuo_"
_SECRET_BYTES = 32


class Role(StrEnum):
    """What a caller may be."""

    REGISTRAR = "registrar"
    AGENCY = "agency"
    STAFF = "staff"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"
    DATA_PROTECTION = "data-protection"


SERVICE_DESK = (Role.STAFF, Role.SUPERVISOR)
"""Who sees to follow-ups, in all districts: a supervisor may do what staff may, and more."""


@dataclass(frozen=True)
class Principal:
    """Who is calling: a role, and the district or agency whose records are theirs."""

    name: str
    role: Role
    district: str | None = None
    agency: str | None = None

    @property
    def actor(self) -> str:
        """How the trail names them: a person of an agency as `agency:CODE/NAME`."""
        if self.role is not Role.AGENCY:
            return f"{self.role}:{self.name}"
        return f"agency:{self.agency}" if self.name == AGENCY_KEY else f"agency:{self.agency}/{self.name}"


@dataclass(frozen=True)
class KeyInForce:
    """A key that is worth something: whose, and since when."""

    name: str
    issued_at: datetime


class KeyStore(Protocol):
    """Where digests of keys are kept."""

    def add(self, digest: bytes, principal: Principal, issued_by: str | None) -> None:
        """Keep a new key's digest and revoke any earlier one of the same principal, in one transaction.

        That somebody issued an agency's is written with it.
        """

    def of_agency(self, agency: str, limit: int) -> Sequence[KeyInForce]:
        """Those by which an agency and its people call, at most `limit`, by name."""

    def find(self, digest: bytes) -> Principal | None:
        """Whose key this is, unless it was revoked."""

    def revoke(self, principal: Principal) -> None:
        """Let the principal's key be worth nothing from now on."""


class ApiKeys:
    """The use case."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store

    def issue(self, principal: Principal, issued_by: str | None = None) -> str:
        """A new key, in place of the principal's earlier one. It is given this once and cannot be read again.

        Who issued an agency's stands among what was done with the agency.
        """
        key = _PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        self._store.add(_digest(key), principal, issued_by)
        return key

    def of_agency(self, agency: str, limit: int) -> Sequence[KeyInForce]:
        """The keys by which an agency's system and its people call, at most `limit`, by name."""
        return self._store.of_agency(agency, limit)

    def revoke(self, principal: Principal) -> None:
        """End the principal's key, if they have one."""
        self._store.revoke(principal)

    def principal(self, key: str) -> Principal | None:
        """Whose key it is; None for a key that is unknown or revoked."""
        return self._store.find(_digest(key))


def _digest(key: str) -> bytes:
    # A key holds 256 random bits, so that a plain digest cannot be guessed from and a slow one would gain nothing.
    return hashlib.sha256(key.encode()).digest()
