"""The lanes that one worker process attends."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from workers.lanes import AttendedLanes

SECONDS = 5
Deliver = Callable[[str, Callable[[], bool]], None]
Attend = Callable[..., AttendedLanes]


@pytest.fixture
def attending() -> Iterator[Attend]:
    """Makes lanes that are closed at the end."""
    with ExitStack() as opened:

        def made(deliver: Deliver, at_once: int = 8) -> AttendedLanes:
            lanes = AttendedLanes(deliver, at_once)
            opened.callback(lanes.close)
            return lanes

        yield made


class Gate:
    """A delivery that holds still until it is let go, and says how often and by how many at once it was entered."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.let_go = threading.Event()
        self.times: Counter[str] = Counter()
        self.inside: Counter[str] = Counter()
        self.most_inside: Counter[str] = Counter()
        self._changed = threading.Lock()

    def __call__(self, agency: str, _: Callable[[], bool]) -> None:
        with self._changed:
            self.times[agency] += 1
            self.inside[agency] += 1
            self.most_inside[agency] = max(self.most_inside[agency], self.inside[agency])
        self.entered.release()
        assert self.let_go.wait(SECONDS)
        with self._changed:
            self.inside[agency] -= 1

    def await_entry(self) -> None:
        assert self.entered.acquire(timeout=SECONDS)


def test_a_lane_is_attended_once_however_often_its_bell_rings(attending: Attend) -> None:
    gate = Gate()
    lanes = attending(gate)
    for _ in range(10):
        lanes.attend("holmshire-council-tax")
    gate.await_entry()
    gate.let_go.set()
    # The rings that came meanwhile call for one look more, and not for nine.
    gate.await_entry()
    assert not gate.entered.acquire(timeout=0.1)
    assert gate.times["holmshire-council-tax"] == 2
    assert gate.most_inside["holmshire-council-tax"] == 1


def test_a_ring_during_the_last_look_is_not_lost(attending: Attend) -> None:
    looks: list[str] = []
    twice = threading.Event()

    def deliver(agency: str, stop: Callable[[], bool]) -> None:
        looks.append(agency)
        if len(looks) == 1:
            lanes.attend(agency)  # as if it rang after the last claim came back empty
        else:
            twice.set()

    lanes = attending(deliver)
    lanes.attend("holmshire-council-tax")
    assert twice.wait(SECONDS)


def test_whatever_was_due_at_a_ring_is_seen_to_however_rings_and_looks_interleave(attending: Attend) -> None:
    due: Counter[str] = Counter()
    changed = threading.Lock()

    def deliver(agency: str, stop: Callable[[], bool]) -> None:
        with changed:
            due[agency] = 0

    lanes = attending(deliver)

    def report(agency: str) -> None:
        for _ in range(500):
            with changed:
                due[agency] += 1
            lanes.attend(agency)

    with ThreadPoolExecutor(4) as registrars:
        list(registrars.map(report, ["holmshire-council-tax", "holmshire-housing-benefit"] * 2))
    # Not by closing, which leaves the look that the last ring calls for to the next sweep.
    give_up_at = time.monotonic() + SECONDS
    while due.total() and time.monotonic() < give_up_at:
        time.sleep(0.001)
    assert due.total() == 0


def test_a_slow_lane_holds_up_no_other(attending: Attend) -> None:
    gate = Gate()
    other = threading.Event()
    lanes = attending(lambda agency, stop: gate(agency, stop) if agency == "slow" else other.set())
    lanes.attend("slow")
    gate.await_entry()
    lanes.attend("quick")
    assert other.wait(SECONDS)
    assert gate.inside["slow"] == 1
    gate.let_go.set()


def test_a_ring_for_which_there_is_no_room_is_left_to_the_next_sweep(attending: Attend) -> None:
    gate = Gate()
    lanes = attending(gate, at_once=1)
    lanes.attend("first")
    gate.await_entry()
    lanes.attend("second")
    gate.let_go.set()
    lanes.close()
    assert gate.times == {"first": 1}


def test_an_exception_ends_neither_the_lane_nor_the_others(attending: Attend) -> None:
    seen: list[str] = []
    again = threading.Event()

    def deliver(agency: str, stop: Callable[[], bool]) -> None:
        seen.append(agency)
        if seen.count("broken") == 2:
            again.set()
        if agency == "broken":
            raise RuntimeError("Margaret Ann Holloway")

    lanes = attending(deliver, at_once=2)
    lanes.attend("broken")
    lanes.attend("sound")
    give_up_at = time.monotonic() + SECONDS
    while not again.is_set() and time.monotonic() < give_up_at:
        lanes.attend("broken")
        time.sleep(0.01)
    assert again.is_set()
    assert "sound" in seen


def test_what_an_exception_says_is_not_logged(attending: Attend, capsys: pytest.CaptureFixture[str]) -> None:
    def deliver(agency: str, stop: Callable[[], bool]) -> None:
        raise RuntimeError("Margaret Ann Holloway")

    lanes = attending(deliver)
    lanes.attend("broken")
    lanes.close()
    logged = "".join(capsys.readouterr())
    assert "RuntimeError" in logged
    assert "Holloway" not in logged


def test_closing_waits_for_what_is_under_way_and_takes_no_more(attending: Attend) -> None:
    gate = Gate()
    asked_to_stop = threading.Event()

    def deliver(agency: str, stop: Callable[[], bool]) -> None:
        gate(agency, stop)
        if stop():
            asked_to_stop.set()

    lanes = attending(deliver)
    lanes.attend("holmshire-council-tax")
    gate.await_entry()
    closing = threading.Thread(target=lanes.close)
    closing.start()
    closing.join(0.1)
    assert closing.is_alive()

    lanes.attend("holmshire-housing-benefit")
    lanes.attend("holmshire-council-tax")
    gate.let_go.set()
    closing.join(SECONDS)

    assert not closing.is_alive()
    assert asked_to_stop.is_set()
    assert gate.times == {"holmshire-council-tax": 1}
