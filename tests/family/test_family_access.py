"""Coming to a report's page by what one knows of it: three wrong tries, then a pause; nothing is given away."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from statistics import median
from time import perf_counter

import pytest

from tellusonce.domain.trail import Action
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.persistence.database import Database
from tellusonce.persistence.family_access import StoredAccess
from tellusonce.persistence.reports import Reports
from tellusonce.services.family_access import Entered, FamilyAccess, NotRecognised, Paused
from tellusonce.services.family_link import PATH, FamilyLinks, LinkEnded, WrongLink, link_key
from tellusonce.services.reference import new_reference
from tellusonce.services.register import NewReport
from tests.builders import a_bereavement
from tests.forgetting import days_pass, forget
from tests.persistence.stored import a_report, query

HOME, ELSEWHERE = b"\x0a\x00\x00\x01", b"\x0a\x00\x00\x02"
DIED_ON = date(2026, 3, 14)
_NOW = datetime(2026, 3, 19, 10, 12, tzinfo=UTC)
_LINKS = FamilyLinks(link_key(b"a secret of 32 bytes that is none"), lambda: _NOW, days=365)
_PAUSE_SECONDS = 1_200


def an_access(database: Database) -> FamilyAccess:
    """As of a process of its own."""
    return FamilyAccess(StoredAccess(database, 3, _PAUSE_SECONDS), _LINKS, LIFE_EVENTS, limit=2)


@pytest.fixture
def access(database: Database) -> FamilyAccess:
    return an_access(database)


@pytest.fixture
def stored(database: Database) -> Callable[..., NewReport]:
    """Stores a report with these facts."""

    def store(**facts: str) -> NewReport:
        report = replace(a_report(), facts=a_bereavement(**facts))
        Reports(database).add([report])
        return report

    return store


def entered(report: NewReport, family_name: str = "Holloway", died_on: date = DIED_ON) -> Entered:
    return Entered(report.reference, family_name, died_on)


def wrongly(access: FamilyAccess, reference: str, origin: bytes = HOME, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(NotRecognised):
            access.enter(Entered(reference, "Somebody", DIED_ON), origin)


def test_who_knows_reference_surname_and_day_comes_in(access: FamilyAccess, stored: Callable[..., NewReport]) -> None:
    """And is given the report's id."""
    report = stored()
    assert access.enter(entered(report), HOME) == report.id


@pytest.mark.parametrize("typed", ["O'Brien-Müller", "obrien muller", "O\u2019BRIEN\u2013MULLER", " O'Brien  Müller "])
def test_a_surname_is_compared_by_its_letters(
    access: FamilyAccess, stored: Callable[..., NewReport], typed: str
) -> None:
    """Case, accents, spaces, hyphens and apostrophes do not matter."""
    report = stored(deceased__family_name="O'Brien-Müller")
    assert access.enter(entered(report, typed), HOME) == report.id


@pytest.mark.parametrize(("known", "day"), [("2026-03", date(2026, 3, 1)), ("2026", date(2026, 12, 31))])
def test_a_day_known_in_part_is_compared_as_far_as_it_goes(
    access: FamilyAccess, stored: Callable[..., NewReport], known: str, day: date
) -> None:
    """Where the register has only the month or the year, the family may know more."""
    report = stored(deceased__date_of_death=known)
    assert access.enter(entered(report, died_on=day), HOME) == report.id
    with pytest.raises(NotRecognised):
        access.enter(entered(report, died_on=date(2025, 3, 14)), HOME)


def test_nobody_comes_in_by_a_day_that_is_not_known(access: FamilyAccess, stored: Callable[..., NewReport]) -> None:
    """Whatever they enter: the link from the receipt serves them."""
    report = stored(deceased__date_of_death="unknown")
    wrongly(access, report.reference)
    with pytest.raises(NotRecognised):
        access.enter(entered(report), HOME)


