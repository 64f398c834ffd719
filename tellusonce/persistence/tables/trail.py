"""The trail."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Identity, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from tellusonce.domain.trail import Action
from tellusonce.persistence.tables.schema import NOW, metadata, one_of

trail = Table(
    "trail",
    metadata,
    Column("report_id", Uuid, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("action", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("agency", Text),
    Column("notification_id", Uuid),
    Column("detail", JSONB, nullable=False),
    CheckConstraint(one_of("action", Action), name="action"),
)
