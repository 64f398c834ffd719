"""What all tables share."""

from collections.abc import Iterable

from sqlalchemy import MetaData, text

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)
NOW = text("now()")


def quoted(values: Iterable[str]) -> str:
    """The values as a list of SQL literals."""
    return ", ".join(f"'{value}'" for value in values)


def one_of(column: str, values: Iterable[str]) -> str:
    """The condition of a check that the column holds one of these."""
    return f"{column} IN ({quoted(values)})"
