"""What is counted for those who watch the service, and which processes were heard from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Create the tallies, and widen the heartbeats."""
    op.create_table(
        "tally",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("labels", ARRAY(sa.Text()), primary_key=True),
        sa.Column("value", sa.Double(), nullable=False),
        postgresql_with={"fillfactor": 50},
    )
    for column in (
        sa.Column("kind", sa.Text(), server_default="sweep", nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True)),
    ):
        op.add_column("heartbeat", column)
    op.create_check_constraint(op.f("heartbeat_kind_check"), "heartbeat", "kind IN ('api', 'worker', 'sweep')")
