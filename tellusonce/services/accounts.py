"""Accounts of the people who sign in on pages with a name and a password. Only slow digests of passwords are kept."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from tellusonce.services.api_keys import Principal

PASSWORD_CHARACTERS_AT_LEAST = 12
PASSWORD_CHARACTERS_AT_MOST = 200
_UNMISTAKABLE = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 5
_PAGE_ACCOUNTS = 200


class NameTaken(Exception):
    """There is an account of this name; names are told apart by what people sign in with."""


class NoSuchAccount(Exception):
    """There is no account of this name."""


class PasswordUnfit(Exception):
    """The password is too short or too long; the text says what would be right."""

    def __init__(self) -> None:
        super().__init__(
            f"A password has {PASSWORD_CHARACTERS_AT_LEAST} to {PASSWORD_CHARACTERS_AT_MOST} characters: "
            "three random words are easy to remember."
        )


@dataclass(frozen=True)
class Account:
    """One account. `issuer` is the OpenID provider by whom the person is known; None where they have a password."""

    id: UUID
    principal: Principal
    issuer: str | None = None


class Passwords(Protocol):
    """Slow digests of passwords."""

    def hashed(self, password: str) -> str:
        """The digest to keep, with its salt."""

    def is_right(self, password_hash: str | None, password: str) -> bool:
        """Whether the password has this digest. Takes as long where there is none."""


class AccountStore(Protocol):
    """Where accounts are kept."""

    def add(self, principal: Principal, password_hash: str) -> UUID:
        """Keep a new account. Raises NameTaken."""

    def find(self, name: str) -> tuple[Account, str | None] | None:
        """The local account of this name, with the digest of its password."""

    def set_password(self, account_id: UUID, password_hash: str) -> None:
        """Keep another digest, and end all sessions, in one transaction."""

    def listed(self, after: Account | None, limit: int) -> Sequence[Account]:
        """Accounts by name, those after this one first."""

    def of_agency(self, agency: str, after: Account | None, limit: int) -> Sequence[Account]:
        """An agency's people by name, those after this one first."""

    def remove(self, account_id: UUID) -> None:
        """Forget the account and its sessions."""

    def is_empty(self) -> bool:
        """Whether nobody has an account."""


class Accounts:
    """The use case."""

    def __init__(self, store: AccountStore, passwords: Passwords) -> None:
        self._store = store
        self._passwords = passwords

    def add(self, principal: Principal) -> str:
        """Make an account; its first password is given this once. Raises NameTaken."""
        password = _new_password()
        self._store.add(principal, self._passwords.hashed(password))
        return password

    def sign_in(self, name: str, password: str) -> Account | None:
        """Whose name and password these are. Takes as long for a name that nobody has."""
        found = self._store.find(name)
        right = self._passwords.is_right(found[1] if found else None, password[:PASSWORD_CHARACTERS_AT_MOST])
        return found[0] if found and right else None

    def set_password(self, name: str, password: str | None = None) -> str:
        """Give the account another password, a new one unless it is given, and end its sessions.

        Raises NoSuchAccount, PasswordUnfit.
        """
        if password is None:
            password = _new_password()
        elif not PASSWORD_CHARACTERS_AT_LEAST <= len(password) <= PASSWORD_CHARACTERS_AT_MOST:
            raise PasswordUnfit
        self._store.set_password(self.known(name).id, self._passwords.hashed(password))
        return password

    def listed(self) -> Iterator[Account]:
        """All accounts by name, read by pages."""
        after = None
        while page := self._store.listed(after, _PAGE_ACCOUNTS):
            yield from page
            after = page[-1]

    def of_agency(self, agency: str, after: Account | None, limit: int) -> Sequence[Account]:
        """Who of an agency can sign in, by name, at most `limit` of them after this one."""
        return self._store.of_agency(agency, after, limit)

    def remove(self, name: str) -> None:
        """Forget the account and sign it out everywhere. Raises NoSuchAccount."""
        self._store.remove(self.known(name).id)

    def is_empty(self) -> bool:
        """Whether nobody has an account."""
        return self._store.is_empty()

    def known(self, name: str) -> Account:
        """The account of this name. Raises NoSuchAccount."""
        found = self._store.find(name)
        if found is None:
            raise NoSuchAccount(f"There is no account of the name {name}.")
        return found[0]


def _new_password() -> str:
    groups = ("".join(secrets.choice(_UNMISTAKABLE) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)
