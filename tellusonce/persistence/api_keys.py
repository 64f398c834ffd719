"""Digests of API keys."""

from sqlalchemy import Update, func, insert, select, text, update

from tellusonce.persistence.database import Database
from tellusonce.persistence.tables import api_key
from tellusonce.services.api_keys import Principal, Role


class StoredKeys:
    """The port `KeyStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, digest: bytes, principal: Principal) -> None:
        """Keep a new key's digest, in place of any earlier one of the same principal."""
        with self._database.transaction() as connection:
            # Keys are issued seldom: one at a time is simplest, and reading goes on meanwhile.
            connection.execute(text("LOCK TABLE api_key IN SHARE ROW EXCLUSIVE MODE"))
            connection.execute(_revoking(principal))
            connection.execute(insert(api_key).values(digest=digest, **_columns(principal)))

    def revoke(self, principal: Principal) -> None:
        """Let the principal's key be worth nothing from now on."""
        with self._database.transaction() as connection:
            connection.execute(_revoking(principal))

    def find(self, digest: bytes) -> Principal | None:
        """Whose key this is, unless it was revoked."""
        with self._database.transaction() as connection:
            row = connection.execute(
                select(api_key.c.name, api_key.c.role, api_key.c.district, api_key.c.agency).where(
                    api_key.c.digest == digest, api_key.c.revoked_at.is_(None)
                )
            ).one_or_none()
        return Principal(row.name, Role(row.role), row.district, row.agency) if row else None


def _columns(principal: Principal) -> dict[str, str | None]:
    return {
        "name": principal.name,
        "role": principal.role.value,
        "agency": principal.agency,
        "district": principal.district,
    }


def _revoking(principal: Principal) -> Update:
    theirs = (api_key.c[column].is_not_distinct_from(value) for column, value in _columns(principal).items())
    return update(api_key).where(api_key.c.revoked_at.is_(None), *theirs).values(revoked_at=func.now())
