"""What registrars have begun: reports and corrections not sent yet, and withdrawals that wait for a second person."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

from tellusonce.domain.revision import WithdrawalReason
from tellusonce.persistence.tables.schema import NOW, metadata, one_of

draft = Table(
    "draft",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("life_event", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("owner", Text, nullable=False),
    # What was typed, encrypted under a key of the draft's own; of one that was sent, how its receipt is wanted.
    Column("content", LargeBinary, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("master_key", Text, nullable=False),
    Column("corrects", Text),  # the report's reference, and the version that is being corrected
    Column("corrects_version", SmallInteger),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("sent_as", Text),  # a reference
    CheckConstraint("(corrects IS NULL) = (corrects_version IS NULL)", name="corrects"),
    Index(None, "district", "owner", "id"),
    Index("draft_changed_at_idx", "changed_at"),
)

withdrawal_request = Table(
    "withdrawal_request",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("report.id"), nullable=False),
    Column("district", Text, nullable=False),
    Column("version", SmallInteger, nullable=False),  # that the asker has seen
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("decided_by", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("confirmed", Boolean),
    CheckConstraint(one_of("reason", WithdrawalReason), name="reason"),
    CheckConstraint("decided_by <> asked_by", name="second_person"),
    CheckConstraint(
        "(decided_by IS NULL) = (decided_at IS NULL) AND (decided_by IS NULL) = (confirmed IS NULL)", name="decided"
    ),
    Index("withdrawal_request_open_key", "report_id", unique=True, postgresql_where=text("decided_at IS NULL")),
    Index("withdrawal_request_open_idx", "district", "id", postgresql_where=text("decided_at IS NULL")),
)
