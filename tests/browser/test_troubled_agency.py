"""A member of staff finds the agency that is worst off, sees why, has it mended, and clears what was left over.

All of it is real: PostgreSQL, the API, a worker and a beat as processes, an agency that answers 503 until it is mended,
and a browser. The same is done on a small service and, where long tests are asked for, on a million notifications.
"""

import json
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tellusonce.bootstrap import Servers, Service
from tellusonce.embedded import start_valkey
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tests.browser.conftest import opener
from tests.browser.looking import assert_fit_to_show
from tests.seeding import TROUBLED, Amount, seed
from tests.stories.stage import Stage, stage

GWEN = Principal("Gwen Pritchard", Role.STAFF)
IDRIS = Principal("Idris Bowen", Role.STAFF)
DOWN = ("--status", "503")
SENT_WITHIN_SECONDS = 240
OF_IT = f"FROM notification WHERE closed_at IS NULL AND agency = '{TROUBLED}'"
ITS_FOLLOW_UPS = f"SELECT count(*) FROM follow_up WHERE closed_at IS NULL AND agency = '{TROUBLED}'"


@pytest.fixture(
    params=[
        pytest.param(Amount(400, 150), id="small", marks=pytest.mark.timeout(300)),
        pytest.param(Amount(1_000_000, 50_000), id="million", marks=[pytest.mark.long, pytest.mark.timeout(1_800)]),
    ]
)
def amount(request: pytest.FixtureRequest) -> Amount:
    """How much there is."""
    given: Amount = request.param
    return given


@pytest.fixture
def desk(amount: Amount, tmp_path: Path, database_url: str, settings: Settings) -> Iterator[Stage]:
    """The service at work, as it is found in the morning: the troubled agency's breaker has opened."""
    service = Service(settings, database_url, SilentDoorbell())
    seed(service, database_url, amount, [GWEN.actor, IDRIS.actor])
    service.close()
    valkey = start_valkey(tmp_path / "broker")
    try:
        with stage(tmp_path, Servers(database_url, valkey.url), settings, {TROUBLED: DOWN}) as played:
            played.until(
                lambda: played.count("SELECT count(*) FROM lane WHERE open_until IS NOT NULL") == 1, within_seconds=30
            )
            yield played
    finally:
        valkey.stop()


@pytest.fixture
def site(desk: Stage) -> str:
    """Where the browser goes."""
    return desk.town.api_url


def test_staff_bring_an_agency_back_and_clear_what_was_left_over(
    desk: Stage, context: BrowserContext, tmp_path: Path
) -> None:
    """Found, understood, paused, mended, resumed, sent again after a look; a question closed, work handed over."""
    page = _sign_in(desk, context)
    _find_the_worst(page)
    _read_why(page)
    _pause(page)
    _mend(desk)
    _resume(page, desk)
    _send_again(page, desk)
    _clear_a_question(page, desk)
    _hand_over(page, desk)
    assert _taken(tmp_path) == {1}, "each notification was taken once"


def _sign_in(desk: Stage, context: BrowserContext) -> Page:
    password = desk.service.sign_in.accounts.add(GWEN)
    desk.service.sign_in.accounts.add(IDRIS)
    page = opener(context)("/sign-in")
    page.get_by_label("Name").fill(GWEN.name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Board", exact=True).click()
    return page


def _find_the_worst(page: Page) -> None:
    expect(page.get_by_role("heading", name="Board")).to_be_visible()
    assert_fit_to_show(page, "day-1-board")
    page.get_by_role("table").last.get_by_role("rowheader").first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("State Pension")
    expect(page.get_by_text("Most attempts failed")).to_be_visible()
    expect(page.get_by_role("row", name="Refused, answer 503")).to_be_visible()
    assert_fit_to_show(page, "day-2-agency")


def _read_why(page: Page) -> None:
    page.get_by_role("link", name="Its follow-ups").click()
    expect(page.get_by_role("rowheader").first).to_be_visible()
    assert_fit_to_show(page, "day-3-its-follow-ups")
    page.locator("tbody tr").first.get_by_role("link").nth(1).click()
    expect(page.get_by_text("answer 503").first).to_be_visible()
    assert_fit_to_show(page, "day-4-timeline")


def _pause(page: Page) -> None:
    page.goto(f"/agencies/{TROUBLED}")
    page.locator("summary", has_text="Pause").click()
    page.get_by_label("Why?").fill("Its gateway answers 503; their desk looks into it")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("their desk looks into it (staff:Gwen Pritchard)")).to_be_visible()
    assert_fit_to_show(page, "day-5-paused")


