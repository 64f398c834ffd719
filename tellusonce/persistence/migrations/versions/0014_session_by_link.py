"""Whether a family's session was begun by the link of its receipt."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the column; families that are here now came in by what is not known, and so not by the link."""
    op.add_column("web_session", sa.Column("by_link", sa.Boolean(), server_default=sa.text("false"), nullable=False))