@pytest.mark.parametrize("family_name", ["", "-", "Hollowa", "Hollowayy", "Pryce"])
def test_who_does_not_know_the_surname_stays_outside(
    access: FamilyAccess, stored: Callable[..., NewReport], family_name: str
) -> None:
    """Not by a part of it, nor by none."""
    with pytest.raises(NotRecognised):
        access.enter(entered(stored(), family_name), HOME)


def test_coming_in_is_an_entry_in_the_trail(
    access: FamilyAccess, stored: Callable[..., NewReport], database: Database
) -> None:
    """It says how, and nothing of who; a wrong try is none."""
    report = stored()
    wrongly(access, report.reference)
    access.enter(entered(report), HOME)
    access.enter_by_link(_LINKS.path(report.reference).removeprefix(PATH))
    read = query(database, "SELECT actor, detail FROM trail WHERE action = %s ORDER BY id", Action.READ)
    assert read == [("family", {"by": "details"}), ("family", {"by": "link"})]


def test_after_three_wrong_tries_even_the_right_one_waits(
    access: FamilyAccess, stored: Callable[..., NewReport], database: Database
) -> None:
    """For 20 minutes, from wherever it comes and whichever process it comes to."""
    report = stored()
    wrongly(access, report.reference, times=3)
    with pytest.raises(Paused) as paused:
        an_access(database).enter(entered(report), ELSEWHERE)
    ((seconds,),) = query(database, "SELECT extract(epoch FROM %s - now())::float8", paused.value.until)
    assert _PAUSE_SECONDS - 30 < seconds <= _PAUSE_SECONDS


def test_a_pause_is_not_made_longer_by_more_tries(access: FamilyAccess, database: Database) -> None:
    """Who tries on waits until the same time."""
    reference = new_reference()
    wrongly(access, reference, times=3)
    until = set()
    for _ in range(3):
        with pytest.raises(Paused) as paused:
            wrongly(access, reference)
        until.add(paused.value.until)
    assert len(until) == 1


def test_after_the_pause_there_are_three_tries_again(
    access: FamilyAccess, stored: Callable[..., NewReport], database: Database
) -> None:
    """Nothing is left of those before."""
    report = stored()
    wrongly(access, report.reference, times=3)
    query(database, "UPDATE family_try SET ends_at = now()")
    wrongly(access, report.reference, times=2)
    assert access.enter(entered(report), HOME) == report.id


def test_an_address_has_three_wrong_tries_whatever_the_references(
    access: FamilyAccess, stored: Callable[..., NewReport]
) -> None:
    """So nobody goes through references; others are not kept waiting."""
    report = stored()
    for _ in range(3):
        wrongly(access, new_reference())
    with pytest.raises(Paused):
        access.enter(entered(report), HOME)
    assert access.enter(entered(report), ELSEWHERE) == report.id


def test_a_paused_address_counts_against_no_reference(access: FamilyAccess, stored: Callable[..., NewReport]) -> None:
    """Else one address could keep every family out."""
    report = stored()
    wrongly(access, new_reference(), times=3)
    for _ in range(5):
        with pytest.raises(Paused):
            wrongly(access, report.reference)
    assert access.enter(entered(report), ELSEWHERE) == report.id


def test_a_right_try_wipes_out_the_wrong_ones_for_its_reference_alone(
    access: FamilyAccess, stored: Callable[..., NewReport]
) -> None:
    """Who knows one report may not try others for ever by coming in to their own in between."""
    report = stored()
    wrongly(access, new_reference(), times=2)
    for _ in range(5):
        assert access.enter(entered(report), HOME) == report.id
    wrongly(access, new_reference())
    with pytest.raises(Paused):
        access.enter(entered(report), HOME)


