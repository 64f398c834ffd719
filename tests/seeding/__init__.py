"""A service that has been at work for months: much is finished, much is outstanding, and one agency takes nothing.

What is outstanding was registered by the service itself, so that its facts can be opened, found and sent. What is
finished is made by SQL, a hundred times as fast, and its facts are none.
"""

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from tellusonce.bootstrap import Service
from tellusonce.domain.acknowledgement import Acknowledgement, Kind, Outcome
from tellusonce.domain.report import Submission
from tellusonce.life_events.validation import read_submission
from tests.builders import a_submission
from tests.seeding import statements

__all__ = ["TROUBLED", "Amount", "seed"]

TROUBLED = "dwp-state-pension"
"""The agency that has taken nothing since its system went wrong."""
_REPORTS_A_TRANSACTION = 200
_FINISHED_A_TRANSACTION = 25_000
_NOTIFICATIONS_A_REPORT = 4
_BENEFITS_A_REPORT = (2, 4)
_GIVEN_NAMES = ("Ann", "Bryn", "Carys", "David", "Elin", "Frances", "Gareth", "Helen", "Ivor", "Joan", "Kofi", "Leila")
_BEGINNINGS = ("Ash", "Black", "Cold", "Dun", "East", "Fair", "Green", "Hart", "Lang", "Mill", "North", "Old", "Pen")
_ENDINGS = ("bourne", "combe", "croft", "dale", "field", "ford", "gate", "ham", "ley", "mere", "stead", "ton", "worth")
_NOTES = {
    Outcome.QUERY: "Two of our records match. Which of the two addresses was current?",
    Outcome.REJECTED: "The number is of another person.",
}


@dataclass(frozen=True)
class Amount:
    """How many notifications there are, and how many of these are outstanding."""

    notifications: int
    outstanding: int


def seed(service: Service, database_url: str, amount: Amount, owners: Sequence[str]) -> None:
    """Fill an empty database. Follow-ups are nobody's or belong to one of the `owners`, as the trail names them."""
    _register(service, amount.outstanding // 2)
    # Values are put into the text by the client, as a text of many statements needs it.
    with psycopg.connect(database_url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute("SELECT setseed(0.44)")
        with _without_triggers(connection):
            connection.execute(statements.AGE)
        asked: dict[str, Any] = {"troubled": TROUBLED, "outstanding": amount.outstanding}
        connection.execute(statements.CHOOSE, asked)
        connection.execute(statements.TELL, {"channels": _channels(service)})
        connection.execute(statements.OPEN_UNDELIVERABLE)
        _say_outcomes(service, connection)
        connection.execute(statements.ANALYZE)
        service.following_up.overdue.open_follow_ups()
        with _without_triggers(connection):
            connection.execute(statements.AGE_FOLLOW_UPS, {"owners": list(owners)})
            _finish(connection, service, amount.notifications)
        connection.execute("VACUUM (FREEZE, ANALYZE)")
    service.trail.seal.run()


def _register(service: Service, reports: int) -> None:
    chance = random.Random(44)
    held = sorted(
        {benefit for agency in service.agencies.values() if agency.service is None for benefit in agency.benefits}
    )
    for start in range(0, reports, _REPORTS_A_TRANSACTION):
        submissions = [_submission(chance, held) for _ in range(min(_REPORTS_A_TRANSACTION, reports - start))]
        service.register.store(
            [
                service.register.prepare(each, actor="registrar:Ines Okafor", district="holmshire")
                for each in submissions
            ]
        )


def _submission(chance: random.Random, held: Sequence[str]) -> Submission:
    benefits = {*chance.sample(held, chance.randint(*_BENEFITS_A_REPORT)), "council-tax-benefit"}
    if chance.random() < 0.6:
        benefits.add("state-pension")
    name = chance.choice(_BEGINNINGS) + chance.choice(_ENDINGS)
    document = a_submission(
        benefits=sorted(benefits),
        facts__deceased__given_names=f"{chance.choice(_GIVEN_NAMES)} {chance.choice(_GIVEN_NAMES)}",
        facts__deceased__family_name=name,
        facts__deceased__national_insurance_number=f"QQ{chance.randrange(1_000_000):06}{chance.choice('ABCD')}",
    )
    return read_submission(json.dumps(document).encode())


@contextmanager
def _without_triggers(connection: psycopg.Connection[tuple[Any, ...]]) -> Iterator[None]:
    """The trail's would refuse to have its times changed."""
    connection.execute("SET session_replication_role = replica")
    yield
    connection.execute("SET session_replication_role = origin")


def _channels(service: Service) -> str:
    return json.dumps({code: agency.channel.kind for code, agency in service.agencies.items()})


def _say_outcomes(service: Service, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Questions and refusals, by the service itself, as their words are kept encrypted."""
    said: dict[str, list[Acknowledgement]] = {}
    rows: Iterator[tuple[UUID, str, str]] = iter(connection.execute(statements.TO_BE_SAID))
    for notification, agency, outcome in rows:
        said.setdefault(agency, []).append(
            Acknowledgement(
                notification=notification,
                kind=Kind.OUTCOME,
                outcome=Outcome(outcome),
                note=_NOTES[Outcome(outcome)],
                at=datetime.now(UTC),
            )
        )
    for agency, words_of_agency in said.items():
        for start in range(0, len(words_of_agency), _REPORTS_A_TRANSACTION):
            service.acknowledge.acknowledge(agency, words_of_agency[start : start + _REPORTS_A_TRANSACTION])


def _finish(connection: psycopg.Connection[tuple[Any, ...]], service: Service, notifications: int) -> None:
    """Add what is finished until there are so many in all."""
    agencies = [code for code, agency in service.agencies.items() if agency.service is None or "holm" in code]
    stored = _count(connection, "SELECT count(*) FROM notification")
    reports = max(0, (notifications - stored) // _NOTIFICATIONS_A_REPORT)
    for start in range(0, reports, _FINISHED_A_TRANSACTION):
        asked = {"reports": min(_FINISHED_A_TRANSACTION, reports - start), "start": start, "agencies": agencies}
        connection.execute(statements.FINISHED, asked)


def _count(connection: psycopg.Connection[tuple[Any, ...]], statement: LiteralString) -> int:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return int(row[0])