def _mend(desk: Stage) -> None:
    """What the agency's own people do."""
    agency = desk.children._child(f"agency-{TROUBLED}")
    agency.command = [part for part in agency.command if part not in DOWN]
    before = desk.children.pid(agency.name)
    desk.kill(agency.name)
    port = int(agency.command[agency.command.index("--port") + 1])
    desk.until(lambda: desk.children.pid(agency.name) != before and _listens(port), within_seconds=30)


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def _resume(page: Page, desk: Stage) -> None:
    page.get_by_role("button", name="Resume").click()
    queued = f"SELECT count(*) {OF_IT} AND state = 'queued'"
    desk.until(lambda: desk.count(queued) == 0, SENT_WITHIN_SECONDS)
    page.reload()
    expect(page.get_by_role("row", name="Queued")).to_have_count(0)
    assert_fit_to_show(page, "day-6-resumed")


def _send_again(page: Page, desk: Stage) -> None:
    parked = desk.count(f"SELECT count(*) {OF_IT} AND state = 'parked'")
    page.locator("summary", has_text="Send again what it lost").click()
    page.get_by_role("button", name="See what that would be").click()
    expect(page.get_by_role("heading", name=f"{parked:,} would be sent again")).to_be_visible()
    assert desk.count(f"SELECT count(*) {OF_IT} AND state = 'parked'") == parked, "so far it was only looked at"
    assert_fit_to_show(page, "day-7-dry-run")
    page.get_by_role("button", name=f"Send {parked:,} again").click()
    desk.until(lambda: desk.count(f"SELECT count(*) {OF_IT}") == 0, SENT_WITHIN_SECONDS)
    page.reload()
    expect(page.get_by_text("Nothing: it has answered everything.")).to_be_visible()
    assert_fit_to_show(page, "day-8-sent-again")
    assert desk.count(ITS_FOLLOW_UPS) == 0, "what it answered needs nobody any more"
    page.goto("/board")
    expect(page.get_by_role("table").last).not_to_contain_text("State Pension")
    assert_fit_to_show(page, "day-9-board")


def _clear_a_question(page: Page, desk: Stage) -> None:
    row = page.get_by_role("row", name="Query")
    row.get_by_role("link").first.click()
    assert_fit_to_show(page, "day-10-questions")
    page.get_by_role("rowheader").first.get_by_role("link").click()
    expect(page.get_by_text("Which of the two addresses was current?")).to_be_visible()
    assert_fit_to_show(page, "day-11-question")
    page.locator("summary", has_text="Close").click()
    said = "They found the record when they read the notification again."
    page.get_by_label("Why is nothing left to do?").fill(said)
    page.get_by_role("button", name="Close the follow-up").click()
    expect(page.get_by_text("closed: a person closed it")).to_be_visible()
    assert_fit_to_show(page, "day-12-closed")
    closed = "SELECT count(*) FROM trail WHERE action = 'follow-up-closed' AND actor = 'staff:Gwen Pritchard'"
    assert desk.count(closed) == 1


def _hand_over(page: Page, desk: Stage) -> None:
    hers = "SELECT count(*) FROM follow_up WHERE closed_at IS NULL AND owner = 'staff:Gwen Pritchard'"
    count = desk.count(hers)
    page.goto("/follow-ups/hand-over")
    page.get_by_label("Who takes them?").select_option(IDRIS.actor)
    page.get_by_label("What should they know?").fill("I am away until Monday week.")
    assert_fit_to_show(page, "day-13-hand-over")
    page.get_by_role("button", name="Hand over").click()
    expect(page.get_by_text(f"Handed over: {count:,} follow-ups")).to_be_visible(timeout=SENT_WITHIN_SECONDS * 1_000)
    assert_fit_to_show(page, "day-14-handed-over")
    given = "SELECT count(*) FROM trail WHERE action = 'follow-up-assigned' AND detail->>'owner' = 'staff:Idris Bowen'"
    assert (desk.count(hers), desk.count(given)) == (0, count)


def _taken(folder: Path) -> set[int]:
    """How often the agency took each notification that it took at all."""
    lines = (folder / f"journals/{TROUBLED}.jsonl").read_text(encoding="utf-8").splitlines()
    said = [json.loads(line) for line in lines]
    return set(Counter(each["message"] for each in said if each["status"] < 300).values())
