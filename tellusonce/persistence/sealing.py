"""Sealing the trail in PostgreSQL: links of the reports' chains, and checkpoints over them."""

import secrets
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, LiteralString
from uuid import UUID

from tellusonce.domain.checkpoint import Checkpoint
from tellusonce.domain.sealing import HASH_BYTES, ChainEnd, StoredEntry, TrailLink, beginning, link
from tellusonce.domain.tally import tallied
from tellusonce.persistence.advisory_lock import AdvisoryLock
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.tallies import add_tally
from tellusonce.persistence.unnest import arrays
from tellusonce.services.seal import MakeCheckpoint, Uncovered

# One seals at a time: links are numbered in the order in which they are committed, without gaps.
_LOCK: LiteralString = "SELECT pg_try_advisory_xact_lock(%s)"

_TAKE: LiteralString = """
DELETE FROM unsealed WHERE ctid = ANY (ARRAY(SELECT ctid FROM unsealed LIMIT %s)) RETURNING report_ids, entries
"""

# The limits here keep each look-up a probe of an index, however many there are.
_ENTRIES: LiteralString = """
SELECT taken.report_id, taken.id, at, action, actor, agency, notification_id, detail
FROM unnest(%b::uuid[], %b::bigint[]) AS taken (report_id, id)
LEFT JOIN LATERAL (
    SELECT * FROM trail WHERE trail.report_id = taken.report_id AND trail.id = taken.id LIMIT 1
) AS entry ON true
ORDER BY taken.report_id, taken.id
"""

_ENDS: LiteralString = f"""
SELECT asked.report_id, coalesce((SELECT reference FROM report WHERE id = asked.report_id), ''),
       last.position + cardinality(last.entries) - 1,
       substring(last.hashes FROM octet_length(last.hashes) - {HASH_BYTES - 1})
FROM unnest(%b::uuid[]) AS asked (report_id)
LEFT JOIN LATERAL (
    SELECT position, entries, hashes FROM trail_link
    WHERE trail_link.report_id = asked.report_id ORDER BY position DESC LIMIT 1
) AS last ON true
"""  # noqa: S608

_ADD_LINKS: LiteralString = """
INSERT INTO trail_link (number, report_id, position, entries, hashes, seed)
SELECT number, report_id, position, string_to_array(entries, ' ')::bigint[], hashes, seed
FROM unnest(%b::bigint[], %b::uuid[], %b::integer[], %b::text[], %b::bytea[], %b::bytea[])
    AS row (number, report_id, position, entries, hashes, seed)
"""

CHECKPOINT_COLUMNS: LiteralString = "number, at, first_link, last_link, entries, root, previous, key, signature"
"""Those of a `Checkpoint`, in its order."""

_LAST_CHECKPOINT: LiteralString = f"SELECT {CHECKPOINT_COLUMNS} FROM checkpoint ORDER BY number DESC LIMIT 1"  # noqa: S608
_CHECKPOINTS: LiteralString = f"SELECT {CHECKPOINT_COLUMNS} FROM checkpoint WHERE number >= %s ORDER BY number LIMIT %s"  # noqa: S608
_NOW_AND_LAST_LINK: LiteralString = "SELECT now(), (SELECT coalesce(max(number), 0) FROM trail_link)"
_UNCOVERED: LiteralString = f"""
SELECT cardinality(entries), substring(hashes FROM octet_length(hashes) - {HASH_BYTES - 1})
FROM trail_link WHERE number BETWEEN %s AND %s ORDER BY number
"""  # noqa: S608
_ADD_CHECKPOINT: LiteralString = (
    f"INSERT INTO checkpoint ({CHECKPOINT_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608
)

_CHECKPOINTS_AT_ONCE = 500


