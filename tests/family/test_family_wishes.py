"""What families wish to be told: one message a day at the most, each sent once, with no fact in it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from tellusonce.bootstrap import Service
from tellusonce.domain.acknowledgement import Outcome
from tellusonce.domain.family import Way
from tellusonce.domain.revision import Reason
from tellusonce.persistence.family_contacts import FamilyContacts
from tellusonce.services.family_link import STOP_PATH, ContactLinks, WrongLink
from tellusonce.services.family_wishes import FamilyMessage, FamilyWishes, TellFamilies, TooManyContacts, Wish
from tellusonce.services.forget import FactsDestroyed
from tellusonce.services.revise import Request
from tests.family.stage import REGISTRAR, STATE_PENSION, Stage
from tests.forgetting import days_pass, forget

ADDRESS = "daniel.holloway@example.org"
DELAYS_SECONDS = (5.0, 300.0)
_LINKS = ContactLinks(b"a key of 32 bytes that is no key")


class Postbag:
    """Takes messages, or does not."""

    def __init__(self, answer: bool | None = True) -> None:
        self.ways = frozenset(Way)
        self.carried: list[FamilyMessage] = []
        self.answer = answer

    def carry(self, message: FamilyMessage) -> bool | None:
        self.carried.append(message)
        return self.answer


@pytest.fixture
def postbag() -> Postbag:
    return Postbag()


@pytest.fixture
def wishes(service: Service) -> FamilyWishes:
    return FamilyWishes(FamilyContacts(service.database), _LINKS, frozenset(Way), _today, contacts_limit=2)


@pytest.fixture
def teller(service: Service, postbag: Postbag) -> Callable[..., TellFamilies]:
    """A sweep of some process, on a day so many days from now."""

    def make(days_later: int = 0) -> TellFamilies:
        return TellFamilies(
            FamilyContacts(service.database),
            postbag,
            service.family.help.of,
            lambda: _today() + timedelta(days=days_later),
            retry_delays_seconds=DELAYS_SECONDS,
            lease_seconds=60,
            limit=2,
        )

    return make


def _today() -> datetime:
    return datetime.now(UTC)


def a_wish(**overrides: Any) -> Wish:
    given = {"way": "email", "email": ADDRESS, "language": "cy", "updates": True, "reminders": False}
    return Wish.model_validate(given | overrides)


def morning(stage: Stage) -> None:
    """The next morning comes for every contact."""
    stage.rows("UPDATE family_contact SET look_at = now()")
    stage.rows("UPDATE family_message SET day = day - 1")


def test_what_has_changed_is_told_the_next_morning(
    stage: Stage, wishes: FamilyWishes, teller: Callable[..., TellFamilies], postbag: Postbag
) -> None:
    """Once, to the address and in the language that were given; the day after only if something has changed since."""
    wishes.add(stage.id, a_wish())
    stage.deliver(STATE_PENSION)
    assert teller().tell() == 0, "the morning has not come"
    morning(stage)
    assert teller().tell() == 1
    (message,) = postbag.carried
    assert (message.address, message.language, message.news, message.reminder) == (ADDRESS, "cy", True, False)
    morning(stage)
    assert teller().tell() == 0
    stage.hear(STATE_PENSION, Outcome.QUERY)
    morning(stage)
    assert teller().tell() == 1


def test_what_happened_before_the_wish_is_no_news(
    stage: Stage, wishes: FamilyWishes, teller: Callable[..., TellFamilies]
) -> None:
    """Who comes to the page has read it there."""
    stage.deliver()
    wishes.add(stage.id, a_wish())
    morning(stage)
    assert teller().tell() == 0


def test_a_withdrawn_report_is_news(stage: Stage, wishes: FamilyWishes, teller: Callable[..., TellFamilies]) -> None:
    """As is a correction."""
    wishes.add(stage.id, a_wish())
    stage.service.revise.withdraw(Request(stage.reference, Reason.PERSON_ALIVE, REGISTRAR, "holmshire"))
    morning(stage)
    assert teller().tell() == 1


def test_a_day_to_claim_by_is_reminded_of_once_two_weeks_before(
    service: Service, wishes: FamilyWishes, teller: Callable[..., TellFamilies], postbag: Postbag, stage: Stage
) -> None:
    """Whenever sweeps run meanwhile."""
    wishes.add(stage.id, a_wish(updates=False, reminders=True))
    due_on = _next_day(service, stage)
    early = (due_on - _today().date()).days - 15
    morning(stage)
    assert teller(early).tell() == 0
    morning(stage)
    assert teller(early + 2).tell() == 1
    assert [(each.news, each.reminder) for each in postbag.carried] == [(False, True)]
    morning(stage)
    assert teller(early + 3).tell() == 0


def _next_day(service: Service, stage: Stage) -> date:
    found = service.family.help.of(stage.reference)
    return min(due.on for each in found.claims for due in each.due if due.on > found.on + timedelta(days=20))


def test_nothing_is_reminded_of_after_a_withdrawal(
    service: Service, wishes: FamilyWishes, teller: Callable[..., TellFamilies], stage: Stage
) -> None:
    """There is nothing to claim."""
    wishes.add(stage.id, a_wish(updates=False, reminders=True))
    due_on = _next_day(service, stage)
    service.revise.withdraw(Request(stage.reference, Reason.PERSON_ALIVE, REGISTRAR, "holmshire"))
    morning(stage)
    assert teller((due_on - _today().date()).days).tell() == 0


def test_each_message_is_sent_once_however_many_sweep_at_once(
    stage: Stage, wishes: FamilyWishes, teller: Callable[..., TellFamilies], postbag: Postbag
) -> None:
    """Two wishes, two messages."""
    wishes.add(stage.id, a_wish())
    wishes.add(stage.id, a_wish(email="ruth.amberley@example.org"))
    stage.deliver()
    morning(stage)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: teller().tell(), range(8)))
    assert sorted(each.address for each in postbag.carried) == [ADDRESS, "ruth.amberley@example.org"]


def test_what_could_not_be_sent_is_tried_again_and_given_up(
    stage: Stage, wishes: FamilyWishes, teller: Callable[..., TellFamilies], postbag: Postbag
) -> None:
    """After each of the delays."""
    postbag.answer = False
    wishes.add(stage.id, a_wish())
    stage.deliver()
    morning(stage)
    for _ in range(5):
        teller().tell()
        stage.rows("UPDATE family_message SET next_attempt_at = now() WHERE next_attempt_at IS NOT NULL")
    assert len(postbag.carried) == len(DELAYS_SECONDS) + 1
    assert stage.rows("SELECT sent_at, next_attempt_at FROM family_message") == [(None, None)]


def test_what_can_never_be_sent_is_not_tried_again(
    stage: Stage, wishes: FamilyWishes, teller: Callable[..., TellFamilies], postbag: Postbag
) -> None:
    """Since the address is wrong."""
    postbag.answer = None
    wishes.add(stage.id, a_wish())
    stage.deliver()
    morning(stage)
    teller().tell()
    assert stage.rows("SELECT sent_at, next_attempt_at FROM family_message") == [(None, None)]


def test_who_dies_while_sending_leaves_the_message_due_again(stage: Stage, wishes: FamilyWishes) -> None:
    """After the lease, and not before."""
    store = FamilyContacts(stage.service.database)
    wishes.add(stage.id, a_wish())
    stage.deliver()
    morning(stage)
    teller = TellFamilies(
        store, Postbag(), stage.service.family.help.of, _today, retry_delays_seconds=(5,), lease_seconds=60, limit=2
    )
    store.decided([teller._decide(each) for each in store.look(10)])
    (first,) = store.claim(60, 10)
    assert store.claim(60, 10) == []
    stage.rows("UPDATE family_message SET next_attempt_at = now()")
    (again,) = store.claim(60, 10)
    assert (first.attempt, again.attempt) == (1, 2)
    store.not_sent(first, None)
    assert stage.rows("SELECT next_attempt_at IS NULL FROM family_message") == [(False,)], "a later attempt counts"


def test_addresses_are_stored_encrypted_and_go_with_the_facts(stage: Stage, wishes: FamilyWishes) -> None:
    """In no column in the clear; nothing of them is left when the time for keeping is over."""
    wishes.add(stage.id, a_wish())
    ((address,),) = stage.rows("SELECT address FROM family_contact")
    assert ADDRESS.encode() not in bytes(address)
    stage.rows("UPDATE notification SET state = 'actioned', next_attempt_at = NULL, closed_at = now()")
    days_pass(stage.service.database, 800)
    assert forget(stage.service.database) == 1
    assert stage.rows("SELECT * FROM family_contact") == []
    with pytest.raises(FactsDestroyed):
        wishes.add(stage.id, a_wish())


def test_a_report_has_a_bounded_number_of_contacts(stage: Stage, wishes: FamilyWishes) -> None:
    """Else its page would send messages to whom it likes."""
    for _ in range(2):
        wishes.add(stage.id, a_wish())
    with pytest.raises(TooManyContacts):
        wishes.add(stage.id, a_wish())


def test_a_wish_is_removed_on_the_page_of_its_report_alone(stage: Stage, wishes: FamilyWishes) -> None:
    """Another report's family has nothing to do with it."""
    wishes.add(stage.id, a_wish())
    (contact,) = wishes.of_report(stage.id)
    wishes.remove(contact.id, contact.id)
    assert wishes.of_report(stage.id) == [contact]
    wishes.remove(stage.id, contact.id)
    assert wishes.of_report(stage.id) == []


