"""How long do the pages of staff take, over HTTP and rendered, with much stored and much of it outstanding?"""

import re
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import requests

from tellusonce.bootstrap import Service
from tellusonce.cli.sample_agencies import free_port
from tellusonce.cli.supervisor import supervisor
from tellusonce.persistence.migrations import upgrade
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import PREFIX, Settings
from tests.benchmarks.ours import START_AT_MOST_SECONDS
from tests.benchmarks.scenarios import Figures, Row, Sizes
from tests.benchmarks.stage import Stage
from tests.seeding import TROUBLED, Amount, seed

ROUNDS = 30
STAFF = (Principal("Gwen Pritchard", Role.STAFF), Principal("Idris Bowen", Role.STAFF))
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_NEXT = re.compile(r'href="([^"]+)" rel="next"')

Ask = Callable[[requests.Session], requests.Response]


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
    api_url = f"http://127.0.0.1:{free_port()}"
    environment = {
        f"{PREFIX}DATABASE_URL": database_url,
        f"{PREFIX}BROKER_URL": "redis://127.0.0.1:1/0",  # nobody is rung here
        f"{PREFIX}DATA_DIR": str(service.settings.data_dir),
    }
    options = ("--host", "127.0.0.1", "--port", api_url.rpartition(":")[2], "--no-access-log", "--log-level", "warning")
    with supervisor(service.settings.data_dir / "logs") as children:
        command = [sys.executable, "-m", "uvicorn", "--factory", "tellusonce.web.app:create_app", *options]
        children.start("api", command, environment)
        session = _signed_in(service, api_url)
        return [_timed(name, ask, session) for name, ask in _pages(database_url, api_url, session).items()]


def _signed_in(service: Service, api_url: str) -> requests.Session:
    passwords = {each.name: service.sign_in.accounts.add(each) for each in STAFF}
    session = requests.Session()
    give_up_at = time.monotonic() + START_AT_MOST_SECONDS
    while True:
        try:
            form = session.get(f"{api_url}/sign-in", timeout=5)
            break
        except requests.ConnectionError:
            assert time.monotonic() < give_up_at, "the application took too long to start"
            time.sleep(0.1)
    name = STAFF[0].name
    session.post(
        form.url, {"form_token": _of(_TOKEN, form.text), "name": name, "password": passwords[name]}, timeout=5
    ).raise_for_status()
    return session


def _pages(database_url: str, api_url: str, session: requests.Session) -> Mapping[str, Ask]:
    def get(path: str) -> Ask:
        return lambda session: session.get(f"{api_url}{path}", timeout=30)

    def post(path: str, form: dict[str, str]) -> Ask:
        token = _of(_TOKEN, session.get(f"{api_url}/follow-ups", timeout=30).text)
        return lambda session: session.post(f"{api_url}{path}", {**form, "form_token": token}, timeout=30)

    with psycopg.connect(database_url) as connection:
        follow_up, reference = _first(
            connection,
            "SELECT follow_up.id, reference FROM follow_up JOIN report ON report.id = report_id "
            "WHERE closed_at IS NULL AND kind = 'undeliverable' ORDER BY due_on LIMIT 1",
        )
    following = _of(_NEXT, session.get(f"{api_url}/follow-ups", timeout=30).text).replace("&amp;", "&")
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


def _timed(name: str, ask: Ask, session: requests.Session) -> Row:
    ask(session)
    milliseconds: list[float] = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        answer = ask(session)
        milliseconds.append(1000 * (time.perf_counter() - started))
        assert answer.status_code == 200, f"{name}: {answer.status_code}"
    return {
        "page": name,
        "p50 ms": statistics.median(milliseconds),
        "slowest ms": max(milliseconds),
        "kB": len(answer.content) / 1000,
    }


def _first(connection: psycopg.Connection[tuple[Any, ...]], statement: str) -> tuple[Any, ...]:
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row


def _of(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    assert found is not None, pattern.pattern
    return found.group(1)
