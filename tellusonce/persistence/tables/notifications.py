"""Notifications, and what came of them."""

from typing import LiteralString

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from tellusonce.domain.acknowledgement import Kind, Outcome
from tellusonce.domain.notification import CLOSED, NotificationKind, State
from tellusonce.domain.revision import Reason
from tellusonce.persistence.tables.schema import NOW, metadata, one_of, quoted

CLOSED_STATES: LiteralString = quoted(sorted(CLOSED))
"""As the partial indexes name them, so that queries are served by these."""

notification = Table(
    "notification",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("report_id", Uuid, nullable=False),
    Column("version", SmallInteger, nullable=False),
    Column("agency", Text, nullable=False),
    Column("sequence", SmallInteger, nullable=False),
    Column("kind", Text, nullable=False, server_default=NotificationKind.ORIGINAL),
    Column("reason", Text),
    Column("changed", ARRAY(Text), nullable=False, server_default="{}"),
    # The version whose facts it tells: of a withdrawal, the one that the agency was told.
    Column("facts_version", SmallInteger, nullable=False, server_default="1"),
    Column("benefits", ARRAY(Text), nullable=False),
    Column("fields", ARRAY(Text), nullable=False),
    Column("gateway", Text, nullable=False),
    Column("agreement_version", Text, nullable=False),
    Column("receipt_due_on", Date, nullable=False),
    Column("outcome_due_on", Date, nullable=False),
    Column("accepted_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("state", Text, nullable=False, server_default=State.QUEUED),
    # The attempt number is counted at the claim and is the fencing token of everything written about the attempt.
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("lost_attempts", SmallInteger, nullable=False, server_default="0"),
    Column("next_attempt_at", DateTime(timezone=True), server_default=NOW),
    # The end of the lease under which an attempt is under way: after it, a lost attempt is simply due again. It stands
    # in no index, so that a claim rewrites the row on its page and no index (heap-only tuple).
    Column("leased_until", DateTime(timezone=True)),
    # The worker's process that holds the lease; none where an agency holds it.
    Column("claimed_by", BigInteger),
    Column("delivered_at", DateTime(timezone=True)),
    Column("received_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
    ForeignKeyConstraint(["report_id", "version"], ["report_version.report_id", "report_version.version"]),
    UniqueConstraint("report_id", "agency", "version"),
    CheckConstraint(one_of("state", State), name="state"),
    CheckConstraint("sequence BETWEEN 1 AND version AND facts_version BETWEEN 1 AND version", name="sequence"),
    CheckConstraint(one_of("kind", NotificationKind), name="kind"),
    CheckConstraint(one_of("reason", Reason), name="reason"),
    CheckConstraint("(state = 'queued') = (next_attempt_at IS NOT NULL)", name="due_while_queued"),
    CheckConstraint(f"(state IN ({CLOSED_STATES})) = (closed_at IS NOT NULL)", name="closed_at"),
    CheckConstraint("attempts >= 0 AND lost_attempts BETWEEN 0 AND attempts", name="attempts"),
    CheckConstraint("cardinality(fields) > 0 AND gateway <> ''", name="no_gateway_no_send"),
    Index("notification_due_idx", "agency", "next_attempt_at", postgresql_where=text("state = 'queued'")),
    Index(
        "notification_open_idx",
        "accepted_at",
        "id",
        postgresql_where=text(f"state NOT IN ({CLOSED_STATES})"),
        # So that the board counts from the index alone. A change of state writes the index anyway.
        postgresql_include=["agency", "state"],
    ),
    # An agency's inbox, with the one before: a notification enters it once, when it is closed.
    Index(
        "notification_closed_idx",
        "agency",
        "accepted_at",
        "id",
        postgresql_where=text(f"state IN ({CLOSED_STATES})"),
    ),
    Index("notification_waiting_idx", "report_id", "agency", postgresql_where=text("state = 'waiting'")),
    Index(
        "notification_receipt_due_idx",
        "receipt_due_on",
        postgresql_where=text("state IN ('queued', 'delivered')"),
    ),
    Index(
        "notification_outcome_due_idx",
        "outcome_due_on",
        postgresql_where=text("state IN ('queued', 'delivered', 'received')"),
    ),
    postgresql_with={"fillfactor": 70, "autovacuum_vacuum_scale_factor": 0.02, "autovacuum_vacuum_cost_delay": 0},
)

attempt = Table(
    "attempt",
    metadata,
    Column("notification_id", Uuid, primary_key=True),
    Column("number", SmallInteger, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("status", SmallInteger),
    Column("duration_ms", Integer, nullable=False),
    Column("reason", LargeBinary),  # why an agency gave it back, encrypted
    Column("finished_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    CheckConstraint("number >= 1", name="number"),
)

acknowledgement = Table(
    "acknowledgement",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("notification_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("outcome", Text),
    Column("effective_on", Date),
    # Encrypted, beginning with a keyed digest of it, which is all that is left once the report's facts are destroyed.
    Column("note", LargeBinary),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("state_after", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    # Another note is another word: a second question, not the first again.
    Index(
        "acknowledgement_word_key",
        "notification_id",
        "kind",
        "outcome",
        text("substring(note from 1 for 12)"),
        unique=True,
        postgresql_nulls_not_distinct=True,
    ),
    CheckConstraint(one_of("kind", Kind), name="kind"),
    CheckConstraint(one_of("outcome", Outcome), name="outcome"),
    CheckConstraint("(kind = 'outcome') = (outcome IS NOT NULL)", name="outcome_of_kind"),
)
