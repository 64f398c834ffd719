"""What a later version of a report means for one agency."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.notification import NotificationKind, State
from tellusonce.domain.revision import Told, revise


@dataclass(frozen=True)
class Sent:
    """A notification as it stands."""

    told: Told
    kind: NotificationKind = NotificationKind.ORIGINAL
    state: State = State.ACTIONED
    attempts: int = 1
    sequence: int = 1


def told(family_name: str = "Holloway", *, provisional: bool = False, **deceased: str) -> Told:
    facts = {"deceased": {"family_name": family_name, **deceased}}
    return Told(facts, frozenset({"state-pension"}), provisional)


UNSENT = Sent(told("Holoway"), state=State.QUEUED, attempts=0)


def test_an_agency_that_knows_it_all_hears_nothing() -> None:
    """Where what an agency may know has not changed, nothing is sent."""
    assert revise([Sent(told())], told()) == revise([], None)
    assert revise([Sent(told())], told()).step is None


def test_what_changed_is_told_by_a_correction() -> None:
    """An agency that was told otherwise gets everything anew, and the names of the fields that differ."""
    step = revise([Sent(told("Holoway", title="Mrs"))], told("Holloway", name_at_birth="Pryce")).step
    assert step is not None
    assert (step.kind, step.sequence, step.state) == (NotificationKind.CORRECTION, 2, State.QUEUED)
    assert set(step.changed) == {"deceased.family_name", "deceased.name_at_birth", "deceased.title"}


def test_who_must_now_be_told_gets_its_first() -> None:
    """An agency that a correction brings in is told as if it were the original."""
    step = revise([], told()).step
    assert step is not None
    assert (step.kind, step.sequence, step.changed) == (NotificationKind.ORIGINAL, 1, ())


def test_who_need_not_have_been_told_is_asked_to_reverse() -> None:
    """An agency that a correction leaves out, or of which the report is withdrawn, gets a withdrawal."""
    step = revise([Sent(told())], None).step
    assert step is not None
    assert (step.kind, step.sequence) == (NotificationKind.WITHDRAWAL, 2)


def test_what_was_never_sent_is_superseded() -> None:
    """A version that was not sent yet is not sent; the new one comes in its place, and under its sequence."""
    revision = revise([UNSENT], told())
    assert revision.supersedes
    assert revision.step is not None
    assert (revision.step.kind, revision.step.sequence) == (NotificationKind.ORIGINAL, 1)


def test_a_withdrawal_reaches_nobody_who_was_not_told() -> None:
    """Where nothing was sent, the withdrawal supersedes it and sends nothing."""
    revision = revise([UNSENT], None)
    assert revision.supersedes
    assert revision.step is None


def test_back_to_what_was_told_sends_nothing() -> None:
    """A correction that was not sent yet and is taken back leaves the agency as it is."""
    waiting = Sent(told("Hollway"), NotificationKind.CORRECTION, State.WAITING, attempts=0, sequence=2)
    revision = revise([Sent(told(), state=State.QUEUED), waiting], told())
    assert revision.supersedes
    assert revision.step is None


def test_what_waits_already_is_left() -> None:
    """A version on its way that says the same is not made again."""
    waiting = Sent(told(), NotificationKind.CORRECTION, State.WAITING, attempts=0, sequence=2)
    revision = revise([Sent(told("Hollway"), state=State.QUEUED), waiting], told())
    assert not revision.supersedes
    assert revision.step is None


@pytest.mark.parametrize(
    ("state", "then"), [(State.QUEUED, State.WAITING), (State.PARKED, State.WAITING), (State.DELIVERED, State.QUEUED)]
)
def test_a_later_version_waits_for_the_earlier(state: State, then: State) -> None:
    """What was tried may have arrived: the later version waits until it is known that the earlier one has."""
    step = revise([Sent(told("Holoway"), state=state)], told()).step
    assert step is not None
    assert step.state is then


def test_after_a_withdrawal_an_agency_is_told_anew() -> None:
    """An agency that was left out and is brought in again is told as for the first time, in its sequence."""
    withdrawn = Sent(told(), NotificationKind.WITHDRAWAL, State.REVERSED, sequence=2)
    step = revise([Sent(told(), state=State.SUPERSEDED), withdrawn], told()).step
    assert step is not None
    assert (step.kind, step.sequence) == (NotificationKind.ORIGINAL, 3)


def test_what_was_provisional_is_confirmed_though_no_fact_changed() -> None:
    """That a death is registered now is news to all who were told that it was not yet."""
    step = revise([Sent(told(provisional=True))], told()).step
    assert step is not None
    assert (step.kind, step.changed) == (NotificationKind.CORRECTION, ())


STATES = st.sampled_from([State.QUEUED, State.DELIVERED, State.ACTIONED, State.PARKED])
WANTED = st.none() | st.sampled_from([told("Holloway"), told("Holoway"), told("Hollway", title="Mrs")])


@given(st.lists(st.tuples(WANTED, STATES, st.booleans()), max_size=12))
def test_however_often_it_changes_the_agency_ends_knowing_what_it_should(
    versions: list[tuple[Told | None, State, bool]],
) -> None:
    """Whatever was sent, waits or was superseded between, the last notification that goes says the last version."""
    standings: list[Sent] = []
    for wanted, state, tried in versions:
        revision = revise(standings, wanted)
        if revision.supersedes:
            standings.pop()
        if revision.step:
            step = revision.step
            content = wanted or standings[-1].told
            standings.append(Sent(content, step.kind, step.state, 0, step.sequence))
        if tried and standings and standings[-1].state is not State.WAITING:
            standings[-1] = replace(standings[-1], state=state, attempts=1)
        elif tried and len(standings) > 1:
            standings[-2:] = [replace(standings[-2], state=State.DELIVERED), replace(standings[-1], state=State.QUEUED)]
        known = None if not standings or standings[-1].kind is NotificationKind.WITHDRAWAL else standings[-1].told
        assert known == wanted
        assert [each.sequence for each in standings] == list(range(1, len(standings) + 1))
        assert all(each.attempts for each in standings[:-1]), "only the last may be unsent"