def test_tries_at_once_are_no_more_than_three(access: FamilyAccess, database: Database) -> None:
    """Each is counted before it is known whether it is wrong."""
    reference = new_reference()

    def outcome(number: int) -> type[Exception]:
        try:
            access.enter(Entered(reference, "Somebody", DIED_ON), bytes([10, 0, 1, number]))
        except (NotRecognised, Paused) as refused:
            return type(refused)
        raise AssertionError("there is no such report")

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(outcome, range(24)))
    assert (outcomes.count(NotRecognised), outcomes.count(Paused)) == (3, 21)


def test_a_reference_that_is_none_is_answered_and_paused_like_any_other(access: FamilyAccess) -> None:
    """Nobody learns from it which references there are."""
    reference = new_reference()
    wrongly(access, reference, times=3)
    with pytest.raises(Paused):
        access.enter(Entered(reference, "Somebody", DIED_ON), ELSEWHERE)


def test_a_wrong_answer_takes_as_long_whether_there_is_a_report_or_not(
    database: Database, stored: Callable[..., NewReport]
) -> None:
    """As much is read, decrypted and compared: the medians are within a third of one another."""
    store = StoredAccess(database, 10_000, _PAUSE_SECONDS)
    access = FamilyAccess(store, _LINKS, LIFE_EVENTS, limit=2)
    seconds: dict[str, list[float]] = {stored().reference: [], new_reference(): []}
    for _ in range(60):
        for reference, taken in seconds.items():
            began = perf_counter()
            wrongly(access, reference)
            taken.append(perf_counter() - began)
    one, other = (median(taken) for taken in seconds.values())
    assert abs(one - other) < max(one, other) / 3


def test_nobody_comes_in_once_the_facts_are_destroyed(
    access: FamilyAccess, stored: Callable[..., NewReport], database: Database
) -> None:
    """The answer is that of a report that is not there."""
    report = stored()
    query(database, "UPDATE notification SET state = 'actioned', next_attempt_at = NULL, closed_at = now()")
    days_pass(database, 400)
    assert forget(database) == 1
    with pytest.raises(NotRecognised):
        access.enter(entered(report), HOME)


def test_tries_are_forgotten_when_their_pause_is_over(access: FamilyAccess, database: Database) -> None:
    """In bounded batches; those that still count stay."""
    for number in range(5):
        wrongly(access, new_reference(), bytes([10, 0, 2, number]))
    query(
        database,
        "UPDATE family_try SET ends_at = now() WHERE holder <> (SELECT holder FROM family_try ORDER BY holder LIMIT 1)",
    )
    assert access.forget_tries() == 9
    assert query(database, "SELECT count(*) FROM family_try") == [(1,)]


def test_nobody_who_reads_the_table_learns_who_tried(access: FamilyAccess, database: Database) -> None:
    """Holders are keyed digests."""
    reference = new_reference()
    wrongly(access, reference)
    holders = b"".join(holder for (holder,) in query(database, "SELECT holder FROM family_try"))
    assert reference.encode() not in holders
    assert HOME not in holders


def test_who_holds_a_link_comes_in_while_the_reference_is_paused(
    access: FamilyAccess, stored: Callable[..., NewReport]
) -> None:
    """Others cannot keep out who has the receipt."""
    report = stored()
    wrongly(access, report.reference, times=3)
    assert access.enter_by_link(_LINKS.path(report.reference).removeprefix(PATH)) == report.id


def test_a_link_that_leads_nowhere_is_a_wrong_one(access: FamilyAccess) -> None:
    """Also where its signature is right."""
    with pytest.raises(WrongLink):
        access.enter_by_link(_LINKS.path(new_reference()).removeprefix(PATH))
    with pytest.raises(WrongLink):
        access.enter_by_link("1.7K4M92QX1.20270319.no-signature")


def test_a_link_ends(database: Database, stored: Callable[..., NewReport]) -> None:
    """What is over is told apart from what is wrong: the family is told what to do."""
    ended = FamilyLinks(link_key(b"a secret of 32 bytes that is none"), lambda: _NOW, days=-1)
    with pytest.raises(LinkEnded):
        an_access(database).enter_by_link(ended.path(stored().reference).removeprefix(PATH))
