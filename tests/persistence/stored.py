"""Reports, attempts and acknowledgements to store, and reading back what is stored."""

# factory-boy's declarations have no types.
# mypy: allow-untyped-calls

from datetime import UTC, date, datetime
from typing import Any, LiteralString
from uuid import UUID

from factory.base import Factory
from factory.declarations import LazyAttribute, LazyFunction
from sqlalchemy import select
from uuid_utils.compat import uuid7

from tellusonce.domain.acknowledgement import Acknowledgement, Kind, Outcome
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.domain.field import Facts
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.notification import Event, State, move
from tellusonce.domain.planning import Plan, PlannedNotification
from tellusonce.domain.trail import Action, TrailEntry
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import Lanes
from tellusonce.persistence.reports import Reports
from tellusonce.persistence.tables import index_key, metadata
from tellusonce.services.deliver import Answer, Claimed, Recorded, Result
from tellusonce.services.reference import new_reference
from tellusonce.services.register import IdempotencyKey, NewNotification, NewReport, disclosure
from tests.builders import a_bereavement

STATE_PENSION = "dwp-state-pension"
COUNCIL_TAX = "holmshire-council-tax"


class _Planned(Factory[PlannedNotification]):
    class Meta:
        model = PlannedNotification

    agency = STATE_PENSION
    benefits = ("state-pension", "pension-credit")
    fields = ("deceased.given_names", "deceased.family_name", "deceased.date_of_death")
    gateway = "Social Security Administration Act 1992, section 125"
    agreement_version = "1.0"
    receipt_due_on = date(2026, 3, 20)
    outcome_due_on = date(2026, 4, 2)


class _Notification(Factory[NewNotification]):
    class Meta:
        model = NewNotification

    id = LazyFunction(uuid7)
    planned = LazyFunction(_Planned.build)


class _Report(Factory[NewReport]):
    class Meta:
        model = NewReport

    id = LazyFunction(uuid7)
    reference = LazyFunction(new_reference)
    life_event = "bereavement"
    district = "holmshire"
    registered_by = "registrar:Holmshire register office"
    facts = LazyFunction(a_bereavement)
    provisional = False
    benefits = ("state-pension",)
    councils = ()
    consents = ()
    sought = LazyAttribute(lambda report: LIFE_EVENTS[report.life_event].sought(report.facts))
    retention_days = 365
    forget_on = date(2027, 3, 19)
    notifications = LazyFunction(lambda: (_Notification.build(),))
    plan = LazyAttribute(lambda report: Plan(tuple(each.planned for each in report.notifications), ()))
    trail = LazyAttribute(
        lambda report: (
            TrailEntry(
                report.id,
                Action.REGISTERED,
                report.registered_by,
                detail={"notifications": [disclosure(each.id, each.planned) for each in report.notifications]},
            ),
        )
    )


class _Acknowledgement(Factory[Acknowledgement]):
    class Meta:
        model = Acknowledgement

    outcome = None
    kind = LazyAttribute(lambda word: Kind.OUTCOME if word.outcome else Kind.RECEIPT)
    note = "The family may call us on 01632 960 003."
    at = datetime(2026, 3, 19, 14, 30, tzinfo=UTC)


class _Answer(Factory[Answer]):
    class Meta:
        model = Answer

    result = Result.DELIVERED
    status = 202
    duration_ms = 12


def a_report(*agencies: str, **planned: Any) -> NewReport:
    """A report that is not stored yet, with a notification for each agency; overrides are of the planned ones."""
    told = [_Planned.build(agency=agency, **planned) for agency in agencies or (STATE_PENSION,)]
    report: NewReport = _Report.build(notifications=tuple(_Notification.build(planned=each) for each in told))
    return report


def a_stored_report(database: Database, *agencies: str, **planned: Any) -> NewReport:
    """The same, stored."""
    report = a_report(*agencies, **planned)
    Reports(database).add([report])
    return report


def a_stored_notification(database: Database, agency: str = STATE_PENSION, **planned: Any) -> UUID:
    """The id of a queued notification, alone in its report."""
    return a_stored_report(database, agency, **planned).notifications[0].id


def a_key(body: str = "the body", key: str = "first try", principal: str = "registrar:Holmshire") -> IdempotencyKey:
    """An idempotency key of a registrar."""
    return IdempotencyKey(principal, key, body.encode())


def an_acknowledgement(notification: UUID, outcome: Outcome | None = None) -> Acknowledgement:
    """An agency's word: this outcome, or a receipt."""
    word: Acknowledgement = _Acknowledgement.build(notification=notification, outcome=outcome)
    return word


def claim(
    database: Database, agency: str = STATE_PENSION, limit: int = 100, lease_seconds: float = 60
) -> list[Claimed]:
    """Claim what is due."""
    return Lanes(database, CircuitBreaker()).claim(agency, limit, lease_seconds)


