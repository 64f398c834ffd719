"""What was counted of reports, month by month, as far as it may be shown."""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, DateTime, Integer, Table, Text

from tellusonce.domain.figures import Measure
from tellusonce.persistence.tables.schema import NOW, metadata, one_of

_FIRST_OF_MONTH = "extract(day FROM month) = 1"

# Of the reports accepted in the month. Of small districts there is only what `domain.figures.published` leaves.
figure = Table(
    "figure",
    metadata,
    Column("month", Date, primary_key=True),
    Column("district", Text, primary_key=True),  # or those put together, or the sum of all: see domain.figures
    Column("agency", Text, primary_key=True),  # empty where it is about reports
    Column("measure", Text, primary_key=True),
    Column("days", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
    CheckConstraint(_FIRST_OF_MONTH, name="month"),
    CheckConstraint(one_of("measure", Measure), name="measure"),
    CheckConstraint("count > 0", name="count"),
)

figure_month = Table(
    "figure_month",
    metadata,
    Column("month", Date, primary_key=True),
    Column("counted_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    Column("has_open", Boolean, nullable=False),  # then it will change
    CheckConstraint(_FIRST_OF_MONTH, name="month"),
)
