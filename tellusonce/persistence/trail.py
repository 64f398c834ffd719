"""Writing the trail; it is only ever added to, which a trigger holds."""

from collections.abc import Iterable

from psycopg.types.json import Jsonb

from tellusonce.domain.trail import TrailEntry
from tellusonce.persistence.database import Cursor
from tellusonce.persistence.tables import trail
from tellusonce.persistence.unnest import BatchInsert

TRAIL = BatchInsert(trail, "report_id", "action", "actor", "agency", "notification_id", "detail")


def write_trail(cursor: Cursor, entries: Iterable[TrailEntry]) -> None:
    """Add entries, in the transaction of what they tell of."""
    TRAIL.run(cursor, [trail_row(entry) for entry in entries])


def trail_row(entry: TrailEntry) -> tuple[object, ...]:
    """An entry as a row for `TRAIL`."""
    return (
        entry.report_id,
        entry.action.value,
        entry.actor,
        entry.agency,
        entry.notification_id,
        Jsonb(entry.detail),
    )
