"""Gathering: what comes while a batch is under way is done together in the next."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tellusonce.services.gathering import Gathering
from tellusonce.services.storage import StorageBusy, StorageUnreachable


def test_who_comes_alone_is_served_at_once() -> None:
    """A batch of one."""
    batches: list[list[int]] = []
    gathering = Gathering(_doubled(batches), limit=10)
    assert gathering.ask(3) == 6
    assert batches == [[3]]


def test_who_comes_first_waits_a_moment_for_company() -> None:
    """Three that come one shortly after another are one batch, though nothing was under way."""
    batches: list[list[int]] = []
    gathering = Gathering(_doubled(batches), limit=10, linger_seconds=0.5)
    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(gathering.ask, [1, 2, 3])) == [2, 4, 6]
    assert batches == [[1, 2, 3]]


def test_who_comes_meanwhile_is_served_together() -> None:
    """While the first batch is under way five ask; one batch serves them all, each with its own outcome."""
    batches: list[list[int]] = []
    under_way, go_on = threading.Event(), threading.Event()
    doubled = _doubled(batches)

    def run(items: Sequence[int]) -> list[int | Exception]:
        under_way.set()
        assert go_on.wait(5)
        return doubled(items)

    gathering = Gathering(run, limit=10)
    with ThreadPoolExecutor(6) as threads:
        first = threads.submit(gathering.ask, 0)
        assert under_way.wait(5)
        others = [threads.submit(gathering.ask, number) for number in range(1, 6)]
        while len(gathering._waiting) < 5:
            pass
        go_on.set()
        assert first.result() == 0
        assert [each.result() for each in others] == [2, 4, 6, 8, 10]
    assert [sorted(batch) for batch in batches] == [[0], [1, 2, 3, 4, 5]]


def test_a_batch_is_bounded() -> None:
    """Many more than the limit ask at once, and all are served."""
    batches: list[list[int]] = []
    gathering = Gathering(_doubled(batches), limit=3)
    with ThreadPoolExecutor(20) as threads:
        assert list(threads.map(gathering.ask, range(200))) == [2 * number for number in range(200)]
    assert max(map(len, batches)) <= 3


def test_one_that_fails_fails_alone() -> None:
    """A batch that fails as a whole is tried one by one: the others are served."""

    def run(items: Sequence[int]) -> list[int | Exception]:
        if 13 in items:
            raise ValueError(13)
        return list(items)

    gathering = Gathering(run, limit=10)

    def asked(number: int) -> int | None:
        try:
            return gathering.ask(number)
        except ValueError:
            return None

    with ThreadPoolExecutor(20) as threads:
        assert list(threads.map(asked, range(20))) == [None if number == 13 else number for number in range(20)]


def test_an_outcome_that_is_an_exception_is_raised() -> None:
    """For the one who asked for it."""
    gathering: Gathering[int, int] = Gathering(lambda items: [KeyError() for _ in items], limit=10)
    with pytest.raises(KeyError):
        gathering.ask(1)


def test_storage_that_is_away_is_not_tried_again_one_by_one() -> None:
    """All are told at once."""
    tries: list[int] = []

    def run(items: Sequence[int]) -> list[int | Exception]:
        tries.append(len(items))
        raise StorageUnreachable

    with pytest.raises(StorageUnreachable):
        Gathering(run, limit=10).ask(1)
    assert tries == [1]


def test_where_somebody_holds_a_lock_only_who_needs_it_fails() -> None:
    """All are tried one by one."""

    def run(items: Sequence[int]) -> list[int | Exception]:
        if 13 in items:
            raise StorageBusy
        return list(items)

    assert Gathering(run, limit=10)._outcomes([12, 13, 14])[::2] == [12, 14]


def _doubled(batches: list[list[int]]) -> Callable[[Sequence[int]], list[int | Exception]]:
    def run(items: Sequence[int]) -> list[int | Exception]:
        batches.append(list(items))
        return [2 * item for item in items]

    return run
