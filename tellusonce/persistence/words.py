"""What agencies say of notifications, which may hold facts: encrypted under the reports' keys, as facts are."""

from collections.abc import Collection, Iterable
from typing import LiteralString
from uuid import UUID

from tellusonce.persistence.database import Cursor
from tellusonce.persistence.encryption import Encryption, ReportKey

_KEYS: LiteralString = """
SELECT id, wrapped_key, master_key FROM report WHERE id = ANY (%s)
"""


def encrypted_words(
    cursor: Cursor, encryption: Encryption, said: Iterable[tuple[UUID, UUID, str | None]]
) -> list[bytes | None]:
    """The words, each given with its report and its subject, as they are stored; most often there are none.

    The subject is the notification that they are about, or the follow-up where that is about no notification.
    None too for what is said of a report whose facts are destroyed or beyond reach: nothing more is kept of it.
    """
    listed = list(said)
    keys = report_keys(cursor, encryption, {report for report, _, words in listed if words is not None})
    return [keys[report].encrypt_words(subject, words) if report in keys else None for report, subject, words in listed]


def report_keys(cursor: Cursor, encryption: Encryption, reports: Collection[UUID]) -> dict[UUID, ReportKey]:
    """The keys of these reports, of which there may be none any more. Raises SecretUnusable."""
    if not reports:
        return {}
    rows = cursor.execute(_KEYS, (list(reports),)).fetchall()
    keys = {report: encryption.key_if_any(report, *wrapped) for report, *wrapped in rows}
    return {report: key for report, key in keys.items() if key is not None}
