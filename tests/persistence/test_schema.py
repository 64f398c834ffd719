"""The laws hold in the schema itself, whoever writes; and the migrations lead to the tables as declared."""

from typing import LiteralString

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import IntegrityError
from psycopg.errors import RestrictViolation
from sqlalchemy import Connection, text

from tellusonce.persistence.database import Database
from tellusonce.persistence.tables import metadata
from tests.persistence.stored import a_claim, a_stored_report, contents, delivered, query, record

_ILLEGAL: dict[str, LiteralString] = {
    "a state that is none": "UPDATE notification SET state = 'posted'",
    "queued without a time for the next attempt": "UPDATE notification SET next_attempt_at = NULL",
    "delivered and still due": "UPDATE notification SET state = 'delivered'",
    "closed without the time of it": "UPDATE notification SET state = 'actioned', next_attempt_at = NULL",
    "the time of closing while open": "UPDATE notification SET closed_at = now()",
    "no gateway": "UPDATE notification SET gateway = ''",
    "a gateway that is not known": "UPDATE notification SET gateway = NULL",
    "no field": "UPDATE notification SET fields = '{}'",
    "attempts below zero": "UPDATE notification SET attempts = -1",
    "more attempts lost than made": "UPDATE notification SET attempts = 1, lost_attempts = 2",
    "a notification of a version that is not there": "UPDATE notification SET version = 2",
    "a sequence below one": "UPDATE notification SET sequence = 0",
    "more messages to an agency than versions": "UPDATE notification SET sequence = 2",
    "two of one version for an agency": """
        INSERT INTO notification (id, report_id, version, agency, sequence, benefits, fields, gateway,
                                  agreement_version, receipt_due_on, outcome_due_on)
        SELECT gen_random_uuid(), report_id, version, agency, sequence, benefits, fields, gateway,
               agreement_version, receipt_due_on, outcome_due_on FROM notification
    """,
    "a reference given twice": """
        INSERT INTO report (id, reference, life_event, district, wrapped_key, master_key, retention_days, forget_on)
        SELECT gen_random_uuid(), reference, life_event, district, wrapped_key, master_key, retention_days, forget_on
        FROM report
    """,
    "facts destroyed while their key is there": "UPDATE report SET facts_destroyed_at = now()",
    "a key gone without saying when": "UPDATE report SET wrapped_key = NULL, master_key = NULL",
    "a key without who wraps it": "UPDATE report SET master_key = NULL",
    "facts kept for no time": "UPDATE report SET retention_days = 0",
    "a report held for no reason": "UPDATE report SET held_at = now()",
    "a second key of the index": "INSERT INTO index_key (id, wrapped_key, master_key) VALUES (2, '\\x01', 'none')",
    "a version zero": "UPDATE report_version SET version = 0",
    "a kind of version that is none": "UPDATE report_version SET kind = 'draft'",
    "a second result of one attempt": """
        INSERT INTO attempt (notification_id, number, channel, result, duration_ms)
        SELECT id, 1, 'push', 'delivered', 1 FROM notification, generate_series(1, 2)
    """,
    "an attempt zero": """
        INSERT INTO attempt (notification_id, number, channel, result, duration_ms)
        SELECT id, 0, 'push', 'delivered', 1 FROM notification
    """,
    "one word recorded twice": """
        INSERT INTO acknowledgement (notification_id, kind, at, state_after)
        SELECT id, 'receipt', now(), 'received' FROM notification, generate_series(1, 2)
    """,
    "an outcome that is none": """
        INSERT INTO acknowledgement (notification_id, kind, outcome, at, state_after)
        SELECT id, 'outcome', 'done', now(), 'actioned' FROM notification
    """,
    "a receipt with an outcome": """
        INSERT INTO acknowledgement (notification_id, kind, outcome, at, state_after)
        SELECT id, 'receipt', 'actioned', now(), 'actioned' FROM notification
    """,
    "an outcome without its name": """
        INSERT INTO acknowledgement (notification_id, kind, at, state_after)
        SELECT id, 'outcome', now(), 'actioned' FROM notification
    """,
    "two open follow-ups of one kind": """
        INSERT INTO follow_up (id, report_id, notification_id, agency, kind, due_on)
        SELECT gen_random_uuid(), report_id, id, agency, 'query', current_date FROM notification, generate_series(1, 2)
    """,
    "a follow-up on no notification that an agency's silence opened": """
        INSERT INTO follow_up (id, report_id, agency, kind, due_on)
        SELECT gen_random_uuid(), report_id, agency, 'query', current_date FROM notification
    """,
    "two possible duplicates open for one report": """
        INSERT INTO follow_up (id, report_id, kind, due_on)
        SELECT gen_random_uuid(), report_id, 'possible-duplicate', current_date FROM notification, generate_series(1, 2)
    """,
    "a follow-up snoozed after it was closed": """
        INSERT INTO follow_up (id, report_id, notification_id, agency, kind, due_on, closed_at, closed_because,
                               snoozed_until)
        SELECT gen_random_uuid(), report_id, id, agency, 'query', current_date, now(), 'answered', current_date
        FROM notification
    """,
    "a follow-up raised by no step": """
        INSERT INTO follow_up (id, report_id, notification_id, agency, kind, due_on, raised_to)
        SELECT gen_random_uuid(), report_id, id, agency, 'query', current_date, 'supervisor' FROM notification
    """,
    "a follow-up closed without a reason": """
        INSERT INTO follow_up (id, report_id, notification_id, agency, kind, due_on, closed_at)
        SELECT gen_random_uuid(), report_id, id, agency, 'query', current_date, now() FROM notification
    """,
    "a trail entry of an action that is none": """
        INSERT INTO trail (report_id, action, actor, detail) SELECT id, 'looked', 'tellusonce', '{}' FROM report
    """,
    "an agency's key without its agency": """
        INSERT INTO api_key (digest, name, role) VALUES ('\\x01', 'agency key', 'agency')
    """,
    "a registrar's key without their district": """
        INSERT INTO api_key (digest, name, role) VALUES ('\\x01', 'register office', 'registrar')
    """,
    "two keys in force for one principal": """
        INSERT INTO api_key (digest, name, role) VALUES ('\\x01', 'desk', 'staff'), ('\\x02', 'desk', 'staff')
    """,
}


