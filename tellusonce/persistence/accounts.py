"""Accounts of those who sign in on pages."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, exists, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from tellusonce.persistence.database import Database
from tellusonce.persistence.tables import account, web_session
from tellusonce.services.accounts import Account, NameTaken
from tellusonce.services.api_keys import Principal, Role

_SHOWN = (account.c.id, account.c.name, account.c.role, account.c.district, account.c.agency, account.c.issuer)


class StoredAccounts:
    """The port `AccountStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, principal: Principal, password_hash: str) -> UUID:
        """Keep a new account. Raises NameTaken."""
        new = insert(account).values(
            id=uuid7(),
            name=principal.name,
            role=principal.role.value,
            agency=principal.agency,
            district=principal.district,
            password_hash=password_hash,
        )
        with self._database.transaction() as connection:
            added: UUID | None = connection.execute(
                new.on_conflict_do_nothing().returning(account.c.id)
            ).scalar_one_or_none()
        if added is None:
            raise NameTaken(f"There is an account of the name {principal.name}.")
        return added

    def find(self, name: str) -> tuple[Account, str | None] | None:
        """The local account of this name, with the digest of its password."""
        query = select(*_SHOWN, account.c.password_hash).where(account.c.name == name, account.c.issuer.is_(None))
        with self._database.transaction() as connection:
            row = connection.execute(query).one_or_none()
        return (_account(row), row.password_hash) if row else None

    def set_password(self, account_id: UUID, password_hash: str) -> None:
        """Keep another digest, and end all sessions, in one transaction."""
        with self._database.transaction() as connection:
            connection.execute(update(account).where(account.c.id == account_id).values(password_hash=password_hash))
            connection.execute(delete(web_session).where(web_session.c.account_id == account_id))

    def listed(self, after: Account | None, limit: int) -> Sequence[Account]:
        """Accounts by name, those after this one first."""
        return self._page(select(*_SHOWN), after, limit)

    def of_agency(self, agency: str, after: Account | None, limit: int) -> Sequence[Account]:
        """An agency's people by name, those after this one first."""
        return self._page(select(*_SHOWN).where(account.c.agency == agency), after, limit)

    def _page(self, query: Select[Any], after: Account | None, limit: int) -> Sequence[Account]:
        query = query.order_by(account.c.name, account.c.id).limit(limit)
        if after:
            query = query.where(tuple_(account.c.name, account.c.id) > (after.principal.name, after.id))
        with self._database.transaction() as connection:
            return [_account(row) for row in connection.execute(query)]

    def remove(self, account_id: UUID) -> None:
        """Forget the account and its sessions."""
        with self._database.transaction() as connection:
            connection.execute(delete(account).where(account.c.id == account_id))

    def keep_subject(self, issuer: str, subject: str, principal: Principal) -> Account:
        """The account of this subject, made or brought up to date."""
        here = {
            "name": principal.name,
            "role": principal.role.value,
            "agency": principal.agency,
            "district": principal.district,
        }
        kept = (
            insert(account)
            .values(id=uuid7(), issuer=issuer, subject=subject, **here)
            .on_conflict_do_update(
                index_elements=[account.c.issuer, account.c.subject],
                index_where=account.c.issuer.is_not(None),
                set_=here,
            )
            .returning(*_SHOWN)
        )
        with self._database.transaction() as connection:
            return _account(connection.execute(kept).one())

    def remove_subject(self, issuer: str, subject: str) -> None:
        """Forget the account, if there is one, and its sessions."""
        theirs = account.c.issuer == issuer, account.c.subject == subject
        with self._database.transaction() as connection:
            connection.execute(delete(account).where(*theirs))

    def is_empty(self) -> bool:
        """Whether nobody has an account."""
        with self._database.transaction() as connection:
            return not connection.execute(select(exists().select_from(account))).scalar_one()


def _account(row: Any) -> Account:
    return Account(row.id, Principal(row.name, Role(row.role), row.district, row.agency), row.issuer)
