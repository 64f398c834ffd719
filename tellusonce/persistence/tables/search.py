"""By what reports are found, without telling it."""

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, SmallInteger, Table, Text, Uuid

from tellusonce.persistence.tables.schema import metadata

# The key of the digests, which stays as long as the database: one row.
index_key = Table(
    "index_key",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False, server_default="1"),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("master_key", Text, nullable=False),
    CheckConstraint("id = 1", name="one"),
)

blind_index = Table(
    "blind_index",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("report_id", Uuid, primary_key=True),  # no reports are deleted, and a foreign key would cost as much again
    CheckConstraint("octet_length(digest) = 16", name="digest"),
    Index("blind_index_report_id_idx", "report_id"),
)
