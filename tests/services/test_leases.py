"""Pulling under leases, over a real database: each notification is one holder's at a time."""

from itertools import count
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tellusonce.domain.acknowledgement import StaleLease
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.notification import State
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import Lanes
from tellusonce.persistence.leases import StoredLeases
from tellusonce.services.acknowledge import Acknowledge, Verdict
from tellusonce.services.deliver import Claimed, NotAllowed
from tellusonce.services.leases import Lease, Leases, NoSuchLease
from tests.persistence.racing import at_once
from tests.persistence.stored import (
    STATE_PENSION,
    a_stored_notification,
    an_acknowledgement,
    follow_ups_of,
    query,
    state_of,
    trail_of,
)

_ACTOR = "agency:dwp-state-pension"
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("pull"), st.integers(1, 4)),
        st.tuples(st.just("time passes"), st.just(0)),
        st.tuples(st.sampled_from(["extend", "give back", "acknowledge"]), st.integers(0, 20)),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_steps)
def test_only_the_latest_lease_holds(database: Database, steps: list[tuple[str, int]]) -> None:
    """Whatever an agency does in whatever order: what is held is not given again, and only the latest lease counts."""
    query(database, "UPDATE notification SET state = 'parked', next_attempt_at = NULL")  # of the examples before
    for _ in range(4):
        a_stored_notification(database)
    model, leases = Model(), _leases(database)
    for step, number in steps:
        match step:
            case "pull":
                model.pulled(leases.take(STATE_PENSION, number, 60, _ACTOR))
            case "time passes":
                query(database, "UPDATE notification SET leased_until = now() WHERE leased_until IS NOT NULL")
                query(database, "UPDATE notification SET next_attempt_at = now() WHERE state = 'queued'")
                model.held.clear()
            case _ if model.given:
                lease = model.given[number % len(model.given)]
                assert _does(database, leases, step, lease) is model.may(step, lease)


class Model:
    """What must be so, in plain sets."""

    def __init__(self) -> None:
        self.given: list[Lease] = []
        self.latest: dict[UUID, str] = {}
        self.held: set[UUID] = set()
        self.over: set[str] = set()
        self.acknowledged: set[UUID] = set()

    def pulled(self, leases: list[Lease]) -> None:
        for lease in leases:
            assert lease.notification not in self.held | self.acknowledged
            assert lease.id not in {each.id for each in self.given}
            self.given.append(lease)
            self.latest[lease.notification] = lease.id
            self.held.add(lease.notification)

    def may(self, step: str, lease: Lease) -> bool:
        """Whether it is done now, or was done before."""
        latest = self.latest[lease.notification] == lease.id
        holds = latest and lease.id not in self.over and lease.notification not in self.acknowledged
        match step:
            case "extend" if holds:
                self.held.add(lease.notification)
            case "give back" if holds:
                self.over.add(lease.id)
                self.held.discard(lease.notification)
            case "acknowledge" if latest:
                self.acknowledged.add(lease.notification)
        done = {"extend": holds, "give back": lease.id in self.over}
        return done.get(step, lease.notification in self.acknowledged)


def _does(database: Database, leases: Leases, step: str, lease: Lease) -> bool:
    try:
        match step:
            case "extend":
                leases.extend(STATE_PENSION, lease.id, 60)
            case "give back":
                leases.give_back(STATE_PENSION, lease.id, "Closed.", _ACTOR)
            case _:
                word = an_acknowledgement(lease.notification).model_copy(update={"lease": lease.id})
                (answer,) = Acknowledge(Acknowledgements(database)).acknowledge(STATE_PENSION, [word])
                return answer.verdict is Verdict.RECORDED
    except StaleLease:
        return False
    return True


def test_many_pull_at_once(database: Database) -> None:
    """However many programs of an agency pull at the same time, each notification is given to one of them."""
    notifications = {a_stored_notification(database) for _ in range(40)}
    taken = at_once([lambda: _leases(database).take(STATE_PENSION, 5, 60, _ACTOR)] * 8)
    given = [lease.notification for leases in taken if isinstance(leases, list) for lease in leases]
    assert len(given) == 40
    assert set(given) == notifications


def test_what_does_not_fit_is_as_if_it_had_not_been_claimed(database: Database) -> None:
    """It is due at once for whoever asks next, with no attempt counted."""
    first, second = (a_stored_notification(database) for _ in range(2))
    (lease,) = _leases(database, limit_bytes=50).take(STATE_PENSION, 10, 60, _ACTOR)
    assert lease.notification == first
    assert query(database, "SELECT attempts, lost_attempts, leased_until FROM notification WHERE id = %s", second) == [
        (0, 0, None)
    ]


def test_a_message_longer_than_the_bound_is_given_alone(database: Database) -> None:
    """The bound delays nothing for ever."""
    notifications = [a_stored_notification(database) for _ in range(2)]
    leases = _leases(database, limit_bytes=1)
    given = [lease.notification for _ in notifications for lease in leases.take(STATE_PENSION, 10, 60, _ACTOR)]
    assert given == notifications


def test_what_is_no_longer_allowed_is_not_given(database: Database) -> None:
    """It is parked with a follow-up, and those behind it are given."""
    first, second = (a_stored_notification(database) for _ in range(2))
    numbers = count()

    def render(_claimed: Claimed) -> bytes:
        if next(numbers) == 0:
            raise NotAllowed
        return b"{}"

    leases = Leases(
        lane=Lanes(database, CircuitBreaker()),
        store=StoredLeases(database),
        render=render,
        lost_attempts_limit=5,
        limit_bytes=1_000,
    )
    assert [lease.notification for lease in leases.take(STATE_PENSION, 10, 60, _ACTOR)] == [second]
    assert state_of(database, first) is State.PARKED
    assert follow_ups_of(database, first, still_open=True) == [FollowUpKind.UNDELIVERABLE]
    assert "leased" not in trail_of(database, first)


@pytest.mark.parametrize("lease", ["", "first", "019a91c2-5b01-7c3e-9d54-2f6d0a7be101", "019a91c2.1", "\x00"])
def test_a_lease_that_is_none_is_not_looked_for(database: Database, lease: str) -> None:
    """Ids of another form name nothing."""
    with pytest.raises(NoSuchLease):
        _leases(database).extend(STATE_PENSION, lease, 60)


def _leases(database: Database, limit_bytes: int = 100_000) -> Leases:
    return Leases(
        lane=Lanes(database, CircuitBreaker()),
        store=StoredLeases(database),
        render=lambda claimed: str(claimed.id).encode(),
        lost_attempts_limit=1_000,
        limit_bytes=limit_bytes,
    )
