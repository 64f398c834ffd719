"""What people did with agencies: their lanes, their keys, tries of their channels."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Create the table, which is only ever added to."""
    op.create_table(
        "agency_act",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "id", name=op.f("agency_act_pkey")),
        sa.CheckConstraint(
            "action IN ('paused', 'resumed', 'api-key-issued', 'signing-secret-made', 'signing-secret-retired', "
            "'example-sent')",
            name=op.f("agency_act_action_check"),
        ),
    )
    op.execute("""
        CREATE TRIGGER agency_act_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON agency_act
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_trail()
    """)
