"""Who may come in, and what was answered to whom."""

from sqlalchemy import CheckConstraint, Column, DateTime, Index, LargeBinary, Table, Text, text

from tellusonce.persistence.tables.schema import NOW, metadata

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("principal", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_digest", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
)

api_key = Table(
    "api_key",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("agency", Text),
    Column("district", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("revoked_at", DateTime(timezone=True)),
    CheckConstraint("role IN ('registrar', 'agency', 'staff', 'operator', 'data-protection')", name="role"),
    CheckConstraint("(role = 'agency') = (agency IS NOT NULL)", name="agency_of_role"),
    CheckConstraint("(role = 'registrar') = (district IS NOT NULL)", name="district_of_role"),
    Index(
        "api_key_in_force_key",
        "name",
        "role",
        "agency",
        "district",
        unique=True,
        postgresql_where=text("revoked_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    ),
)