class Sealing:
    """The port `SealStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def seal(self, limit: int) -> int:
        """Seal the entries of up to `limit` statements; gives of how many, and 0 where another is at it."""
        with self._database.cursor() as cursor:
            if not _is_ours(cursor):
                return 0
            taken = cursor.execute(_TAKE, (limit,), binary=True).fetchall()
            if taken:
                _add_links(cursor, taken)
            return len(taken)

    def checkpoint(self, limit: int, make: MakeCheckpoint) -> bool:
        """Add the checkpoint that `make` makes of what none covers yet, up to `limit` links; whether it made one."""
        with self._database.cursor() as cursor:
            if not _is_ours(cursor):
                return False
            row = cursor.execute(_LAST_CHECKPOINT).fetchone()
            last = Checkpoint(*row) if row else None
            covered = last.last_link if last else 0
            ((now, newest),) = cursor.execute(_NOW_AND_LAST_LINK)
            if newest <= covered:
                return False
            until = min(newest, covered + limit)
            made = make(last, Uncovered(now, covered + 1, until, lambda: _uncovered(cursor, covered + 1, until)))
            if made is None:
                return False
            cursor.execute(_ADD_CHECKPOINT, checkpoint_row(made))
            return True

    def checkpoints(self, first: int) -> Iterator[Checkpoint]:
        """Those from this number on, read a page at a time."""
        while True:
            with self._database.statement() as cursor:
                page = [Checkpoint(*row) for row in cursor.execute(_CHECKPOINTS, (first, _CHECKPOINTS_AT_ONCE))]
            yield from page
            if len(page) < _CHECKPOINTS_AT_ONCE:
                return
            first = page[-1].number + 1


def checkpoint_row(made: Checkpoint) -> tuple[object, ...]:
    """A checkpoint in the order of `CHECKPOINT_COLUMNS`."""
    return (
        made.number,
        made.at,
        made.first_link,
        made.last_link,
        made.entries,
        made.root,
        made.previous,
        made.key,
        made.signature,
    )


def _is_ours(cursor: Cursor) -> bool:
    ((locked,),) = cursor.execute(_LOCK, (AdvisoryLock.SEALING.value,))
    return bool(locked)


def _uncovered(cursor: Cursor, first: int, last: int) -> Sequence[tuple[int, bytes]]:
    return cursor.execute(_UNCOVERED, (first, last), binary=True).fetchall()


def _add_links(cursor: Cursor, taken: Sequence[tuple[list[UUID], list[int]]]) -> None:
    report_ids = [report_id for row in taken for report_id in row[0]]
    ids = [id_ for row in taken for id_ in row[1]]
    rows = cursor.execute(_ENTRIES, (report_ids, ids), binary=True).fetchall()
    entries = [_entry(row) for row in rows]
    ends: dict[UUID, ChainEnd] = {
        report_id: beginning(report_id, reference) if position is None else ChainEnd(position, reached)
        for report_id, reference, position, reached in cursor.execute(
            _ENDS, (sorted(set(report_ids)),), binary=True
        ).fetchall()
    }
    ((_, newest),) = cursor.execute(_NOW_AND_LAST_LINK)
    by_report = groupby(zip((row[0] for row in rows), entries, strict=True), itemgetter(0))
    links = [
        link(number, report_id, ends[report_id], [entry for _, entry in pairs], secrets.token_bytes(HASH_BYTES))
        for number, (report_id, pairs) in enumerate(by_report, newest + 1)
    ]
    cursor.execute(_ADD_LINKS, arrays([_link_row(each) for each in links]))
    # Here, where each entry comes by once, so that nobody who writes one has to count.
    add_tally(cursor, tallied(entry for _, entry in entries if entry))


def _entry(row: tuple[Any, ...]) -> tuple[int, StoredEntry | None]:
    """Its id, and the entry unless it is gone; its chain says for ever that it was."""
    return row[1], StoredEntry(*row) if row[2] is not None else None


def _link_row(made: TrailLink) -> tuple[object, ...]:
    ids = " ".join(map(str, made.entries))
    return made.number, made.report_id, made.position, ids, made.hashes, made.seed
