"""Digests of API keys."""

from sqlalchemy import insert, select

from tellusonce.persistence.database import Database
from tellusonce.persistence.tables import api_key
from tellusonce.services.api_keys import Principal, Role


class StoredKeys:
    """The port `KeyStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, digest: bytes, principal: Principal) -> None:
        """Keep a new key's digest."""
        with self._database.transaction() as connection:
            connection.execute(
                insert(api_key).values(
                    digest=digest,
                    name=principal.name,
                    role=principal.role.value,
                    agency=principal.agency,
                    district=principal.district,
                )
            )

    def find(self, digest: bytes) -> Principal | None:
        """Whose key this is, unless it was revoked."""
        with self._database.transaction() as connection:
            row = connection.execute(
                select(api_key.c.name, api_key.c.role, api_key.c.district, api_key.c.agency).where(
                    api_key.c.digest == digest, api_key.c.revoked_at.is_(None)
                )
            ).one_or_none()
        return Principal(row.name, Role(row.role), row.district, row.agency) if row else None
