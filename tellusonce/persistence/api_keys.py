"""Digests of API keys."""

from sqlalchemy import Insert, Update, func, insert, select, text, update

from tellusonce.domain.agency_act import AgencyAction
from tellusonce.persistence.database import Database
from tellusonce.persistence.tables import agency_act, api_key
from tellusonce.services.api_keys import KeyInForce, Principal, Role

# Every call of the API asks this.
_IN_FORCE = "SELECT name, role, district, agency FROM api_key WHERE digest = %b AND revoked_at IS NULL"


class StoredKeys:
    """The port `KeyStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, digest: bytes, principal: Principal, issued_by: str | None) -> None:
        """Keep a new key's digest, in place of any earlier one of the same principal."""
        with self._database.transaction() as connection:
            # Keys are issued seldom: one at a time is simplest, and reading goes on meanwhile.
            connection.execute(text("LOCK TABLE api_key IN SHARE ROW EXCLUSIVE MODE"))
            connection.execute(_revoking(principal))
            connection.execute(insert(api_key).values(digest=digest, **_columns(principal)))
            if principal.agency and issued_by:
                connection.execute(_act(principal.agency, principal.name, issued_by))

    def of_agency(self, agency: str, limit: int) -> list[KeyInForce]:
        """Those in force of an agency's system and its people, by name."""
        query = (
            select(api_key.c.name, api_key.c.created_at)
            .where(api_key.c.agency == agency, api_key.c.revoked_at.is_(None))
            .order_by(api_key.c.name)
            .limit(limit)
        )
        with self._database.transaction() as connection:
            return [KeyInForce(row.name, row.created_at) for row in connection.execute(query)]

    def revoke(self, principal: Principal) -> None:
        """Let the principal's key be worth nothing from now on."""
        with self._database.transaction() as connection:
            connection.execute(_revoking(principal))

    def find(self, digest: bytes) -> Principal | None:
        """Whose key this is, unless it was revoked."""
        with self._database.statement() as cursor:
            row = cursor.execute(_IN_FORCE, [digest]).fetchone()
        if row is None:
            return None
        name, role, district, agency = row
        return Principal(name, Role(role), district, agency)


def _columns(principal: Principal) -> dict[str, str | None]:
    return {
        "name": principal.name,
        "role": principal.role.value,
        "agency": principal.agency,
        "district": principal.district,
    }


def _act(agency: str, name: str, actor: str) -> Insert:
    return insert(agency_act).values(
        agency=agency, action=AgencyAction.API_KEY_ISSUED.value, actor=actor, detail={"of": name}
    )


def _revoking(principal: Principal) -> Update:
    theirs = (api_key.c[column].is_not_distinct_from(value) for column, value in _columns(principal).items())
    return update(api_key).where(api_key.c.revoked_at.is_(None), *theirs).values(revoked_at=func.now())
