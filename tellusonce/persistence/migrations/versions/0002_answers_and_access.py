"""What agencies answer, what a person must see to, and who may call."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables."""
    _create_acknowledgement()
    _create_follow_up()
    _create_idempotency_key()
    _create_api_key()
    _create_paused_agency()
    _create_heartbeat()


def _create_acknowledgement() -> None:
    op.create_table(
        "acknowledgement",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("effective_on", sa.Date()),
        sa.Column("note", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_after", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("acknowledgement_pkey")),
        sa.UniqueConstraint(
            "notification_id",
            "kind",
            "outcome",
            name=op.f("acknowledgement_notification_id_kind_outcome_key"),
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint("kind IN ('receipt', 'outcome')", name=op.f("acknowledgement_kind_check")),
        sa.CheckConstraint(
            "outcome IN ('actioned', 'not-held', 'query', 'rejected', 'reversed')",
            name=op.f("acknowledgement_outcome_check"),
        ),
        sa.CheckConstraint(
            "(kind = 'outcome') = (outcome IS NOT NULL)", name=op.f("acknowledgement_outcome_of_kind_check")
        ),
    )


def _create_follow_up() -> None:
    op.create_table(
        "follow_up",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_because", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("follow_up_pkey")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("follow_up_report_id_fkey")),
        sa.ForeignKeyConstraint(["notification_id"], ["notification.id"], name=op.f("follow_up_notification_id_fkey")),
        sa.CheckConstraint(
            "kind IN ('undeliverable', 'receipt-overdue', 'outcome-overdue', 'query', 'rejected')",
            name=op.f("follow_up_kind_check"),
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_because IS NULL)", name=op.f("follow_up_closed_because_check")
        ),
    )
    still_open = sa.text("closed_at IS NULL")
    op.create_index("follow_up_due_idx", "follow_up", ["due_on", "id"], postgresql_where=still_open)
    op.create_index(
        "follow_up_open_key", "follow_up", ["notification_id", "kind"], unique=True, postgresql_where=still_open
    )
    op.create_index(op.f("follow_up_notification_id_kind_idx"), "follow_up", ["notification_id", "kind"])


def _create_idempotency_key() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("principal", "key", name=op.f("idempotency_key_pkey")),
    )


def _create_api_key() -> None:
    op.create_table(
        "api_key",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text()),
        sa.Column("district", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("digest", name=op.f("api_key_pkey")),
        sa.CheckConstraint("role IN ('registrar', 'agency', 'staff', 'operator')", name=op.f("api_key_role_check")),
        sa.CheckConstraint("(role = 'agency') = (agency IS NOT NULL)", name=op.f("api_key_agency_of_role_check")),
        sa.CheckConstraint(
            "(role = 'registrar') = (district IS NOT NULL)", name=op.f("api_key_district_of_role_check")
        ),
    )
    op.create_index(
        "api_key_in_force_key",
        "api_key",
        ["name", "role", "agency", "district"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )


def _create_paused_agency() -> None:
    op.create_table(
        "paused_agency",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("agency", name=op.f("paused_agency_pkey")),
    )


def _create_heartbeat() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("heartbeat_pkey")),
    )
