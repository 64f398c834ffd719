"""Who may come in, and what was answered to whom."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from tellusonce.persistence.tables.schema import NOW, metadata, one_of

_ROLES = ("registrar", "agency", "staff", "supervisor", "operator", "data-protection")


def _of_role() -> tuple[CheckConstraint, ...]:
    return (
        CheckConstraint(one_of("role", _ROLES), name="role"),
        CheckConstraint("(role = 'agency') = (agency IS NOT NULL)", name="agency_of_role"),
        CheckConstraint("(role = 'registrar') = (district IS NOT NULL)", name="district_of_role"),
    )


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
    *_of_role(),
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

# Who signs in on pages: with a password of theirs, or known by the subject that an OpenID provider (the issuer) gives.
account = Table(
    "account",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("agency", Text),
    Column("district", Text),
    Column("password_hash", Text),
    Column("issuer", Text),
    Column("subject", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    *_of_role(),
    CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name="subject_of_issuer"),
    CheckConstraint("issuer IS NULL OR password_hash IS NULL", name="one_way_in"),
    Index("account_name_key", "name", unique=True, postgresql_where=text("issuer IS NULL")),
    Index("account_subject_key", "issuer", "subject", unique=True, postgresql_where=text("issuer IS NOT NULL")),
)

# Of somebody who has signed in, or of a family that looks at its report. No index has `last_seen_at`, so that noting
# each page moves nothing but the row.
web_session = Table(
    "web_session",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("account_id", Uuid, ForeignKey("account.id", ondelete="CASCADE"), index=True),
    Column("report_id", Uuid, ForeignKey("report.id")),
    Column("by_link", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=NOW, index=True),
    Column("last_seen_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint("(account_id IS NULL) <> (report_id IS NULL)", name="of_somebody"),
)
