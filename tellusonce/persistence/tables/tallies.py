"""What is counted for those who watch the service, and the processes that were heard from."""

from sqlalchemy import CheckConstraint, Column, DateTime, Double, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from tellusonce.persistence.tables.schema import NOW, metadata, one_of
from tellusonce.services.pulse import Kind

# As many rows as there are agencies and kinds of things, each rewritten on its page.
tally = Table(
    "tally",
    metadata,
    Column("name", Text, primary_key=True),
    Column("labels", ARRAY(Text), primary_key=True),
    Column("value", Double, nullable=False),
    postgresql_with={"fillfactor": 50},
)

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("process", Text, primary_key=True),
    Column("kind", Text, nullable=False, server_default=Kind.SWEEP),
    Column("since", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("failing_since", DateTime(timezone=True)),  # of a sweep whose last try failed
    CheckConstraint(one_of("kind", Kind), name="kind"),
)
