"""How each agency's lane stands, and what its channel keeps."""

from sqlalchemy import CheckConstraint, Column, DateTime, Double, Integer, LargeBinary, SmallInteger, Table, Text

from tellusonce.persistence.tables.schema import NOW, metadata

# How an agency's lane stands; none for one that never had trouble.
lane = Table(
    "lane",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("paused_at", DateTime(timezone=True)),
    Column("paused_because", Text),
    # The circuit breaker: what was counted since when, until when it is open, and who is trying whether to close it.
    Column("counted_since", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("successes", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("open_until", DateTime(timezone=True)),
    Column("open_seconds", Double, nullable=False, server_default="0"),
    Column("probing_until", DateTime(timezone=True)),
    CheckConstraint("(paused_at IS NULL) = (paused_because IS NULL)", name="paused_because"),
)

signing_key = Table(
    "signing_key",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("generation", SmallInteger, primary_key=True),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("retired_at", DateTime(timezone=True)),
)

batch_file = Table(
    "batch_file",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("placed_at", DateTime(timezone=True), nullable=False, server_default=NOW),
)

acknowledgement_file = Table(
    "acknowledgement_file",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("sha256", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("read_at", DateTime(timezone=True), nullable=False, server_default=NOW),
)
