"""Many rows in one statement come back as they went in."""

from datetime import UTC
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.errors import ForeignKeyViolation
from psycopg.types.json import Jsonb
from sqlalchemy import (
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from tellusonce.persistence.database import Database
from tellusonce.persistence.unnest import BatchInsert, CombinedInsert, arrays
from tests.persistence.stored import query

_KINDS: dict[str, Any] = {
    "number": Integer,
    "small": SmallInteger,
    "measure": Float,
    "words": Text,
    "bytes": LargeBinary,
    "day": Date,
    "at": DateTime(timezone=True),
    "key": Uuid,
    "document": JSONB,
    "list": ARRAY(Text),
}
_sample = Table("sample", MetaData(), *(Column(name, kind) for name, kind in _KINDS.items()))

_text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
_word = st.text("abcdefghijklmnopqrstuvwxyz-._", min_size=1, max_size=12)
_documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=5,
)
_rows = st.tuples(
    st.none() | st.integers(-(2**31), 2**31 - 1),
    st.none() | st.integers(-(2**15), 2**15 - 1),
    st.none() | st.floats(allow_nan=False),
    st.none() | _text,
    st.none() | st.binary(max_size=20),
    st.none() | st.dates(),
    st.none() | st.datetimes(timezones=st.just(UTC)),
    st.none() | st.uuids(),
    _documents,
    st.lists(_word, min_size=1, max_size=4),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_rows, max_size=5))
def test_rows_come_back_as_they_went_in(database: Database, rows: list[tuple[Any, ...]]) -> None:
    """Rows of any kind of column, with any of their values absent or all of them, are inserted as they are."""
    insert = BatchInsert(_sample, *_KINDS)
    with database.transaction() as connection:
        _sample.drop(connection, checkfirst=True)
        _sample.create(connection)
    with database.cursor() as cursor:
        insert.run(cursor, [_stored_form(row) for row in rows])
    assert query(database, "SELECT * FROM sample") == rows


def test_columns_left_out_take_their_defaults(database: Database) -> None:
    """Only the columns named are given; the database sees to the others."""
    with database.transaction() as connection:
        _sample.create(connection)
    with database.cursor() as cursor:
        BatchInsert(_sample, "words", "number").run(cursor, [("one", 1), ("two", 2)])
    assert query(database, "SELECT number, words, day FROM sample ORDER BY number") == [
        (1, "one", None),
        (2, "two", None),
    ]


_parent = Table("parent", MetaData(), Column("id", Integer, primary_key=True))
_child = Table("child", _parent.metadata, Column("id", Integer), Column("parent", Integer, ForeignKey("parent.id")))
_family = CombinedInsert(BatchInsert(_parent, "id"), BatchInsert(_child, "id", "parent"))


def test_tables_are_filled_together(database: Database) -> None:
    """Rows of several tables go in by one statement, also where some table gets none, and refer to each other."""
    with database.transaction() as connection:
        _parent.metadata.create_all(connection)
    with database.statement() as cursor:
        _family.run(cursor, [(1,), (2,)], [(10, 1), (20, 2)])
        _family.run(cursor, [(3,)], [])
        _family.run(cursor, [], [(30, 3)])
    assert query(database, "SELECT parent.id, child.id FROM parent JOIN child ON parent = parent.id ORDER BY 1") == [
        (1, 10),
        (2, 20),
        (3, 30),
    ]


def test_tables_are_filled_together_or_not_at_all(database: Database) -> None:
    """Where the rows of one table are refused, none of the others go in, even outside of any transaction."""
    with database.transaction() as connection:
        _parent.metadata.create_all(connection)
    with database.statement() as cursor, pytest.raises(ForeignKeyViolation):
        _family.run(cursor, [(1,)], [(10, 2)])
    assert query(database, "SELECT * FROM parent") == []


def test_rows_turn_into_columns() -> None:
    """Parallel arrays hold the first, the second, and so on of every row."""
    assert arrays([(1, "a"), (2, "b")]) == [[1, 2], ["a", "b"]]


def _stored_form(row: tuple[Any, ...]) -> tuple[Any, ...]:
    *plain, document, words = row
    return (*plain, Jsonb(document), " ".join(words))
