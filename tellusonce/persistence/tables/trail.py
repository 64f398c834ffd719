"""The trail, what seals it, and the checkpoints over it."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from tellusonce.domain.trail import Action
from tellusonce.persistence.tables.schema import NOW, metadata, one_of

trail = Table(
    "trail",
    metadata,
    Column("report_id", Uuid, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("action", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("agency", Text),
    Column("notification_id", Uuid),
    Column("detail", JSONB, nullable=False),
    CheckConstraint(one_of("action", Action), name="action"),
)

# The entries that wait to be sealed: a row a statement, written by a trigger, taken out in the order of the pages. So
# no index; and no row is put aside to a TOAST table where it fits its page.
unsealed = Table(
    "unsealed",
    metadata,
    Column("report_ids", ARRAY(Uuid), nullable=False),
    Column("entries", ARRAY(BigInteger), nullable=False),
    postgresql_with={
        "toast_tuple_target": 8160,
        "autovacuum_vacuum_threshold": 1000,
        "autovacuum_vacuum_scale_factor": 0.02,
        "autovacuum_vacuum_cost_delay": 0,
    },
)

trail_link = Table(
    "trail_link",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("report_id", Uuid, nullable=False),
    Column("position", Integer, nullable=False),
    Column("entries", ARRAY(BigInteger), nullable=False),
    Column("hashes", LargeBinary, nullable=False),
    Column("seed", LargeBinary, nullable=False),
    UniqueConstraint("report_id", "position"),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("first_link", BigInteger, nullable=False),
    Column("last_link", BigInteger, nullable=False, unique=True),
    Column("entries", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("key", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
