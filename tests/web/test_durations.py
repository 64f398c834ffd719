"""Times are said as people say them."""

import pytest

from tellusonce.web.pages.durations import ago, lasting, span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1.2, "1 second"),
        (59, "59 seconds"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (7_300, "2 hours"),
        (9e5, "10 days"),
    ],
)
def test_times_are_said_in_the_largest_unit_of_which_there_are_two(seconds: float, words: str) -> None:
    assert (span(seconds), ago(seconds)) == (words, f"{words} ago")


def test_what_took_less_than_ten_seconds_is_said_to_a_tenth() -> None:
    assert [lasting(each) for each in (0.64, 9.9, 10.6, 200)] == [
        "0.6 seconds",
        "9.9 seconds",
        "10 seconds",
        "3 minutes",
    ]
