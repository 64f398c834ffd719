"""What families do: their tries to come in, and what they wish to be told."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

from tellusonce.domain.family import Way
from tellusonce.domain.language import Language
from tellusonce.persistence.tables.schema import NOW, metadata, one_of

# Wrong tries, by a keyed digest of the reference or of the address from which they came. A row ends with the pause.
family_try = Table(
    "family_try",
    metadata,
    Column("holder", LargeBinary, primary_key=True),
    Column("tries", SmallInteger, nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("octet_length(holder) = 16", name="holder"),
    CheckConstraint("tries >= 1", name="tries"),
    Index(None, "ends_at"),
)

# Where somebody wishes to be told; it goes with the report's facts.
family_contact = Table(
    "family_contact",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("report.id"), nullable=False),
    Column("way", Text, nullable=False),
    Column("address", LargeBinary, nullable=False),  # encrypted under the report's key
    Column("language", Text, nullable=False),
    Column("updates", Boolean, nullable=False),
    Column("reminders", Boolean, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    # Looked at once a day: what has changed since it was told, and what is to be claimed by a day after this one.
    Column("look_at", DateTime(timezone=True), nullable=False),
    Column("told_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("reminded_to", Date, nullable=False),
    CheckConstraint(one_of("way", Way), name="way"),
    CheckConstraint(one_of("language", Language), name="language"),
    CheckConstraint("updates OR reminders", name="wishes"),
    Index(None, "report_id"),
    Index(None, "look_at"),
)

# A message to be sent or sent: a row is its own outbox entry, and there is one a day at the most.
family_message = Table(
    "family_message",
    metadata,
    Column("contact_id", Uuid, ForeignKey("family_contact.id", ondelete="CASCADE"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("news", Boolean, nullable=False),
    Column("reminder", Boolean, nullable=False),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("next_attempt_at", DateTime(timezone=True), server_default=NOW),
    Column("sent_at", DateTime(timezone=True)),
    CheckConstraint("news OR reminder", name="says_something"),
    CheckConstraint("sent_at IS NULL OR next_attempt_at IS NULL", name="sent_once"),
    Index("family_message_due_idx", "next_attempt_at", postgresql_where=text("next_attempt_at IS NOT NULL")),
)
