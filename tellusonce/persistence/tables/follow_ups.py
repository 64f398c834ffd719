"""What a person must see to, and what was noted about it."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

from tellusonce.domain.follow_up import OF_REPORT, FollowUpKind, Purpose, Step
from tellusonce.persistence.tables.schema import NOW, metadata, one_of

_STILL_OPEN = text("closed_at IS NULL")

follow_up = Table(
    "follow_up",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("report.id"), nullable=False),
    Column("notification_id", Uuid, ForeignKey("notification.id")),
    Column("agency", Text),
    Column("kind", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("due_on", Date, nullable=False),
    Column("owner", Text),
    Column("words", LargeBinary),  # the agency's own or the family's, encrypted
    # Counted up by every change, which is a compare-and-swap on it.
    Column("version", Integer, nullable=False, server_default="1"),
    Column("snoozed_until", Date),
    # How far up the ladder of escalation it is, and when the next step is to be looked at; none after the last one.
    Column("steps_taken", SmallInteger, nullable=False, server_default="0"),
    Column("raised_to", Text),
    Column("next_step_on", Date, server_default=text("(now() AT TIME ZONE 'Europe/London')::date")),
    Column("closed_at", DateTime(timezone=True)),
    Column("closed_because", Text),
    CheckConstraint(one_of("kind", FollowUpKind), name="kind"),
    CheckConstraint(f"({one_of('kind', sorted(OF_REPORT))}) = (notification_id IS NULL)", name="of_report"),
    CheckConstraint("notification_id IS NULL OR agency IS NOT NULL", name="agency_of_notification"),
    CheckConstraint(one_of("raised_to", Step), name="raised_to"),
    CheckConstraint("(steps_taken = 0) = (raised_to IS NULL)", name="steps_taken"),
    CheckConstraint("closed_at IS NULL OR snoozed_until IS NULL", name="snoozed_while_open"),
    CheckConstraint("(closed_at IS NULL) = (closed_because IS NULL)", name="closed_because"),
    Index("follow_up_open_key", "notification_id", "kind", unique=True, postgresql_where=_STILL_OPEN),
    Index(
        "follow_up_duplicate_key",
        "report_id",
        unique=True,
        postgresql_where=text("closed_at IS NULL AND kind = 'possible-duplicate'"),
    ),
    Index(None, "notification_id", "kind"),  # whether one was ever opened, closed ones included
    Index(None, "report_id"),
    # The lists and, with what it includes, the counts of the board, without the rows.
    Index(
        "follow_up_due_idx",
        "due_on",
        "id",
        postgresql_where=_STILL_OPEN,
        postgresql_include=["agency", "kind", "owner", "raised_to", "snoozed_until"],
    ),
    Index("follow_up_owner_idx", "owner", "due_on", "id", postgresql_where=_STILL_OPEN),
    Index("follow_up_agency_due_idx", "agency", "due_on", "id", postgresql_where=_STILL_OPEN),
    Index("follow_up_step_idx", "next_step_on", postgresql_where=_STILL_OPEN),
    Index("follow_up_snoozed_idx", "snoozed_until", postgresql_where=text("snoozed_until IS NOT NULL")),
)

follow_up_note = Table(
    "follow_up_note",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("follow_up_id", Uuid, ForeignKey("follow_up.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("author", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("words", LargeBinary),  # encrypted; none once the report's facts are destroyed
    CheckConstraint(one_of("purpose", Purpose), name="purpose"),
    Index(None, "follow_up_id"),
)
