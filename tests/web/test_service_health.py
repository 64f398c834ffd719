"""The page on which a supervisor sees whether the service is well, and what to do where it is not."""

from datetime import UTC, datetime

import pytest

from tellusonce.bootstrap import Service
from tellusonce.persistence.tallies import Heartbeats
from tellusonce.persistence.watching import Due, Heard, Unsealed
from tellusonce.services.api_keys import Role
from tellusonce.services.pulse import Kind, Pulse, Tallies
from tellusonce.web.pages.service_health import SWEEPS, Machine, machines, troubles
from tests.persistence.stored import a_stored_report, query
from tests.web.visiting import Visitors
from workers.app import configuration

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
SEALED = Unsealed(0, 0.0)
WAYS: dict[str, tuple[list[str], Unsealed, list[Due], list[str]]] = {
    "all is well": (["worker", "sweep"], SEALED, [], []),
    "no worker": ([], SEALED, [], ["No worker"]),
    "no beat": (["worker"], SEALED, [], ["Workers are there, but nobody asks"]),
    "a sweep fails": (["sweep", "failing"], SEALED, [], ["The sweep “seal” has failed"]),
    "one agency waits": (["sweep"], SEALED, [Due("dwp", 3, 7200)], ["What is due for 1 agency waits"]),
    "two agencies wait": (["sweep"], SEALED, [Due("a", 3, 7200), Due("b", 3, 7000)], ["What is due for 2 agencies"]),
    "a moment's work": (["sweep"], SEALED, [Due("dwp", 3, 5)], []),
    "not sealed": (["sweep"], Unsealed(9, 600), [], ["The trail has not been sealed for 10 minutes"]),
}


def heard(kind: str, process: str = "here 1", silent_seconds: float = 2) -> Heard:
    if kind == "failing":
        return Heard(Kind.SWEEP, "seal", AT, AT, silent_seconds, AT)
    return Heard(Kind(kind), "sweep" if kind == "sweep" else process, AT, AT, silent_seconds, None)


@pytest.mark.parametrize("way", WAYS)
def test_each_trouble_is_named_with_what_to_do(way: str) -> None:
    kinds, unsealed, due, begins = WAYS[way]
    found = troubles([heard(kind) for kind in kinds], 15, unsealed, due)
    assert [each.what[: len(begin)] for each, begin in zip(found, begins, strict=True)] == begins
    assert all(each.do for each in found)


def test_processes_are_shown_by_machine() -> None:
    told = [heard("api"), heard("worker", "here 2"), heard("worker", "here 3", 60), heard("worker", "there 2", 5)]
    assert machines(told, limit_seconds=15) == [
        Machine(Kind.API, "here", 1, 0, 2),
        Machine(Kind.WORKER, "here", 1, 1, 2),
        Machine(Kind.WORKER, "there", 1, 0, 5),
    ]


def test_every_sweep_is_explained() -> None:
    asked_for_by_another = {"clean"}
    assert set(SWEEPS) == set(configuration()["beat_schedule"]) | asked_for_by_another


def test_a_supervisor_sees_who_was_heard_from(visitors: Visitors, service: Service) -> None:
    pulse = Pulse(Heartbeats(service.database), Kind.WORKER, "river 4711", 60, Tallies())
    pulse.look("sweep", lambda: None)
    pulse.beat()
    a_stored_report(service.database)
    query(service.database, "UPDATE notification SET next_attempt_at = now() - interval '3 hours'")
    shown = visitors.of_role(Role.SUPERVISOR).get("/service").text
    for words in (
        "river",
        "Wakes workers for what is due",
        "Department for Work and Pensions",
        "3 hours",
        "1 entry waits",
    ):
        assert words in shown, words
