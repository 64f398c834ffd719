"""Reports, the notifications that follow from them, the attempts at delivering those, and the trail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables, each after those that it refers to."""
    _create_report()
    _create_report_version()
    _create_notification()
    _index_notification()
    _create_attempt()
    _create_trail()
    _make_trail_append_only()


def _create_report() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("life_event", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("report_pkey")),
        sa.UniqueConstraint("reference", name=op.f("report_reference_key")),
    )


def _create_report_version() -> None:
    op.create_table(
        "report_version",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("registered_by", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "version", name=op.f("report_version_pkey")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("report_version_report_id_fkey")),
        sa.CheckConstraint("version >= 1", name=op.f("report_version_version_check")),
        sa.CheckConstraint("kind IN ('original')", name=op.f("report_version_kind_check")),
    )


def _create_notification() -> None:
    op.create_table(
        "notification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("sequence", sa.SmallInteger(), nullable=False),
        sa.Column("benefits", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("fields", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("agreement_version", sa.Text(), nullable=False),
        sa.Column("receipt_due_on", sa.Date(), nullable=False),
        sa.Column("outcome_due_on", sa.Date(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("lost_attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("now()")),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column("received_at", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("notification_pkey")),
        sa.ForeignKeyConstraint(
            ["report_id", "version"],
            ["report_version.report_id", "report_version.version"],
            name=op.f("notification_report_id_fkey"),
        ),
        sa.UniqueConstraint("report_id", "agency", "version", name=op.f("notification_report_id_agency_version_key")),
        sa.CheckConstraint(
            "state IN ('queued', 'delivered', 'received', 'queried', 'rejected', 'actioned', 'not-held', 'parked')",
            name=op.f("notification_state_check"),
        ),
        sa.CheckConstraint("sequence BETWEEN 1 AND version", name=op.f("notification_sequence_check")),
        sa.CheckConstraint(
            "(state = 'queued') = (next_attempt_at IS NOT NULL)", name=op.f("notification_due_while_queued_check")
        ),
        sa.CheckConstraint(
            "(state IN ('actioned', 'not-held')) = (closed_at IS NOT NULL)", name=op.f("notification_closed_at_check")
        ),
        sa.CheckConstraint(
            "attempts >= 0 AND lost_attempts BETWEEN 0 AND attempts", name=op.f("notification_attempts_check")
        ),
        sa.CheckConstraint(
            "cardinality(fields) > 0 AND gateway <> ''", name=op.f("notification_no_gateway_no_send_check")
        ),
        postgresql_with={"fillfactor": 70, "autovacuum_vacuum_scale_factor": 0.02, "autovacuum_vacuum_cost_delay": 0},
    )


def _index_notification() -> None:
    for name, columns, where in (
        ("due", ["agency", "next_attempt_at"], "state = 'queued'"),
        ("open", ["accepted_at", "id"], "state NOT IN ('actioned', 'not-held')"),
        ("receipt_due", ["receipt_due_on"], "state IN ('queued', 'delivered')"),
        ("outcome_due", ["outcome_due_on"], "state IN ('queued', 'delivered', 'received')"),
    ):
        op.create_index(f"notification_{name}_idx", "notification", columns, postgresql_where=sa.text(where))


def _create_attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger()),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("notification_id", "number", name=op.f("attempt_pkey")),
        sa.CheckConstraint("number >= 1", name=op.f("attempt_number_check")),
    )


def _create_trail() -> None:
    op.create_table(
        "trail",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text()),
        sa.Column("notification_id", sa.Uuid()),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "id", name=op.f("trail_pkey")),
        sa.CheckConstraint(
            "action IN ('registered', 'delivered', 'attempt-failed', 'attempt-lost', 'parked', 'acknowledged', "
            "'follow-up-opened', 'follow-up-closed')",
            name=op.f("trail_action_check"),
        ),
    )


def _make_trail_append_only() -> None:
    op.execute("""
        CREATE FUNCTION refuse_change_of_trail() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the trail is only ever added to: % refused', TG_OP USING ERRCODE = 'restrict_violation';
        END
        $$
    """)
    # Each statement and not each row: one that changes nothing now could change something tomorrow.
    op.execute("""
        CREATE TRIGGER trail_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trail
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_trail()
    """)
