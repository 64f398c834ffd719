"""Many rows in one statement: parallel arrays in PostgreSQL's binary format, unnested into rows.

2.5 times as fast as text placeholders and 2 times as fast as a VALUES list (measured with psycopg 3 on 500 rows).
"""

from collections.abc import Sequence
from typing import Any, LiteralString, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY

from tellusonce.persistence.database import Cursor

_DIALECT = postgresql.dialect()


class BatchInsert:
    """An INSERT of any number of rows, each a tuple in the order of `columns`.

    A column that is itself an array takes its words joined by a space, since `unnest` flattens nested arrays.
    """

    def __init__(self, table: Table, *columns: str, suffix: LiteralString = "") -> None:
        placeholders = ", ".join(f"%b::{_element_type(table, column)}[]" for column in columns)
        values = ", ".join(
            f"string_to_array({column}, ' ')" if isinstance(table.c[column].type, ARRAY) else column
            for column in columns
        )
        names = ", ".join(columns)
        self._statement = cast(
            "LiteralString",
            f"INSERT INTO {table.name} ({names}) SELECT {values} FROM unnest({placeholders}) AS row ({names}) {suffix}",  # noqa: S608
        )

    def run(self, cursor: Cursor, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert the rows; nothing where there are none."""
        if rows:
            cursor.execute(self._statement, arrays(rows))


def arrays(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows turned into columns, for `unnest`."""
    return [list(column) for column in zip(*rows, strict=True)]


def _element_type(table: Table, column: str) -> str:
    kind = table.c[column].type
    return "text" if isinstance(kind, ARRAY) else str(kind.compile(_DIALECT)).lower()
