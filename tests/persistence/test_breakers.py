"""Circuit breakers: what all workers see of an agency in trouble."""

from typing import Any

from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.persistence.breakers import LaneControl
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import Lanes
from tellusonce.persistence.sweeps import Sweeps
from tellusonce.services.deliver import Claimed, Recorded, Result
from tests.persistence.stored import (
    COUNCIL_TAX,
    STATE_PENSION,
    a_stored_notification,
    a_stored_report,
    an_answer,
    delivered,
    failed,
    query,
)

BREAKER = CircuitBreaker(attempts_at_least=4, open_seconds=60, open_limit_seconds=100)

_ACTOR = "staff:gwen"


def _lanes(database: Database) -> Lanes:
    return Lanes(database, BREAKER)


def _claim(database: Database, limit: int = 10) -> list[Claimed]:
    return _lanes(database).claim(STATE_PENSION, limit, lease_seconds=60)


def _probe(database: Database) -> list[Claimed]:
    return _lanes(database).claim_one(STATE_PENSION, lease_seconds=60)


def _record(database: Database, *recorded: Recorded) -> None:
    _lanes(database).record(recorded, "push")


def _fail(database: Database, times: int = 4) -> None:
    for _ in range(times):
        a_stored_notification(database)
    _record(database, *[failed(each, retry_in_seconds=0) for each in _claim(database, times)])


def _pass_the_pause(database: Database) -> None:
    query(database, "UPDATE lane SET open_until = now(), probing_until = now() WHERE open_until IS NOT NULL")


def _opened(database: Database) -> Any:
    rows = query(database, "SELECT round(extract(epoch FROM open_until - now()))::int FROM lane")
    return rows[0][0] if rows else None


def test_a_few_failures_open_nothing(database: Database) -> None:
    """Below the least number of attempts nothing is concluded."""
    _fail(database, times=3)
    assert _opened(database) is None
    assert len(_claim(database)) == 3


def test_most_of_enough_failing_opens_it(database: Database) -> None:
    """Once most of enough attempts have failed, nothing is claimed, no attempt is spent, and nobody rings."""
    _fail(database)
    assert _opened(database) == 60
    assert _claim(database) == _probe(database) == []
    assert Sweeps(database).due_agencies([STATE_PENSION]) == []
    assert query(database, "SELECT DISTINCT attempts FROM notification") == [(1,)]


def test_some_failing_among_many_opens_nothing(database: Database) -> None:
    """An agency that fails now and then is not cut off."""
    for _ in range(12):
        a_stored_notification(database)
    first, *rest = _claim(database, 12)
    _record(database, failed(first), *[delivered(each) for each in rest[:5]])
    _record(database, *[delivered(each) for each in rest[5:]])
    assert _opened(database) is None


def test_another_agency_is_not_concerned(database: Database) -> None:
    """One agency's open breaker leaves the others' lanes as they are."""
    _fail(database)
    a_stored_report(database, COUNCIL_TAX)
    assert len(_lanes(database).claim(COUNCIL_TAX, 10, lease_seconds=60)) == 1


def test_after_the_pause_one_is_tried(database: Database) -> None:
    """When the pause is over there is one probe, whoever asks; none more while it is under way."""
    _fail(database)
    _pass_the_pause(database)
    assert Sweeps(database).due_agencies([STATE_PENSION]) == [STATE_PENSION]
    assert _claim(database) == []
    assert len(_probe(database)) == 1
    assert _probe(database) == []
    assert Sweeps(database).due_agencies([STATE_PENSION]) == []


def test_a_probe_that_fails_doubles_the_pause_up_to_its_limit(database: Database) -> None:
    """Each probe that fails makes the next pause twice as long, as far as the limit."""
    _fail(database)
    for seconds in (100, 100):
        _pass_the_pause(database)
        (probe,) = _probe(database)
        _record(database, failed(probe, retry_in_seconds=0))
        assert _opened(database) == seconds


def test_a_probe_that_is_taken_closes_it(database: Database) -> None:
    """One that the agency takes lets all go again, and the counting begins anew."""
    _fail(database)
    _pass_the_pause(database)
    (probe,) = _probe(database)
    _record(database, delivered(probe))
    assert _opened(database) is None
    assert len(_claim(database)) == 3


def test_what_failed_while_it_was_away_need_not_wait_when_it_is_back(database: Database) -> None:
    """Once a probe is taken, what was to be tried again much later is due at once."""
    for _ in range(4):
        a_stored_notification(database)
    _record(database, *[failed(each, retry_in_seconds=86_400) for each in _claim(database, 4)])
    a_stored_notification(database)
    _pass_the_pause(database)
    (probe,) = _probe(database)
    _record(database, delivered(probe))
    assert len(_claim(database)) == 4


def test_a_probe_whose_worker_died_is_followed_by_another(database: Database) -> None:
    """After its lease the next probe may be made."""
    _fail(database)
    _pass_the_pause(database)
    _probe(database)
    query(database, "UPDATE notification SET leased_until = now()")
    _pass_the_pause(database)
    assert len(_probe(database)) == 1


def test_what_was_under_way_when_it_opened_counts_no_more(database: Database) -> None:
    """Answers that come in after it opened do not make the pause longer."""
    late = [a_stored_notification(database) for _ in range(2)]
    claims = _claim(database, len(late))
    _fail(database)
    _record(database, *[failed(each) for each in claims])
    assert _opened(database) == 60


def test_an_agency_that_asks_to_wait_is_waited_for(database: Database) -> None:
    """After a Retry-After nothing is sent to the agency for so long, within the limit."""
    a_stored_notification(database)
    a_stored_notification(database)
    (claimed,) = _claim(database, 1)
    busy = an_answer(claimed, Result.REFUSED, status=429, retry_after_seconds=90)
    _record(database, Recorded(busy, failed(claimed).state, 90, None))
    assert _opened(database) == 90
    assert _claim(database) == []


def test_what_lost_attempts_twice_is_tried_alone(database: Database) -> None:
    """What may be killing the workers goes after the others, and by itself."""
    suspects = {a_stored_notification(database) for _ in range(2)}
    for _ in range(2):
        _claim(database)
        query(database, "UPDATE notification SET leased_until = now()")
    innocent = a_stored_notification(database)
    assert [each.id for each in _claim(database)] == [innocent]
    (alone,) = _probe(database)
    assert alone.id in suspects


def test_resuming_lets_all_go(database: Database) -> None:
    """A person may resume what is paused or held by its breaker; of what is neither nothing is said."""
    control = LaneControl(database)
    assert not control.resume(STATE_PENSION, _ACTOR)
    _fail(database)
    assert control.resume(STATE_PENSION, _ACTOR)
    assert _opened(database) is None
    control.pause(STATE_PENSION, "its system is being moved", _ACTOR)
    assert [(each["agency"], each["paused_because"]) for each in control.standing()] == [
        (STATE_PENSION, "its system is being moved")
    ]
    assert _claim(database) == _probe(database) == []
    assert control.resume(STATE_PENSION, _ACTOR)
    assert len(_claim(database)) == 4
