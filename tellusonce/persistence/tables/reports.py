"""What registrars logged."""

from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, ForeignKey, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

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
)

report_version = Table(
    "report_version",
    metadata,
    Column("report_id", Uuid, ForeignKey("report.id"), primary_key=True),
    Column("version", SmallInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("registered_by", Text, nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("facts", JSONB, nullable=False),
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
