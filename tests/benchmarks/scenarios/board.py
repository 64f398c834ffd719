"""How long do the pages of staff take, over HTTP and rendered, with much stored and much of it outstanding?"""

import re
from collections.abc import Mapping
from typing import Any

import psycopg
import requests

from tellusonce.bootstrap import Service
from tellusonce.persistence.migrations import upgrade
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tests.benchmarks.scenarios import Figures, Row, Sizes
from tests.benchmarks.stage import Stage
from tests.benchmarks.visiting import FORM_TOKEN, ROUNDS, Ask, of, served, signed_in, timed
from tests.seeding import TROUBLED, Amount, seed

STAFF = (Principal("Gwen Pritchard", Role.STAFF), Principal("Idris Bowen", Role.STAFF))
_NEXT = re.compile(r'href="([^"]+)" rel="next"')


def run(stage: Stage, sizes: Sizes) -> list[Figures]:
    """Every page again and again, one request at a time, of a service of so many notifications."""
    with stage.database() as database_url:
        service = Service(Settings(data_dir=stage.data_dir), database_url, SilentDoorbell())
        upgrade(service.database)
        amount = Amount(sizes.board_notifications, sizes.board_outstanding)
        seed(service, database_url, amount, [each.actor for each in STAFF])
        rows = measure(service, database_url)
        service.close()
    note = (
        f"{amount.notifications:,} notifications, {amount.outstanding:,} of them outstanding; {ROUNDS} requests each."
    )
    return [Figures("The pages of staff", rows, note)]


def measure(service: Service, database_url: str) -> list[Row]:
    """Serve the application from a process, and ask it for each page."""
    with served(service, database_url) as api_url:
        session, _ = signed_in(service, api_url, STAFF)
        return [timed(name, ask, session) for name, ask in _pages(database_url, api_url, session).items()]


def _pages(database_url: str, api_url: str, session: requests.Session) -> Mapping[str, Ask]:
    def get(path: str) -> Ask:
        return lambda session: session.get(f"{api_url}{path}", timeout=30)

    def post(path: str, form: dict[str, str]) -> Ask:
        token = of(FORM_TOKEN, session.get(f"{api_url}/follow-ups", timeout=30).text)
        return lambda session: session.post(f"{api_url}{path}", {**form, "form_token": token}, timeout=30)

    with psycopg.connect(database_url) as connection:
        follow_up, reference = _first(
            connection,
            "SELECT follow_up.id, reference FROM follow_up JOIN report ON report.id = report_id "
            "WHERE closed_at IS NULL AND kind = 'undeliverable' ORDER BY due_on LIMIT 1",
        )
    following = of(_NEXT, session.get(f"{api_url}/follow-ups", timeout=30).text).replace("&amp;", "&")
    return {
        "board": get("/board"),
        "follow-ups": get("/follow-ups"),
        "… second page": get(following),
        "… of one agency": get(f"/follow-ups?agency={TROUBLED}"),
        "… mine": get("/follow-ups?owner=me"),
        "… of a kind": get("/follow-ups?kind=query"),
        "… of a district, older than 28 days": get("/follow-ups?district=holmshire&age=28"),
        "… raised to a supervisor": get("/follow-ups?raised=supervisor"),
        "… by agency, last first": get("/follow-ups?sort=agency&order=desc"),
        "… by owner": get("/follow-ups?sort=owner"),
        "… closed": get("/follow-ups?closed=yes"),
        "… search by family name": post("/follow-ups/search", {"family_name": "Ashford"}),
        "… all as CSV": get("/follow-ups.csv"),
        "one follow-up": get(f"/follow-ups/{follow_up}"),
        "timeline": get(f"/reports/{reference}/timeline"),
        "agencies": get("/agencies"),
        "one agency": get(f"/agencies/{TROUBLED}"),
        "… what a replay would be": post(f"/agencies/{TROUBLED}", {"act": "look", "which": "parked"}),
    }


def _first(connection: psycopg.Connection[tuple[Any, ...]], statement: str) -> tuple[Any, ...]:
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row
