"""Taking a consent back: decided under the report's lock, and stored with all that follows or not at all."""

from collections.abc import Callable
from typing import LiteralString

from tellusonce.domain.notification import NotificationKind, State
from tellusonce.persistence.blind_index import BlindIndex
from tellusonce.persistence.chains import RELEASE
from tellusonce.persistence.consents import consents_of, store_withdrawal
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.encryption import Encryption
from tellusonce.persistence.follow_ups import close_follow_ups, open_follow_ups
from tellusonce.persistence.idempotency import KEYS, answered, key_row, veiled
from tellusonce.persistence.report_lock import lock_report
from tellusonce.persistence.revisions import SUPERSEDE
from tellusonce.persistence.trail import write_trail
from tellusonce.services.register import IdempotencyKey
from tellusonce.services.withdraw_consent import Consented, Ended, SentUnder

# In the order of lock_chains. What was never claimed cannot be claimed while it is locked here.
_NOTIFICATIONS: LiteralString = """
SELECT id, agency, kind, state, attempts, fields FROM notification
WHERE report_id = %s AND state <> 'superseded'
ORDER BY id FOR UPDATE
"""

_NARROW: LiteralString = "UPDATE notification SET fields = %s WHERE id = %s"


class ConsentWithdrawals:
    """The port `ConsentStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index = BlindIndex(database)

    def end(
        self,
        reference: str,
        district: str | None,
        decide: Callable[[Consented], Ended],
        key: IdempotencyKey | None,
        *,
        dry_run: bool,
    ) -> bytes:
        """Lock the report, decide, store; gives the answer."""
        asked = veiled(key, self._index.key()) if key else None
        with self._database.cursor() as cursor:
            earlier = answered(cursor, asked) if asked else None
            if earlier is not None:
                return earlier
            ended = decide(_consented(cursor, reference, district))
            if dry_run:
                return ended.answer
            _store(cursor, self._database.encryption, ended)
            if asked:
                KEYS.run(cursor, [key_row(asked, ended.answer)])
        return ended.answer


def _consented(cursor: Cursor, reference: str, district: str | None) -> Consented:
    report = lock_report(cursor, reference, district)
    notifications = [
        SentUnder(id_, agency, NotificationKind(kind), State(state), attempts, tuple(fields))
        for id_, agency, kind, state, attempts, fields in cursor.execute(_NOTIFICATIONS, (report.id,))
    ]
    consents = consents_of(cursor, [report.id])[report.id]
    return Consented(report.id, report.reference, report.life_event, consents, notifications)


def _store(cursor: Cursor, encryption: Encryption, ended: Ended) -> None:
    store_withdrawal(cursor, ended.report_id, ended.withdrawal, recorded=ended.recorded, actor=ended.actor)
    cursor.execute(SUPERSEDE, ([each.id for each in ended.superseded],))
    for agency in {each.agency for each in ended.superseded}:
        cursor.execute(RELEASE, (agency, [ended.report_id]))  # what waited for one of these, and does not rest on it
    for notification, fields in ended.narrowed.items():
        cursor.execute(_NARROW, (list(fields), notification))
    closed = close_follow_ups(cursor, [(each.id, State.SUPERSEDED) for each in ended.superseded])
    opened = open_follow_ups(cursor, encryption, ended.follow_ups)
    write_trail(cursor, [*ended.trail, *closed, *opened])
