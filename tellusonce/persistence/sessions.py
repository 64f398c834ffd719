"""Sessions of people on pages. When they are over is judged by PostgreSQL's clock."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from tellusonce.persistence.database import Database
from tellusonce.persistence.tables import account, web_session
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.sessions import Session

_FORGOTTEN_AT_ONCE = 100


class StoredSessions:
    """The port `SessionStore` on PostgreSQL. A session ends when idle for so long, and when it is so old."""

    def __init__(self, database: Database, idle_seconds: float, age_seconds: float) -> None:
        self._database = database
        self._idle = timedelta(seconds=idle_seconds)
        self._age = timedelta(seconds=age_seconds)

    def add(self, digest: bytes, account_id: UUID | None, report_id: UUID | None, *, by_link: bool) -> None:
        """Keep a new session, and forget some that are over."""
        over = (
            select(web_session.c.digest)
            .where(web_session.c.created_at <= func.now() - self._age)
            .limit(_FORGOTTEN_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        with self._database.transaction() as connection:
            connection.execute(delete(web_session).where(web_session.c.digest.in_(over)))
            values = {"digest": digest, "account_id": account_id, "report_id": report_id, "by_link": by_link}
            connection.execute(insert(web_session).values(values))

    def seen(self, digest: bytes) -> Session | None:
        """The session, unless it is over; notes that it was used now."""
        session = (
            update(web_session)
            .where(
                web_session.c.digest == digest,
                web_session.c.last_seen_at > func.now() - self._idle,
                web_session.c.created_at > func.now() - self._age,
            )
            .values(last_seen_at=func.now())
            .returning(
                web_session.c.account_id,
                web_session.c.report_id,
                web_session.c.by_link,
                func.least(func.now() + self._idle, web_session.c.created_at + self._age).label("ends_at"),
            )
            .cte("session")
        )
        has_password = account.c.password_hash.is_not(None).label("has_password")
        query = select(
            session, account.c.name, account.c.role, account.c.district, account.c.agency, has_password
        ).select_from(session.outerjoin(account, account.c.id == session.c.account_id))
        with self._database.transaction() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        principal = Principal(row.name, Role(row.role), row.district, row.agency) if row.account_id else None
        return Session(principal, row.account_id, row.report_id, row.has_password, row.ends_at, row.by_link)

    def remove(self, digest: bytes) -> None:
        """Forget a session."""
        with self._database.transaction() as connection:
            connection.execute(delete(web_session).where(web_session.c.digest == digest))

    def remove_all_of(self, account_id: UUID) -> int:
        """Forget an account's sessions; how many there were."""
        with self._database.transaction() as connection:
            return connection.execute(delete(web_session).where(web_session.c.account_id == account_id)).rowcount
