"""The tables. The laws hold here, in keys, checks and indexes, and not only in code."""

from collections.abc import Iterable
from typing import LiteralString

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from tellusonce.domain.acknowledgement import Kind, Outcome
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.notification import CLOSED, NotificationKind, State
from tellusonce.domain.revision import Reason
from tellusonce.domain.trail import Action

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)
_NOW = text("now()")


def _quoted(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _one_of(column: str, values: Iterable[str]) -> str:
    return f"{column} IN ({_quoted(values)})"


CLOSED_STATES: LiteralString = _quoted(sorted(CLOSED))
"""As the partial indexes name them, so that queries are served by these."""

report = Table(
    "report",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("life_event", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("accepted_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    # The latest; who adds one holds the row's lock.
    Column("version", SmallInteger, nullable=False, server_default="1"),
)

report_version = Table(
    "report_version",
    metadata,
    Column("report_id", Uuid, ForeignKey("report.id"), primary_key=True),
    Column("version", SmallInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("registered_by", Text, nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("facts", JSONB, nullable=False),
    Column("provisional", Boolean, nullable=False, server_default="false"),
    Column("reason", Text),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint(_one_of("kind", NotificationKind), name="kind"),
    CheckConstraint(_one_of("reason", Reason), name="reason"),
    CheckConstraint("(kind = 'original') = (reason IS NULL)", name="reason_of_kind"),
)

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
    Column("accepted_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("state", Text, nullable=False, server_default=State.QUEUED),
    # The attempt number is counted at the claim and is the fencing token of everything written about the attempt.
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("lost_attempts", SmallInteger, nullable=False, server_default="0"),
    Column("next_attempt_at", DateTime(timezone=True), server_default=_NOW),
    # The end of the lease under which an attempt is under way: after it, a lost attempt is simply due again. It stands
    # in no index, so that a claim rewrites the row on its page and no index (heap-only tuple).
    Column("leased_until", DateTime(timezone=True)),
    Column("delivered_at", DateTime(timezone=True)),
    Column("received_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
    ForeignKeyConstraint(["report_id", "version"], ["report_version.report_id", "report_version.version"]),
    UniqueConstraint("report_id", "agency", "version"),
    CheckConstraint(_one_of("state", State), name="state"),
    CheckConstraint("sequence BETWEEN 1 AND version AND facts_version BETWEEN 1 AND version", name="sequence"),
    CheckConstraint(_one_of("kind", NotificationKind), name="kind"),
    CheckConstraint(_one_of("reason", Reason), name="reason"),
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
    Column("reason", Text),  # why an agency gave it back
    Column("finished_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
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
    Column("note", Text),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("state_after", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    # Another note is another word: a second question, not the first again.
    Index(
        "acknowledgement_word_key",
        "notification_id",
        "kind",
        "outcome",
        text("md5(coalesce(note, ''))"),
        unique=True,
        postgresql_nulls_not_distinct=True,
    ),
    CheckConstraint(_one_of("kind", Kind), name="kind"),
    CheckConstraint(_one_of("outcome", Outcome), name="outcome"),
    CheckConstraint("(kind = 'outcome') = (outcome IS NOT NULL)", name="outcome_of_kind"),
)

follow_up = Table(
    "follow_up",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("report.id"), nullable=False),
    Column("notification_id", Uuid, ForeignKey("notification.id"), nullable=False),
    Column("agency", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("due_on", Date, nullable=False),
    Column("owner", Text),
    Column("words", Text),  # the agency's own
    Column("closed_at", DateTime(timezone=True)),
    Column("closed_because", Text),
    CheckConstraint(_one_of("kind", FollowUpKind), name="kind"),
    CheckConstraint("(closed_at IS NULL) = (closed_because IS NULL)", name="closed_because"),
    Index(
        "follow_up_open_key",
        "notification_id",
        "kind",
        unique=True,
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index(None, "notification_id", "kind"),  # whether one was ever opened, closed ones included
    Index("follow_up_due_idx", "due_on", "id", postgresql_where=text("closed_at IS NULL")),
)

trail = Table(
    "trail",
    metadata,
    Column("report_id", Uuid, primary_key=True),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("action", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("agency", Text),
    Column("notification_id", Uuid),
    Column("detail", JSONB, nullable=False),
    CheckConstraint(_one_of("action", Action), name="action"),
)

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("principal", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_digest", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
)

api_key = Table(
    "api_key",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("agency", Text),
    Column("district", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("revoked_at", DateTime(timezone=True)),
    CheckConstraint("role IN ('registrar', 'agency', 'staff', 'operator')", name="role"),
    CheckConstraint("(role = 'agency') = (agency IS NOT NULL)", name="agency_of_role"),
    CheckConstraint("(role = 'registrar') = (district IS NOT NULL)", name="district_of_role"),
    Index(
        "api_key_in_force_key",
        "name",
        "role",
        "agency",
        "district",
        unique=True,
        postgresql_where=text("revoked_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    ),
)

# How an agency's lane stands; none for one that never had trouble.
lane = Table(
    "lane",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("paused_at", DateTime(timezone=True)),
    Column("paused_because", Text),
    # The circuit breaker: what was counted since when, until when it is open, and who is trying whether to close it.
    Column("counted_since", DateTime(timezone=True), nullable=False, server_default=_NOW),
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
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
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
    Column("placed_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
)

acknowledgement_file = Table(
    "acknowledgement_file",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("sha256", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("read_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
)

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("process", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=_NOW),
)
