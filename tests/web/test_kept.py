"""What anyone may ask for is found out once for all who ask within a moment."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from tellusonce.web.kept import Kept


def test_who_asks_again_within_a_moment_is_given_the_same() -> None:
    numbers = count()
    kept = Kept(lambda: next(numbers), seconds=60)
    assert [kept.now() for _ in range(3)] == [0, 0, 0]


def test_after_that_it_is_found_out_anew() -> None:
    numbers = count()
    kept = Kept(lambda: next(numbers), seconds=0.001)
    found = [kept.now()]
    while len(set(found)) < 3:
        found.append(kept.now())
    assert found == sorted(found)


def test_what_takes_long_is_kept_ten_times_as_long() -> None:
    """However often it is asked for, it takes a tenth of the time."""
    numbers = count()

    def slowly() -> int:
        threading.Event().wait(0.02)
        return next(numbers)

    kept = Kept(slowly, seconds=0)
    assert [kept.now() for _ in range(50)] == [0] * 50


def test_who_asks_meanwhile_is_given_what_was_found_before() -> None:
    numbers, may_end, begun = count(), threading.Event(), threading.Event()

    def waited() -> int:
        number = next(numbers)
        if number:
            begun.set()
            may_end.wait(5)
        return number

    kept = Kept(waited, seconds=0)
    assert kept.now() == 0
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(kept.now)
        begun.wait(5)
        assert [kept.now() for _ in range(3)] == [0, 0, 0]
        may_end.set()
        assert first.result() == 1


def test_all_who_come_first_wait_for_one() -> None:
    numbers = count()

    def slowly() -> int:
        threading.Event().wait(0.02)
        return next(numbers)

    kept = Kept(slowly, seconds=60)
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda _: kept.now(), range(4))) == [0] * 4


def test_a_failure_is_not_kept() -> None:
    numbers = count()

    def at_last() -> int:
        number = next(numbers)
        if not number:
            raise ZeroDivisionError
        return number

    kept = Kept(at_last, seconds=60)
    with pytest.raises(ZeroDivisionError):
        kept.now()
    assert kept.now() == 1
