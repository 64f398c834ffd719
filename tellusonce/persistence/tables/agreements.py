"""What was agreed: by the parties to an agreement, and by those who may consent to be told of."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY

from tellusonce.domain.consent import Capacity, Giver, Recording
from tellusonce.persistence.tables.schema import NOW, metadata, one_of

# Only ever added to, which a trigger holds: a notification's agreement_version leads here for ever.
agreement_text = Table(
    "agreement_text",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("life_event", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("stored_at", DateTime(timezone=True), nullable=False, server_default=NOW),
)

# Without names: who gave it is said by their part of the facts. NULL in agencies or fields: all there are.
consent = Table(
    "consent",
    metadata,
    Column("report_id", Uuid, primary_key=True),
    Column("version", SmallInteger, primary_key=True),
    Column("number", SmallInteger, primary_key=True),
    Column("given_by", Text, nullable=False),
    Column("capacity", Text, nullable=False),
    Column("agencies", ARRAY(Text)),
    Column("fields", ARRAY(Text)),
    Column("given_at", DateTime(timezone=True), nullable=False),
    Column("recorded", Text, nullable=False),
    ForeignKeyConstraint(["report_id", "version"], ["report_version.report_id", "report_version.version"]),
    CheckConstraint(one_of("given_by", Giver), name="given_by"),
    CheckConstraint(one_of("capacity", Capacity), name="capacity"),
    CheckConstraint(one_of("recorded", Recording), name="recorded"),
)

consent_withdrawal = Table(
    "consent_withdrawal",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("report.id"), nullable=False),
    Column("given_by", Text),
    Column("agencies", ARRAY(Text)),
    Column("recorded", Text, nullable=False),
    Column("withdrawn_at", DateTime(timezone=True), nullable=False),
    Column("withdrawn_by", Text, nullable=False),  # who wrote it down
    CheckConstraint(one_of("given_by", Giver), name="given_by"),
    CheckConstraint(one_of("recorded", Recording), name="recorded"),
    Index(None, "report_id"),
)
