"""Digests of API keys."""

from sqlalchemy import func, insert, select, text, update

from tellusonce.persistence.database import Database
from tellusonce.persistence.tables import api_key
from tellusonce.services.api_keys import Principal, Role


class StoredKeys:
    """The port `KeyStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, digest: bytes, principal: Principal) -> None:
        """Keep a new key's digest, in place of any earlier one of the same principal."""
        theirs = {
            "name": principal.name,
            "role": principal.role.value,
            "agency": principal.agency,
            "district": principal.district,
        }
        with self._database.transaction() as connection:
            # Keys are issued seldom: one at a time is simplest, and reading goes on meanwhile.
            connection.execute(text("LOCK TABLE api_key IN SHARE ROW EXCLUSIVE MODE"))
            connection.execute(
                update(api_key)
                .where(
                    api_key.c.revoked_at.is_(None),
                    *(api_key.c[column].is_not_distinct_from(value) for column, value in theirs.items()),
                )
                .values(revoked_at=func.now())
            )
            connection.execute(insert(api_key).values(digest=digest, **theirs))

    def find(self, digest: bytes) -> Principal | None:
        """Whose key this is, unless it was revoked."""
        with self._database.transaction() as connection:
            row = connection.execute(
                select(api_key.c.name, api_key.c.role, api_key.c.district, api_key.c.agency).where(
                    api_key.c.digest == digest, api_key.c.revoked_at.is_(None)
                )
            ).one_or_none()
        return Principal(row.name, Role(row.role), row.district, row.agency) if row else None
