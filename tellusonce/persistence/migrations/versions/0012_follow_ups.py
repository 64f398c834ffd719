"""Follow-ups about a report alone, their notes, snoozing and escalation."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_STILL_OPEN = sa.text("closed_at IS NULL")
_TODAY = sa.text("(now() AT TIME ZONE 'Europe/London')::date")


def upgrade() -> None:
    """Widen follow-ups, and create their notes."""
    for column in (
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("snoozed_until", sa.Date()),
        sa.Column("steps_taken", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("raised_to", sa.Text()),
        sa.Column("next_step_on", sa.Date(), server_default=_TODAY),
    ):
        op.add_column("follow_up", column)
    op.alter_column("follow_up", "notification_id", nullable=True)
    op.alter_column("follow_up", "agency", nullable=True)
    _check_follow_up()
    _index_follow_up()
    _create_follow_up_note()
    op.drop_index("notification_open_idx", "notification")
    op.create_index(
        "notification_open_idx",
        "notification",
        ["accepted_at", "id"],
        postgresql_where=sa.text("state NOT IN ('actioned', 'not-held', 'reversed', 'superseded')"),
        postgresql_include=["agency", "state"],
    )
    _check(
        "trail",
        "action",
        "action IN ('registered', 'corrected', 'withdrawn', 'consent-given', 'consent-withdrawn', 'fields-withheld', "
        "'superseded', 'leased', 'delivered', 'attempt-failed', 'attempt-lost', 'parked', 'bounced', 'replayed', "
        "'opened', 'acknowledged', 'follow-up-opened', 'follow-up-closed', 'follow-up-assigned', 'follow-up-noted', "
        "'follow-up-snoozed', 'follow-up-woken', 'follow-up-reopened', 'follow-up-escalated', 'follow-up-answered', "
        "'follow-up-read', 'held', 'released', 'shredded', 'exported', 'read', 'duplicate-found', "
        "'duplicates-ruled-out', 'withdrawal-asked', 'withdrawal-refused')",
    )


def _check_follow_up() -> None:
    _check(
        "follow_up",
        "kind",
        "kind IN ('undeliverable', 'receipt-overdue', 'outcome-overdue', 'query', 'rejected', "
        "'reversal-unconfirmed', 'consent-withdrawn', 'possible-duplicate', 'family-question')",
    )
    _check(
        "follow_up",
        "of_report",
        "(kind IN ('family-question', 'possible-duplicate')) = (notification_id IS NULL)",
        new=True,
    )
    _check("follow_up", "agency_of_notification", "notification_id IS NULL OR agency IS NOT NULL", new=True)
    _check("follow_up", "raised_to", "raised_to IN ('remind-agency', 'supervisor', 'agency-contact')", new=True)
    _check("follow_up", "steps_taken", "(steps_taken = 0) = (raised_to IS NULL)", new=True)
    _check("follow_up", "snoozed_while_open", "closed_at IS NULL OR snoozed_until IS NULL", new=True)


def _index_follow_up() -> None:
    op.create_index(
        "follow_up_duplicate_key",
        "follow_up",
        ["report_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL AND kind = 'possible-duplicate'"),
    )
    op.create_index(op.f("follow_up_report_id_idx"), "follow_up", ["report_id"])
    op.drop_index("follow_up_due_idx", "follow_up")
    op.create_index(
        "follow_up_due_idx",
        "follow_up",
        ["due_on", "id"],
        postgresql_where=_STILL_OPEN,
        postgresql_include=["agency", "kind", "owner", "raised_to", "snoozed_until"],
    )
    for name, columns in (
        ("owner", ["owner", "due_on", "id"]),
        ("agency_due", ["agency", "due_on", "id"]),
        ("step", ["next_step_on"]),
    ):
        op.create_index(f"follow_up_{name}_idx", "follow_up", columns, postgresql_where=_STILL_OPEN)
    op.create_index(
        "follow_up_snoozed_idx",
        "follow_up",
        ["snoozed_until"],
        postgresql_where=sa.text("snoozed_until IS NOT NULL"),
    )


def _create_follow_up_note() -> None:
    op.create_table(
        "follow_up_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("follow_up_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("words", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name=op.f("follow_up_note_pkey")),
        sa.ForeignKeyConstraint(["follow_up_id"], ["follow_up.id"], name=op.f("follow_up_note_follow_up_id_fkey")),
        sa.CheckConstraint(
            "purpose IN ('note', 'closing', 'snoozing', 'reopening', 'handing-over', 'answer')",
            name=op.f("follow_up_note_purpose_check"),
        ),
    )
    op.create_index(op.f("follow_up_note_follow_up_id_idx"), "follow_up_note", ["follow_up_id"])


def _check(table: str, name: str, condition: str, *, new: bool = False) -> None:
    full_name = op.f(f"{table}_{name}_check")
    if not new:
        op.drop_constraint(full_name, table, type_="check")
    op.create_check_constraint(full_name, table, condition)
