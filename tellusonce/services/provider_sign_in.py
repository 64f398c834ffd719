"""Signing in by an OpenID provider, such as an organisation's own: its groups say which role somebody has here."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from tellusonce.services.accounts import Account
from tellusonce.services.api_keys import Principal, Role

_RANDOM_BYTES = 32


class NotSignedIn(Exception):
    """What came back from the provider is not the answer to this attempt; the text names the check, and no value."""


class NoRoleHere(Exception):
    """The provider knows the person, and none of their groups has a role here."""


class ProviderUnreachable(Exception):
    """The provider does not answer, or not as one."""


@dataclass(frozen=True)
class Attempt:
    """What the browser keeps until it comes back, so that nobody else's answer is taken."""

    state: str
    nonce: str
    verifier: str
    """Of the proof key (RFC 7636)."""


@dataclass(frozen=True)
class Person:
    """Somebody, in the provider's words."""

    subject: str
    name: str
    groups: frozenset[str]


@dataclass(frozen=True)
class GroupRole:
    """What a group's people are here."""

    role: Role
    district: str | None = None
    agency: str | None = None


class Provider(Protocol):
    """An OpenID provider."""

    issuer: str

    def address(self, attempt: Attempt) -> str:
        """Where the browser goes to say who is there. Raises ProviderUnreachable."""

    def person(self, code: str, attempt: Attempt) -> Person:
        """Who was there, for the code that the browser brought. Raises NotSignedIn, ProviderUnreachable."""


class SubjectStore(Protocol):
    """Where accounts are kept that a provider vouches for."""

    def keep_subject(self, issuer: str, subject: str, principal: Principal) -> Account:
        """The account of this subject, made or brought up to date."""

    def remove_subject(self, issuer: str, subject: str) -> None:
        """Forget the account, if there is one, and its sessions."""


class ProviderSignIn:
    """The use case. Of several groups that somebody is in, the first that is listed counts."""

    def __init__(self, provider: Provider, roles_by_group: Mapping[str, GroupRole], store: SubjectStore) -> None:
        self._provider = provider
        self._roles_by_group = roles_by_group
        self._store = store

    def begin(self) -> tuple[Attempt, str]:
        """A new attempt, and where the browser goes with it. Raises ProviderUnreachable."""
        attempt = Attempt(*(secrets.token_urlsafe(_RANDOM_BYTES) for _ in range(3)))
        return attempt, self._provider.address(attempt)

    def finish(self, code: str, attempt: Attempt) -> Account:
        """The account of who was there, as the provider describes them today.

        Raises NotSignedIn, NoRoleHere, ProviderUnreachable.
        """
        person, issuer = self._provider.person(code, attempt), self._provider.issuer
        here = next((role for group, role in self._roles_by_group.items() if group in person.groups), None)
        if here is None:
            self._store.remove_subject(issuer, person.subject)
            raise NoRoleHere
        principal = Principal(person.name, here.role, district=here.district, agency=here.agency)
        return self._store.keep_subject(issuer, person.subject, principal)
