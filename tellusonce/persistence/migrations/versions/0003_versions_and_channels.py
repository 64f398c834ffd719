"""Corrections and withdrawals, lanes with breakers, signing keys, batch files."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

_REASONS = (
    "reason IN ('clerical', 'material', 'omission', 'court-order', 'reported-in-error', 'confirmed', 'person-alive', "
    "'not-concerned')"
)
_KINDS = "kind IN ('original', 'correction', 'withdrawal')"
_CLOSED = "'actioned', 'not-held', 'reversed', 'superseded'"


def upgrade() -> None:
    """Widen the tables, and create those of the channels."""
    _widen_report()
    _widen_notification()
    _index_notification()
    _widen_what_follows()
    _create_lane()
    _create_signing_key()
    _create_files()


def _widen_report() -> None:
    op.add_column("report", sa.Column("version", sa.SmallInteger(), server_default="1", nullable=False))
    op.add_column("report_version", sa.Column("provisional", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("report_version", sa.Column("reason", sa.Text()))
    _check("report_version", "kind", _KINDS)
    _check("report_version", "reason", _REASONS, new=True)
    _check("report_version", "reason_of_kind", "(kind = 'original') = (reason IS NULL)", new=True)


def _widen_notification() -> None:
    for column in (
        sa.Column("kind", sa.Text(), server_default="original", nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("changed", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("facts_version", sa.SmallInteger(), server_default="1", nullable=False),
    ):
        op.add_column("notification", column)
    states = f"'waiting', 'queued', 'delivered', 'received', 'queried', 'rejected', 'parked', {_CLOSED}"
    _check("notification", "state", f"state IN ({states})")
    _check("notification", "closed_at", f"(state IN ({_CLOSED})) = (closed_at IS NOT NULL)")
    _check("notification", "sequence", "sequence BETWEEN 1 AND version AND facts_version BETWEEN 1 AND version")
    _check("notification", "kind", _KINDS, new=True)
    _check("notification", "reason", _REASONS, new=True)


def _index_notification() -> None:
    op.drop_index("notification_open_idx", "notification")
    for name, columns, where in (
        ("open", ["accepted_at", "id"], f"state NOT IN ({_CLOSED})"),
        ("closed", ["agency", "accepted_at", "id"], f"state IN ({_CLOSED})"),
        ("waiting", ["report_id", "agency"], "state = 'waiting'"),
    ):
        op.create_index(f"notification_{name}_idx", "notification", columns, postgresql_where=sa.text(where))


def _widen_what_follows() -> None:
    op.add_column("attempt", sa.Column("reason", sa.Text()))
    op.add_column("follow_up", sa.Column("words", sa.Text()))
    _check(
        "follow_up",
        "kind",
        "kind IN ('undeliverable', 'receipt-overdue', 'outcome-overdue', 'query', 'rejected', 'reversal-unconfirmed')",
    )
    _check(
        "trail",
        "action",
        "action IN ('registered', 'corrected', 'withdrawn', 'superseded', 'leased', 'delivered', "
        "'attempt-failed', 'attempt-lost', 'parked', 'bounced', 'replayed', 'opened', 'acknowledged', "
        "'follow-up-opened', 'follow-up-closed')",
    )
    op.drop_constraint("acknowledgement_notification_id_kind_outcome_key", "acknowledgement")
    op.create_index(
        "acknowledgement_word_key",
        "acknowledgement",
        ["notification_id", "kind", "outcome", sa.text("md5(coalesce(note, ''))")],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )


def _check(table: str, name: str, condition: str, *, new: bool = False) -> None:
    full_name = op.f(f"{table}_{name}_check")
    if not new:
        op.drop_constraint(full_name, table, type_="check")
    op.create_check_constraint(full_name, table, condition)


def _create_lane() -> None:
    op.create_table(
        "lane",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True)),
        sa.Column("paused_because", sa.Text()),
        sa.Column("counted_since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("successes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True)),
        sa.Column("open_seconds", sa.Double(), server_default="0", nullable=False),
        sa.Column("probing_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("agency", name=op.f("lane_pkey")),
        sa.CheckConstraint("(paused_at IS NULL) = (paused_because IS NULL)", name=op.f("lane_paused_because_check")),
    )
    op.execute(
        "INSERT INTO lane (agency, paused_at, paused_because) SELECT agency, paused_at, because FROM paused_agency"
    )
    op.drop_table("paused_agency")


def _create_signing_key() -> None:
    op.create_table(
        "signing_key",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("generation", sa.SmallInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("agency", "generation", name=op.f("signing_key_pkey")),
    )


def _create_files() -> None:
    op.create_table(
        "batch_file",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("agency", "number", name=op.f("batch_file_pkey")),
    )
    op.create_table(
        "acknowledgement_file",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("agency", "sha256", name=op.f("acknowledgement_file_pkey")),
    )
