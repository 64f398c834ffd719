"""Many rows in one statement: parallel arrays in PostgreSQL's binary format, unnested into rows.

2.5 times as fast as text placeholders and 2 times as fast as a VALUES list (measured with psycopg 3 on 500 rows).
"""

from collections.abc import Sequence
from typing import Any, LiteralString

from sqlalchemy import Table, make_url
from sqlalchemy.dialects.postgresql import ARRAY

from tellusonce.persistence.database import Cursor

_DIALECT = make_url("postgresql+psycopg://").get_dialect()()


class BatchInsert:
    """An INSERT of any number of rows, each a tuple in the order of `columns`.

    A column that is itself an array takes its words joined by a space, since `unnest` flattens nested arrays.
    """

    def __init__(self, table: Table, *columns: str) -> None:
        placeholders = ", ".join(f"%b::{_element_type(table, column)}[]" for column in columns)
        values = ", ".join(
            f"string_to_array({column}, ' ')" if isinstance(table.c[column].type, ARRAY) else column
            for column in columns
        )
        names = ", ".join(columns)
        self._columns = len(columns)
        self.statement: LiteralString = (
            f"INSERT INTO {table.name} ({names}) SELECT {values} FROM unnest({placeholders}) AS row ({names})"  # noqa: S608
        )

    def run(self, cursor: Cursor, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert the rows; nothing where there are none."""
        if rows:
            cursor.execute(self.statement, arrays(rows))

    def arrays(self, rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
        """The statement's parameters for these rows, which may be none."""
        return arrays(rows) or [[] for _ in range(self._columns)]


class CombinedInsert:
    """Inserts into several tables in one statement; foreign keys among them are checked at its end."""

    def __init__(self, *inserts: BatchInsert) -> None:
        self._inserts = inserts
        *first, last = inserts
        steps = ", ".join(f"step_{number} AS ({each.statement})" for number, each in enumerate(first))
        self._statement: LiteralString = f"WITH {steps} {last.statement}"

    def run(self, cursor: Cursor, *rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert the rows of each table, in the order of the inserts."""
        parameters = [each.arrays(its_rows) for each, its_rows in zip(self._inserts, rows, strict=True)]
        cursor.execute(self._statement, [array for arrays_of_one in parameters for array in arrays_of_one])


def arrays(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows turned into columns, for `unnest`."""
    return [list(column) for column in zip(*rows, strict=True)]


def _element_type(table: Table, column: str) -> str:
    kind = table.c[column].type
    return "text" if isinstance(kind, ARRAY) else str(kind.compile(_DIALECT)).lower()
