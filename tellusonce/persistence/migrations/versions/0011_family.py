"""What families do: their tries to come in, and what they wish to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the tables."""
    _create_family_try()
    _create_family_contact()
    _create_family_message()


def _create_family_try() -> None:
    op.create_table(
        "family_try",
        sa.Column("holder", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("holder", name=op.f("family_try_pkey")),
        sa.CheckConstraint("octet_length(holder) = 16", name=op.f("family_try_holder_check")),
        sa.CheckConstraint("tries >= 1", name=op.f("family_try_tries_check")),
    )
    op.create_index(op.f("family_try_ends_at_idx"), "family_try", ["ends_at"])


def _create_family_contact() -> None:
    op.create_table(
        "family_contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("updates", sa.Boolean(), nullable=False),
        sa.Column("reminders", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("reminded_to", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("family_contact_pkey")),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("family_contact_report_id_fkey")),
        sa.CheckConstraint("way IN ('email', 'sms')", name=op.f("family_contact_way_check")),
        sa.CheckConstraint("language IN ('en', 'cy')", name=op.f("family_contact_language_check")),
        sa.CheckConstraint("updates OR reminders", name=op.f("family_contact_wishes_check")),
    )
    op.create_index(op.f("family_contact_report_id_idx"), "family_contact", ["report_id"])
    op.create_index(op.f("family_contact_look_at_idx"), "family_contact", ["look_at"])


def _create_family_message() -> None:
    op.create_table(
        "family_message",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("news", sa.Boolean(), nullable=False),
        sa.Column("reminder", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("now()")),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("contact_id", "day", name=op.f("family_message_pkey")),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["family_contact.id"],
            name=op.f("family_message_contact_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("news OR reminder", name=op.f("family_message_says_something_check")),
        sa.CheckConstraint("sent_at IS NULL OR next_attempt_at IS NULL", name=op.f("family_message_sent_once_check")),
    )
    op.create_index(
        "family_message_due_idx",
        "family_message",
        ["next_attempt_at"],
        postgresql_where=sa.text("next_attempt_at IS NOT NULL"),
    )
