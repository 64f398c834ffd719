"""The database's clock: by it deadlines are planned, so that an API whose clock is wrong plans none a day wrong."""

import time
from datetime import UTC, datetime, timedelta

from tellusonce.persistence.database import Database
from tellusonce.services.storage import StorageUnreachable

_KEPT_SECONDS = 60


class DatabaseClock:
    """Asked once a minute; in between this process's monotonic clock goes on from there.

    Where the database is away, the machine's own clock has to serve: nothing can be stored by it meanwhile.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        """The aware time."""
        started = time.monotonic()
        if self._asked is None or started - self._asked[1] > _KEPT_SECONDS:
            self._asked = self._ask(), started
        then, asked_at = self._asked
        return then + timedelta(seconds=started - asked_at)

    def _ask(self) -> datetime:
        try:
            with self._database.statement() as cursor:
                row = cursor.execute("SELECT now()").fetchone()
        except StorageUnreachable:
            return datetime.now(UTC)
        assert row is not None
        asked: datetime = row[0]
        return asked
