"""Accounts and sessions of those who use pages, and the role of supervisors."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_ROLE = "role IN ('registrar', 'agency', 'staff', 'supervisor', 'operator', 'data-protection')"
_NOW = sa.text("now()")


def upgrade() -> None:
    """Widen a check, and create the tables."""
    full_name = op.f("api_key_role_check")
    op.drop_constraint(full_name, "api_key", type_="check")
    op.create_check_constraint(full_name, "api_key", _ROLE)
    _create_account()
    _create_web_session()


def _create_account() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text()),
        sa.Column("district", sa.Text()),
        sa.Column("password_hash", sa.Text()),
        sa.Column("issuer", sa.Text()),
        sa.Column("subject", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("account_pkey")),
        sa.CheckConstraint(_ROLE, name=op.f("account_role_check")),
        sa.CheckConstraint("(role = 'agency') = (agency IS NOT NULL)", name=op.f("account_agency_of_role_check")),
        sa.CheckConstraint(
            "(role = 'registrar') = (district IS NOT NULL)", name=op.f("account_district_of_role_check")
        ),
        sa.CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name=op.f("account_subject_of_issuer_check")),
        sa.CheckConstraint("issuer IS NULL OR password_hash IS NULL", name=op.f("account_one_way_in_check")),
    )
    op.create_index("account_name_key", "account", ["name"], unique=True, postgresql_where=sa.text("issuer IS NULL"))
    op.create_index(
        "account_subject_key",
        "account",
        ["issuer", "subject"],
        unique=True,
        postgresql_where=sa.text("issuer IS NOT NULL"),
    )


def _create_web_session() -> None:
    op.create_table(
        "web_session",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid()),
        sa.Column("report_id", sa.Uuid()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("web_session_pkey")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("web_session_account_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("web_session_report_id_fkey")),
        sa.CheckConstraint("(account_id IS NULL) <> (report_id IS NULL)", name=op.f("web_session_of_somebody_check")),
    )
    op.create_index(op.f("web_session_account_id_idx"), "web_session", ["account_id"])
    op.create_index(op.f("web_session_created_at_idx"), "web_session", ["created_at"])
