"""Dates of which only a part may be known."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tellusonce.domain.partial_date import PartialDate


@given(st.dates(), st.sampled_from([4, 7, 10]))
def test_written_as_it_was_read(day: date, length: int) -> None:
    """A date known to the day, the month or the year is written exactly as it was read."""
    text = day.isoformat()[:length]
    assert str(PartialDate.parse(text)) == text


@given(st.dates(), st.sampled_from([4, 7, 10]))
def test_the_day_lies_between_earliest_and_latest(day: date, length: int) -> None:
    """Whatever day of its month or year it was, it lies between the earliest and the latest."""
    partial = PartialDate.parse(day.isoformat()[:length])
    assert partial.earliest <= day <= partial.latest


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2026-03-14", date(2026, 3, 14), date(2026, 3, 14)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("9999", date(9999, 1, 1), date.max),
        ("unknown", date.min, date.max),
    ],
)
def test_bounds(text: str, earliest: date, latest: date) -> None:
    """The bounds are the first and the last day that it can have been."""
    assert (PartialDate.parse(text).earliest, PartialDate.parse(text).latest) == (earliest, latest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26",
        "2026-3-14",
        "2026-06-31",
        "2025-02-29",
        "2026-00",
        "2026-13",
        "2026-03-00",
        "0000",
        "14/03/2026",
        "2026-03\n",
        "\uff12\uff10\uff12\uff16",  # 2026 in full-width digits
        "Unknown",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    """What is not a real date in the written form is refused, and the refusal does not repeat it."""
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(PartialDate).validate_python(text)
    fault = refused.value.errors(include_input=False)[0]
    assert fault["type"] == "partial_date"
    assert not text or text not in fault["msg"]


def test_json_is_the_written_form() -> None:
    """In JSON it is its written form both ways."""
    adapter = TypeAdapter(PartialDate)
    assert adapter.dump_json(adapter.validate_json('"2026-03"')) == b'"2026-03"'
