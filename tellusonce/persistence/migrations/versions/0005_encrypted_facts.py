"""Facts and agencies' words encrypted under keys of the reports' own, a blind index, and retention."""

import sqlalchemy as sa
from alembic import op

from tellusonce.services.storage import StorageNotConvertible

revision = "0005"
down_revision = "0004"

_KEPT = "facts_destroyed_at IS NULL AND held_at IS NULL"


def upgrade() -> None:
    """Refuse where there are reports, whose facts stand in the clear in the files and backups of this database."""
    if op.get_bind().execute(sa.text("SELECT EXISTS (SELECT FROM report)")).scalar():
        raise StorageNotConvertible("its reports were stored unencrypted by a version that was never released")
    _widen_report()
    _encrypt()
    _create_index()
    _check_actions()


def _widen_report() -> None:
    for column in (
        sa.Column("wrapped_key", sa.LargeBinary()),
        sa.Column("master_key", sa.Text()),
        sa.Column("retention_days", sa.Integer(), nullable=False),
        sa.Column("forget_on", sa.Date(), nullable=False),
        sa.Column("facts_destroyed_at", sa.DateTime(timezone=True)),
        sa.Column("held_at", sa.DateTime(timezone=True)),
        sa.Column("held_because", sa.Text()),
    ):
        op.add_column("report", column)
    for name, condition in (
        ("master_key", "(wrapped_key IS NULL) = (master_key IS NULL)"),
        ("facts_destroyed_at", "(wrapped_key IS NULL) = (facts_destroyed_at IS NOT NULL)"),
        ("held_because", "(held_at IS NULL) = (held_because IS NULL)"),
        ("retention_days", "retention_days > 0"),
    ):
        op.create_check_constraint(op.f(f"report_{name}_check"), "report", condition)
    op.create_index(
        "report_master_key_idx", "report", ["master_key"], postgresql_where=sa.text("master_key IS NOT NULL")
    )
    op.create_index("report_forget_idx", "report", ["forget_on"], postgresql_where=sa.text(_KEPT))


def _encrypt() -> None:
    op.drop_index("acknowledgement_word_key", "acknowledgement")
    for table, column in (
        ("report_version", "facts"),
        ("acknowledgement", "note"),
        ("follow_up", "words"),
        ("attempt", "reason"),
    ):
        # None of these tables has a row.
        op.alter_column(table, column, type_=sa.LargeBinary(), nullable=True, postgresql_using="NULL")
    op.create_index(
        "acknowledgement_word_key",
        "acknowledgement",
        ["notification_id", "kind", "outcome", sa.text("substring(note from 1 for 12)")],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )


def _create_index() -> None:
    op.create_table(
        "index_key",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, server_default="1", nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("master_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("index_key_pkey")),
        sa.CheckConstraint("id = 1", name=op.f("index_key_one_check")),
    )
    op.create_table(
        "blind_index",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "report_id", name=op.f("blind_index_pkey")),
        sa.CheckConstraint("octet_length(digest) = 16", name=op.f("blind_index_digest_check")),
    )
    op.create_index("blind_index_report_id_idx", "blind_index", ["report_id"])


def _check_actions() -> None:
    name = op.f("trail_action_check")
    op.drop_constraint(name, "trail", type_="check")
    op.create_check_constraint(
        name,
        "trail",
        "action IN ('registered', 'corrected', 'withdrawn', 'superseded', 'leased', 'delivered', "
        "'attempt-failed', 'attempt-lost', 'parked', 'bounced', 'replayed', 'opened', 'acknowledged', "
        "'follow-up-opened', 'follow-up-closed', 'held', 'released', 'shredded')",
    )
