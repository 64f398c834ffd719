"""Minimum by proof: whatever is reported, agreed and consented to, nothing leaves beyond both.

Every fact of a made-up report has a value that stands nowhere else. What may leave is said here once more, by a rule
that shares no code with the product's; then the report is planned under made-up agreements and consents, rendered under
agreements that may have changed since, and every output is searched for every value.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tellusonce.channels.push_batch import batch_body
from tellusonce.domain.agency import Agency
from tellusonce.domain.agreement import Agreement
from tellusonce.domain.channel import Layout
from tellusonce.domain.consent import Consent, Consents, ConsentWithdrawal, Giver, Recording
from tellusonce.domain.directory import Directory
from tellusonce.domain.field import select
from tellusonce.domain.language import Language
from tellusonce.domain.planning import Declaration, plan
from tellusonce.domain.working_days import Division
from tellusonce.life_events.bereavement import BEREAVEMENT
from tellusonce.rendering.batch_file import BatchFileRenderer
from tellusonce.rendering.message import MessageRenderer
from tellusonce.rendering.notice import NoticeRenderer
from tellusonce.services.deliver import Claimed, NotAllowed
from tellusonce.services.explain import explained, refusals
from tellusonce.settings import Settings
from tests.builders import a_consent, an_agency
from tests.rendering.claims import a_claimed, at_noon

URL = "https://tellusonce.example.org"
TODAY = at_noon().date()
FIELDS = sorted(BEREAVEMENT.fields)
THIRD = ("partner", "household", "estate_contact")
CODES = ("agency-0", "agency-1", "agency-2")
TEMPLATES = Settings().templates_dir

some_fields = st.lists(st.sampled_from(FIELDS), min_size=1, unique=True).map(tuple)
some_agencies = st.lists(st.sampled_from(CODES), min_size=1, unique=True).map(tuple)
dates = st.integers(-3, 3).map(lambda days: TODAY + timedelta(days))
consents = st.builds(
    a_consent,
    given_by=st.sampled_from(Giver),
    capacity=st.sampled_from(["informant", "executor", "own-behalf"]),
    agencies=st.none() | some_agencies,
    fields=st.none() | some_fields,
    recorded=st.sampled_from(Recording),
)
withdrawals = st.builds(
    ConsentWithdrawal,
    given_by=st.none() | st.sampled_from(Giver),
    agencies=st.none() | some_agencies,
    withdrawn_at=st.sampled_from([a_consent().given_at + timedelta(days=days) for days in (-1, 1)]),
)
everybodys = st.builds(
    Consents, st.lists(consents, max_size=3).map(tuple), st.lists(withdrawals, max_size=1).map(tuple)
)


@st.composite
def agencies(draw: st.DrawFn) -> dict[str, Agency]:
    """Three, each with an agreement of its own making."""
    return {code: draw(agency(code)) for code in CODES}


@st.composite
def agency(draw: st.DrawFn, code: str) -> Agency:
    """One, whose agreement may have ended, and may be for somebody else's life event."""
    allowed = draw(some_fields)
    starts_on = draw(st.just(date(2020, 1, 1)) | dates)
    made = an_agency(
        code=code,
        agreements__bereavement__fields=allowed,
        agreements__bereavement__needs=draw(st.lists(st.sampled_from(allowed), unique=True, max_size=1)),
        agreements__bereavement__consent=draw(
            st.sampled_from(["statutory", "permission-of-informant", "explicit-consent"])
        ),
        agreements__bereavement__third_parties=draw(
            st.dictionaries(st.sampled_from(THIRD), st.sampled_from(["statutory", "own-consent"]))
        ),
        agreements__bereavement__starts_on=starts_on,
        agreements__bereavement__ends_on=draw(st.none() | dates.map(lambda day: max(day, starts_on))),
    )
    event = draw(st.sampled_from(["bereavement", "bereavement", "bereavement", "birth"]))
    return made.model_copy(update={"agreements": {event: made.agreements["bereavement"]}})


def in_days(agreement: Agreement) -> bool:
    return agreement.starts_on <= TODAY and (agreement.ends_on is None or agreement.ends_on >= TODAY)


def words_for(code: str, stated: Consents) -> list[Consent]:
    """The consents about the agency that nobody took back."""
    return [
        each
        for each in stated.given
        if (each.agencies is None or code in each.agencies)
        and not [
            back
            for back in stated.withdrawn
            if back.given_by in (None, each.given_by)
            and (back.agencies is None or code in back.agencies)
            and (each.recorded == "with-report" or each.given_at <= back.withdrawn_at)
        ]
    ]