def test_messages_stop_by_their_link(
    stage: Stage, wishes: FamilyWishes, teller: Callable[..., TellFamilies], postbag: Postbag
) -> None:
    """Also those that wait; a second time changes nothing, and another link stops nothing."""
    wishes.add(stage.id, a_wish())
    stage.deliver()
    morning(stage)
    (contact,) = wishes.of_report(stage.id)
    token = _LINKS.path(contact.id).removeprefix(STOP_PATH)
    with pytest.raises(WrongLink):
        wishes.stop(token[:-1])
    wishes.stop(token)
    wishes.stop(token)
    assert teller().tell() == 0
    assert postbag.carried == []


@pytest.mark.parametrize(
    "overrides",
    [
        {"updates": False},
        {"email": None},
        {"email": "nobody"},
        {"way": "sms"},
        {"way": "sms", "telephone": "12"},
        {"way": "letter"},
    ],
)
def test_a_wish_that_cannot_be_fulfilled_is_none(overrides: dict[str, Any]) -> None:
    """It needs something to be told, and an address of its kind."""
    with pytest.raises(ValidationError):
        a_wish(**overrides)


def test_a_telephone_number_is_kept_in_its_one_form() -> None:
    """However it was typed."""
    assert a_wish(way="sms", telephone="07700 900123").address == "+447700900123"
