"""What registrars logged."""

from sqlalchemy import (
    Boolean,
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
from sqlalchemy.dialects.postgresql import ARRAY

from tellusonce.domain.notification import NotificationKind
from tellusonce.domain.revision import Reason
from tellusonce.persistence.tables.schema import NOW, metadata, one_of

report = Table(
    "report",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("life_event", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("accepted_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    # The latest; who adds one holds the row's lock.
    Column("version", SmallInteger, nullable=False, server_default="1"),
    # The report's own key, and the id of the master key that wraps it; gone once its facts are destroyed.
    Column("wrapped_key", LargeBinary),
    Column("master_key", Text),
    Column("retention_days", Integer, nullable=False),
    # When it is looked at again whether the time for keeping its facts is over; never too late, often too early.
    Column("forget_on", Date, nullable=False),
    Column("facts_destroyed_at", DateTime(timezone=True)),
    Column("held_at", DateTime(timezone=True)),
    Column("held_because", Text),
    CheckConstraint("(wrapped_key IS NULL) = (master_key IS NULL)", name="master_key"),
    CheckConstraint("(wrapped_key IS NULL) = (facts_destroyed_at IS NOT NULL)", name="facts_destroyed_at"),
    CheckConstraint("(held_at IS NULL) = (held_because IS NULL)", name="held_because"),
    CheckConstraint("retention_days > 0", name="retention_days"),
    Index(None, "district", "id"),
    Index(None, "accepted_at"),  # figures count a month's
    Index("report_master_key_idx", "master_key", postgresql_where=text("master_key IS NOT NULL")),
    Index(
        "report_forget_idx",
        "forget_on",
        postgresql_where=text("facts_destroyed_at IS NULL AND held_at IS NULL"),
    ),
)

report_version = Table(
    "report_version",
    metadata,
    Column("report_id", Uuid, ForeignKey("report.id"), primary_key=True),
    Column("version", SmallInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("registered_by", Text, nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("facts", LargeBinary),  # encrypted under the report's key; none once they are destroyed
    Column("provisional", Boolean, nullable=False, server_default="false"),
    Column("reason", Text),
    # What was declared and which councils were named, so that it can be planned again; unknown of versions before 0007.
    Column("declared_benefits", ARRAY(Text)),
    Column("named_councils", ARRAY(Text)),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint(one_of("kind", NotificationKind), name="kind"),
    CheckConstraint(one_of("reason", Reason), name="reason"),
    CheckConstraint("(kind = 'original') = (reason IS NULL)", name="reason_of_kind"),
)
