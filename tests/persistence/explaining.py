"""The plans by which PostgreSQL carries out what the code really sends."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, LiteralString, Self

import psycopg
from psycopg import sql
from sqlalchemy import event

from tellusonce.persistence.database import Database
from tellusonce.settings import Settings

_Plan = Mapping[str, Any]
_PLANNED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Scan:
    """How a plan reads a table."""

    table: str
    how: str
    index: str | None
    bounded: bool
    """Whether a condition on the index's columns bounds what is read."""


def scans_of(url: str, use: Callable[[Database], object]) -> tuple[list[Scan], list[Scan]]:
    """All scans of all statements that `use` sends: as planned for its values, and as planned for any values.

    PostgreSQL may come to prefer the second, generic plan for statements that are prepared.
    """
    database = Database(url, Settings(database_connections=1))
    plans: list[_Plan] = []

    @event.listens_for(database.engine, "connect")
    def _explain_each(connection: psycopg.Connection[Any], _record: object) -> None:
        connection.cursor_factory = _explaining(plans)
        connection.prepare_threshold = 0

    try:
        use(database)
        return list(_scans(plans)), list(_scans(_generic_plans(database)))
    finally:
        database.close()


def _explaining(plans: list[_Plan]) -> type[psycopg.Cursor[Any]]:
    class Explaining(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
            if isinstance(query, str) and query.strip().startswith(_PLANNED):
                plans.append(_explain(self.connection, f"EXPLAIN (FORMAT JSON) {query}", params))
            return super().execute(query, params, **options)

    return Explaining


def _explain(connection: psycopg.Connection[Any], statement: LiteralString | sql.Composed, params: Any = None) -> _Plan:
    with psycopg.Cursor(connection) as cursor:
        explained = cursor.execute(statement, params, prepare=False).fetchone()
        assert explained is not None
        plan: _Plan = explained[0][0]["Plan"]
        return plan


def _generic_plans(database: Database) -> list[_Plan]:
    with database.cursor() as cursor:
        connection = cursor.connection
        connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        prepared = connection.execute(
            "SELECT name, cardinality(parameter_types), statement FROM pg_prepared_statements"
        )
        return [
            _explain(connection, _executed(name, parameters))
            for name, parameters, statement in prepared.fetchall()
            if statement.strip().startswith(_PLANNED)
        ]


def _executed(name: str, parameters: int) -> sql.Composed:
    # With a generic plan no value is looked at, so that NULL does for all of them.
    values = sql.SQL("({})").format(sql.SQL(", ").join([sql.NULL] * parameters)) if parameters else sql.SQL("")
    return sql.SQL("EXPLAIN (FORMAT JSON) EXECUTE {}{}").format(sql.Identifier(name), values)


def _scans(plans: list[_Plan], *, limited: bool = False) -> Iterator[Scan]:
    for plan in plans:
        yield from _scans(plan.get("Plans", []), limited=plan["Node Type"] == "Limit")
        if "Relation Name" in plan and plan["Node Type"].endswith("Scan"):
            # Of an index in its order, with nothing passed over, a limit takes the first rows and no more.
            first_only = limited and "Index Name" in plan and "Filter" not in plan
            bounded = first_only or "Index Cond" in str(plan)
            yield Scan(plan["Relation Name"], plan["Node Type"], _index(plan), bounded)


def _index(plan: _Plan) -> str | None:
    if "Index Name" in plan:
        return str(plan["Index Name"])
    return next((name for each in plan.get("Plans", []) if (name := _index(each))), None)
