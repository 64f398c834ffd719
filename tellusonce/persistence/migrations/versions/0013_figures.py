"""Figures, month by month."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_MEASURES = (
    "'reports', 'questions', 'acted', 'cleared', 'awaited', 'closed', 'open', 'page-opened', 'reminders', 'told', "
    "'receipts', 'receipts-in-time', 'receipts-late', 'outcomes', 'outcomes-in-time', 'outcomes-late'"
)


def upgrade() -> None:
    """Create the tables, and the index by which a month's reports are found."""
    op.create_table(
        "figure",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "district", "agency", "measure", "days", name=op.f("figure_pkey")),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("figure_month_check")),
        sa.CheckConstraint(f"measure IN ({_MEASURES})", name=op.f("figure_measure_check")),
        sa.CheckConstraint("count > 0", name=op.f("figure_count_check")),
    )
    op.create_table(
        "figure_month",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("has_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("figure_month_pkey")),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("figure_month_month_check")),
    )
    op.create_index(op.f("report_accepted_at_idx"), "report", ["accepted_at"])
