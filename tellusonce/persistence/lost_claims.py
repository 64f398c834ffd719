"""What a worker's process had claimed when it died: due again at once, where its worker knows of the death."""

import os
from contextlib import suppress
from typing import LiteralString

from tellusonce.persistence.database import Database

_PROCESS_BITS = 32

_HOLDERS: LiteralString = """
SELECT DISTINCT claimed_by FROM notification
WHERE state = 'queued' AND leased_until > now() AND claimed_by BETWEEN %(first)s AND %(last)s
"""
_FREE: LiteralString = """
UPDATE notification SET leased_until = NULL
WHERE state = 'queued' AND leased_until > now() AND claimed_by = ANY (%s)
"""


def claimant(worker: int, pid: int) -> int:
    """The number under which a process claims: its worker's, drawn at random, and its own within that."""
    return worker << _PROCESS_BITS | pid


class LostClaims:
    """Claims of dead processes. Without this they wait for the end of their lease, and their agencies with them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def free(self, worker: int) -> int:
        """End the leases of those of this worker's processes that are no more; gives how many were freed.

        For a process of the same worker, on the same machine.
        """
        with self._database.statement() as cursor:
            cursor.execute(_HOLDERS, {"first": claimant(worker, 0), "last": claimant(worker + 1, 0) - 1})
            dead = [holder for (holder,) in cursor if not _is_alive(holder & (1 << _PROCESS_BITS) - 1)]
            cursor.execute(_FREE, (dead,))
            return cursor.rowcount


def _is_alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False
