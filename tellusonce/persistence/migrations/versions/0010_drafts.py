"""What registrars have begun, and what the trail says of it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create two tables, let the trail tell more, and index the reports of a district."""
    _check(
        "trail",
        "action",
        "action IN ('registered', 'corrected', 'withdrawn', 'consent-given', 'consent-withdrawn', 'fields-withheld', "
        "'superseded', 'leased', 'delivered', 'attempt-failed', 'attempt-lost', 'parked', 'bounced', 'replayed', "
        "'opened', 'acknowledged', 'follow-up-opened', 'follow-up-closed', 'held', 'released', 'shredded', 'exported', "
        "'read', 'duplicate-found', 'duplicates-ruled-out', 'withdrawal-asked', 'withdrawal-refused')",
    )
    _create_draft()
    _create_withdrawal_request()
    op.create_index(op.f("report_district_id_idx"), "report", ["district", "id"])


def _create_draft() -> None:
    op.create_table(
        "draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("life_event", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("master_key", sa.Text(), nullable=False),
        sa.Column("corrects", sa.Text()),
        sa.Column("corrects_version", sa.SmallInteger()),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_as", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("draft_pkey")),
        sa.CheckConstraint("(corrects IS NULL) = (corrects_version IS NULL)", name=op.f("draft_corrects_check")),
    )
    op.create_index(op.f("draft_district_owner_id_idx"), "draft", ["district", "owner", "id"])
    op.create_index("draft_changed_at_idx", "draft", ["changed_at"])


def _create_withdrawal_request() -> None:
    op.create_table(
        "withdrawal_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("confirmed", sa.Boolean()),
        sa.PrimaryKeyConstraint("id", name=op.f("withdrawal_request_pkey")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("withdrawal_request_report_id_fkey")),
        sa.CheckConstraint(
            "reason IN ('person-alive', 'reported-in-error', 'court-order', 'clerical')",
            name=op.f("withdrawal_request_reason_check"),
        ),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("withdrawal_request_second_person_check")),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL) AND (decided_by IS NULL) = (confirmed IS NULL)",
            name=op.f("withdrawal_request_decided_check"),
        ),
    )
    op.create_index(
        "withdrawal_request_open_key",
        "withdrawal_request",
        ["report_id"],
        unique=True,
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_index(
        "withdrawal_request_open_idx",
        "withdrawal_request",
        ["district", "id"],
        postgresql_where=sa.text("decided_at IS NULL"),
    )


def _check(table: str, name: str, condition: str) -> None:
    full_name = op.f(f"{table}_{name}_check")
    op.drop_constraint(full_name, table, type_="check")
    op.create_check_constraint(full_name, table, condition)
