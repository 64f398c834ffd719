"""Which process holds a claim."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Note it from now on; what is under lease meanwhile waits for its end."""
    op.add_column("notification", sa.Column("claimed_by", sa.BigInteger()))