def may_leave(told: Agency, field: str, stated: Consents) -> bool:
    """The rule, said once more: in the allow-list, on a day of the agreement, and with the words that it asks for."""
    agreement = told.agreements.get("bereavement")
    if agreement is None or field not in agreement.fields or not in_days(agreement):
        return False
    covering = [each for each in words_for(told.code, stated) if each.fields is None or field in each.fields]
    authority = [each for each in covering if each.capacity != "own-behalf"]
    if agreement.consent == "explicit-consent":
        authority = [each for each in authority if each.agencies and each.recorded != "with-report"]
    person = field.split(".", maxsplit=1)[0]
    if person in THIRD:
        ground = agreement.third_parties.get(person)
        if ground is None or (ground == "own-consent" and not [each for each in covering if each.given_by == person]):
            return False
    return agreement.consent == "statutory" or bool(authority)


def canaries(held: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, str]]:
    """Facts at these paths, and the value of each, which is part of no other."""
    numbers = count(1000)
    values = {path: f"canary{next(numbers)}x" for path in FIELDS}
    facts: dict[str, Any] = {}
    for path, value in values.items():
        *parents, leaf = path.split(".")
        group = facts
        for parent in parents:
            group = group.setdefault(parent, {})
        group[leaf] = [value] if leaf == "lines" else value
    return select(facts, held), {path: values[path] for path in held}


def outputs(claimed: Claimed, in_force: Mapping[str, Agency]) -> Iterator[tuple[str, bytes]]:
    """Everything that goes to the agency, by every channel: the inbox, a lease and a push have the message itself."""
    message = MessageRenderer(in_force, URL, at_noon).render(claimed)
    yield "message", message
    yield "batch of pushes", batch_body([message])
    for layout in Layout:
        files = BatchFileRenderer(TEMPLATES / "batch_files")
        yield f"{layout} file", files.render(in_force[claimed.agency], layout, [message])
    notice = NoticeRenderer(TEMPLATES, in_force, URL).render([claimed])
    yield "e-mail", f"{notice.subject}\n{notice.body}".encode()


@settings(max_examples=300)
@given(then=agencies(), now=st.none() | agencies(), held=some_fields, stated=everybodys)
def test_nothing_leaves_beyond_the_agreement_and_the_consents(
    then: dict[str, Agency], now: dict[str, Agency] | None, held: tuple[str, ...], stated: Consents
) -> None:
    """In all that goes out there is exactly what may leave: no other fact, and none is missing for want of anything."""
    facts, values = canaries(held)
    declaration = Declaration(BEREAVEMENT, facts, frozenset({"state-pension"}), stated)
    planned = plan(declaration, Directory(then.values()), TODAY, dict.fromkeys(Division, frozenset[date]()))
    in_force = now or then
    for each in planned.notifications:
        allowed = {path for path in held if may_leave(then[each.agency], path, stated)}
        assert set(each.fields) == allowed
        claimed = a_claimed(agency=each.agency, facts=facts, fields=each.fields)
        agreement = in_force[each.agency].agreements.get("bereavement")
        allowed = {path for path in allowed if agreement and path in agreement.fields and in_days(agreement)}
        try:
            for name, output in outputs(claimed, in_force):
                found = {path for path, value in values.items() if value.encode() in output}
                assert found == (set() if name == "e-mail" else allowed), name
        except NotAllowed:
            assert not allowed


@given(told=agencies(), held=some_fields, stated=everybodys, language=st.sampled_from(Language))
def test_an_explanation_names_fields_and_no_fact(
    told: dict[str, Agency], held: tuple[str, ...], stated: Consents, language: Language
) -> None:
    """What a plan says of itself holds no fact; and what it leaves out is what an agency told may not have."""
    facts, values = canaries(held)
    declaration = Declaration(BEREAVEMENT, facts, frozenset({"state-pension"}), stated)
    planned = plan(declaration, Directory(told.values()), TODAY, dict.fromkeys(Division, frozenset[date]()))
    notifications = explained(planned, "bereavement", told, language)
    words = json.dumps([notifications, refusals(planned, language)], default=str)
    assert not [value for value in values.values() if value in words]
    for each in notifications:
        left_out = {path for left in each["left_out"] for path in left["fields"]}
        assert left_out | set(each["fields"]) == set(held) & set(told[each["agency"]].agreements["bereavement"].fields)
        assert left_out.isdisjoint(each["fields"])