def test_what_is_against_the_laws_is_refused(database: Database, subtests: pytest.Subtests) -> None:
    """PostgreSQL itself refuses each of these, and nothing of it is kept."""
    a_stored_report(database)
    before = contents(database)
    for law, statement in _ILLEGAL.items():
        with subtests.test(law), pytest.raises(IntegrityError):
            query(database, statement)
    assert contents(database) == before


_AGAINST_THE_TRAIL: tuple[LiteralString, ...] = (
    "UPDATE trail SET actor = 'nobody'",
    "UPDATE trail SET actor = actor WHERE false",
    "DELETE FROM trail",
    "TRUNCATE trail",
    "TRUNCATE report CASCADE; TRUNCATE trail",
    "UPDATE trail_link SET position = 2",
    "DELETE FROM trail_link",
    "TRUNCATE trail_link",
    "UPDATE checkpoint SET entries = 2",
    "DELETE FROM checkpoint",
    "TRUNCATE checkpoint",
    "UPDATE agency_act SET actor = 'nobody'",
    "DELETE FROM agency_act",
    "TRUNCATE agency_act",
)


def test_the_trail_is_only_ever_added_to(database: Database, subtests: pytest.Subtests) -> None:
    """No statement changes, deletes or empties the trail; what is in it stays."""
    claimed = a_claim(database)
    record(database, delivered(claimed))
    before = contents(database)
    for statement in _AGAINST_THE_TRAIL:
        with subtests.test(statement), pytest.raises(RestrictViolation, match="the trail is only ever added to"):
            query(database, statement)
    assert contents(database) == before


def test_alembic_finds_nothing_to_migrate(database: Database) -> None:
    """Compared with the tables as declared, the migrated schema lacks nothing and has nothing more."""
    with database.transaction() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


# Alembic compares no check constraints, conditions of indexes or storage parameters.
_DEFINITIONS = {
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity
        FROM information_schema.columns WHERE table_schema = current_schema()
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
    """,
    "indexes": """
        SELECT tablename, indexname, replace(indexdef, current_schema() || '.', '')
        FROM pg_indexes WHERE schemaname = current_schema()
    """,
    "storage": """
        SELECT relname, reloptions FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
    """,
}


def test_the_migrated_schema_is_the_declared_one(database: Database, subtests: pytest.Subtests) -> None:
    """Columns, constraints, indexes and storage are the same whether migrated or made from the tables' declarations."""
    with database.transaction() as connection:
        migrated = {of: _definitions(connection, of) for of in _DEFINITIONS}
        connection.execute(text("CREATE SCHEMA declared; SET LOCAL search_path = declared"))
        metadata.create_all(connection)
        declared = {of: _definitions(connection, of) for of in _DEFINITIONS}
    for of in _DEFINITIONS:
        with subtests.test(of):
            assert {each for each in migrated[of] if "alembic_version" not in str(each)} == declared[of]


def _definitions(connection: Connection, of: str) -> set[tuple[str, ...]]:
    return {tuple(str(value) for value in row) for row in connection.execute(text(_DEFINITIONS[of]))}
