"""What people did with agencies; as the trail it is only ever added to."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Identity, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from tellusonce.domain.agency_act import AgencyAction
from tellusonce.persistence.tables.schema import NOW, metadata, one_of

agency_act = Table(
    "agency_act",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("action", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
    CheckConstraint(one_of("action", AgencyAction), name="action"),
)
