"""Reading the trail, its links and its checkpoints in short pages, to verify them and to give receipts."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import LiteralString
from uuid import UUID

from tellusonce.domain.checkpoint import Checkpoint
from tellusonce.domain.sealing import HASH_BYTES, StoredEntry, TrailLink
from tellusonce.domain.verifying import Flaw, LinkEnd, ReportTrail
from tellusonce.persistence.database import Cursor, Database
from tellusonce.persistence.sealing import CHECKPOINT_COLUMNS, Sealing
from tellusonce.persistence.stated import stated

# A page ends with a report, after so many reports or so many entries; orphans of a report that is gone are in it too.
_END: LiteralString = """
SELECT coalesce(
    least((SELECT id FROM report WHERE id >= %(first)s ORDER BY id OFFSET %(reports)s LIMIT 1),
          (SELECT report_id FROM trail WHERE report_id >= %(first)s ORDER BY report_id OFFSET %(entries)s LIMIT 1)),
    'ffffffff-ffff-ffff-ffff-ffffffffffff')
"""
_REPORTS: LiteralString = "SELECT id, reference FROM report WHERE id BETWEEN %s AND %s"
_ENTRIES: LiteralString = """
SELECT report_id, id, at, action, actor, agency, notification_id, detail
FROM trail WHERE report_id BETWEEN %s AND %s
"""
_LINKS: LiteralString = """
SELECT number, report_id, position, entries, hashes, seed
FROM trail_link WHERE report_id BETWEEN %s AND %s ORDER BY report_id, position
"""
_UNSEALED: LiteralString = """
SELECT each.report_id, each.id FROM unsealed, unnest(report_ids, entries) AS each (report_id, id)
WHERE each.report_id BETWEEN %s AND %s
"""
_LINK_ENDS: LiteralString = f"""
SELECT number, cardinality(entries), substring(hashes FROM octet_length(hashes) - {HASH_BYTES - 1})
FROM trail_link WHERE number >= %s AND (%s::bigint IS NULL OR number <= %s) ORDER BY number LIMIT %s
"""  # noqa: S608
_COVERING: LiteralString = f"""
SELECT DISTINCT {CHECKPOINT_COLUMNS}
FROM unnest(%s::bigint[]) AS link
CROSS JOIN LATERAL (SELECT * FROM checkpoint WHERE last_link >= link ORDER BY last_link LIMIT 1) AS covering
ORDER BY number
"""  # noqa: S608

_ALTERED_TEXTS: LiteralString = """
SELECT agency, life_event, version FROM agreement_text WHERE sha256(convert_to(text, 'UTF8')) <> sha256 ORDER BY 1, 2, 3
"""

_AT_ONCE = {"reports": 400, "entries": 10_000}
_LINKS_AT_ONCE = 10_000
_LAST = UUID(int=2**128 - 1)


class StoredTrail:
    """The port `SealedTrail` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.checkpoints = Sealing(database).checkpoints

    def count(self) -> int:
        """How many reports PostgreSQL guesses there are; 0 where it has no idea."""
        with self._database.statement() as cursor:
            rows = cursor.execute("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'report'::regclass")
            ((guessed,),) = rows
            return int(guessed)

    def pages(self) -> Iterator[Sequence[ReportTrail]]:
        """Every report's trail, by the reports' ids, each page as it stood at one moment."""
        first = UUID(int=0)
        while True:
            with self._moment() as cursor:
                ((last,),) = cursor.execute(_END, {"first": first, **_AT_ONCE})
                page = _trails(cursor, first, last)
            yield page
            if last == _LAST:
                return
            first = UUID(int=last.int + 1)

    def of_report(self, reference: str) -> ReportTrail | None:
        """One report's; None where there is none of this reference."""
        with self._moment() as cursor:
            found = cursor.execute("SELECT id FROM report WHERE reference = %s", (reference,)).fetchone()
            return _trails(cursor, found[0], found[0])[0] if found else None

    def link_ends(self, first: int, last: int | None = None) -> Iterator[LinkEnd]:
        """What checkpoints cover, by number, read a page at a time."""
        while True:
            with self._database.statement() as cursor:
                cursor.execute(_LINK_ENDS, (first, last, last, _LINKS_AT_ONCE), binary=True)
                page = [LinkEnd(*row) for row in cursor]
            yield from page
            if len(page) < _LINKS_AT_ONCE:
                return
            first = page[-1].number + 1

    def altered_texts(self) -> Sequence[Flaw]:
        """Kept texts of agreements that are not those of their digests."""
        with self._database.statement() as cursor:
            return [
                Flaw(f"the kept text of {agency}'s agreement for {life_event}, version {version}, was changed")
                for agency, life_event, version in cursor.execute(_ALTERED_TEXTS)
            ]

    def covering(self, links: Sequence[int]) -> Sequence[Checkpoint]:
        """Those that cover these links."""
        with self._database.statement() as cursor:
            return [Checkpoint(*row) for row in cursor.execute(_COVERING, (list(links),))]

    @contextmanager
    def _moment(self) -> Iterator[Cursor]:
        """A transaction in which all statements see the same; short, since it keeps what is dead from being cleared."""
        with self._database.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield cursor


def _trails(cursor: Cursor, first: UUID, last: UUID) -> list[ReportTrail]:
    references: dict[UUID, str] = dict(cursor.execute(_REPORTS, (first, last), binary=True).fetchall())
    entries: dict[UUID, dict[int, StoredEntry]] = defaultdict(dict)
    for row in cursor.execute(_ENTRIES, (first, last), binary=True):
        entries[row[0]][row[1]] = StoredEntry(*row)
    links: dict[UUID, list[TrailLink]] = defaultdict(list)
    for row in cursor.execute(_LINKS, (first, last), binary=True):
        links[row[1]].append(TrailLink(*row))
    unsealed: dict[UUID, set[int]] = defaultdict(set)
    for report_id, id_ in cursor.execute(_UNSEALED, (first, last), binary=True):
        unsealed[report_id].add(id_)
    said = stated(cursor, first, last)
    return [
        ReportTrail(each, references.get(each), entries[each], links[each], unsealed[each], said.get(each, {}))
        for each in sorted({*references, *entries, *links, *unsealed})
    ]