def a_claim(database: Database, agency: str = STATE_PENSION, **planned: Any) -> Claimed:
    """The first claim of a notification stored for it, alone in its report."""
    a_stored_report(database, agency, **planned)
    (claimed,) = claim(database, agency)
    return claimed


def two_claims(database: Database) -> tuple[Claimed, Claimed]:
    """The first claim of a notification, whose lease has ended, and the second one, whose lease lasts.

    In a lane of their own: what else failed in the same database has opened no circuit breaker there.
    """
    agency = f"agency-{uuid7()}"
    a_stored_report(database, agency)
    (stale,) = claim(database, agency, lease_seconds=0)
    (latest,) = claim(database, agency)
    return stale, latest


def record(database: Database, *recorded: Recorded) -> list[Acknowledgement]:
    """Record what came of attempts."""
    return Lanes(database, CircuitBreaker()).record(recorded, "push")


def an_answer(claimed: Claimed, result: Result = Result.DELIVERED, **overrides: Any) -> Answer:
    """What came of an attempt: by default the agency took it."""
    answer: Answer = _Answer.build(claimed=claimed, result=result, **overrides)
    return answer


def delivered(claimed: Claimed, outcome: Outcome | None = None, *, acknowledged: bool = False) -> Recorded:
    """The agency took it, and its reply says the outcome, or that it has received it, or nothing."""
    if outcome is None and not acknowledged:
        return Recorded(an_answer(claimed), State.DELIVERED, None, None)
    word = an_acknowledgement(claimed.id, outcome)
    follow_up = FollowUpKind(outcome) if outcome in (Outcome.QUERY, Outcome.REJECTED) else None
    return Recorded(an_answer(claimed, acknowledgement=word), move(State.DELIVERED, word.event), None, follow_up)


def failed(claimed: Claimed, retry_in_seconds: float = 300) -> Recorded:
    """The agency refused it, and it is to be tried again."""
    return Recorded(an_answer(claimed, Result.REFUSED, status=503), State.QUEUED, retry_in_seconds, None)


def given_up(claimed: Claimed) -> Recorded:
    """It could not be delivered in the time for trying."""
    state = move(State.QUEUED, Event.GIVEN_UP)
    return Recorded(an_answer(claimed, Result.TIMED_OUT, status=None), state, None, FollowUpKind.UNDELIVERABLE)


def query(database: Database, statement: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
    """The rows that a statement gives."""
    with database.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def stored_facts(database: Database) -> list[Facts]:
    """The facts of every version, decrypted."""
    rows = query(
        database,
        "SELECT report_id, wrapped_key, master_key, report_version.version, facts "
        "FROM report_version JOIN report ON report.id = report_id ORDER BY report_id, report_version.version",
    )
    keys = (database.encryption.key(*row[:3]) for row in rows)
    return [key.decrypt_facts(*row[3:]) for key, row in zip(keys, rows, strict=True)]


def stored_notes(database: Database) -> list[str | None]:
    """The notes of every acknowledgement, decrypted."""
    return _decrypted_words(
        database,
        "SELECT report_id, wrapped_key, master_key, notification_id, note FROM acknowledgement "
        "JOIN notification ON notification.id = notification_id JOIN report ON report.id = report_id "
        "ORDER BY acknowledgement.id",
    )


def stored_reasons(database: Database) -> list[str | None]:
    """Why agencies gave back what they had leased, decrypted."""
    return _decrypted_words(
        database,
        "SELECT report_id, wrapped_key, master_key, notification_id, attempt.reason FROM attempt "
        "JOIN notification ON notification.id = notification_id JOIN report ON report.id = report_id ORDER BY number",
    )


def _decrypted_words(database: Database, statement: LiteralString) -> list[str | None]:
    rows = query(database, statement)
    keys = (database.encryption.key(*row[:3]) for row in rows)
    return [key.decrypt_words(*row[3:]) for key, row in zip(keys, rows, strict=True)]


def state_of(database: Database, notification: UUID) -> State:
    """Where a notification stands."""
    ((state,),) = query(database, "SELECT state FROM notification WHERE id = %s", notification)
    return State(state)


def trail_of(database: Database, notification: UUID) -> list[Action]:
    """What the trail says of a notification, oldest first."""
    rows = query(database, "SELECT action FROM trail WHERE notification_id = %s ORDER BY id", notification)
    return [Action(action) for (action,) in rows]


def follow_ups_of(database: Database, notification: UUID, *, still_open: bool) -> list[FollowUpKind]:
    """The kinds of a notification's follow-ups that are open, or of those that are closed."""
    rows = query(
        database,
        "SELECT kind FROM follow_up WHERE notification_id = %s AND (closed_at IS NULL) = %s ORDER BY opened_at, kind",
        notification,
        still_open,
    )
    return [FollowUpKind(kind) for (kind,) in rows]


def contents(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, but for the key of the index, which belongs to no report."""
    with database.transaction() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]
            for table in metadata.sorted_tables
            if table is not index_key
        }
