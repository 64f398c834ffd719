"""An agency's people at their inbox, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tellusonce.bootstrap import Service
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.services.api_keys import Principal, Role
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.settings import Settings
from tests.browser.conftest import SignsIn, opener
from tests.browser.looking import assert_fit_to_show
from tests.persistence.stored import STATE_PENSION, a_claim, delivered, follow_ups_of, record, state_of
from tests.web.channels import INBOX, config_with

PRIYA = Principal("Priya", Role.AGENCY, agency=STATE_PENSION)


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Service:
    """One whose State Pension has an inbox."""
    config = config_with(tmp_path, {STATE_PENSION: INBOX})
    return Service(Settings(data_dir=tmp_path, config_dir=config), database_url, SilentDoorbell())


def test_a_morning_at_the_inbox(either_context: BrowserContext, signed_in: SignsIn, service: Service) -> None:
    """One is opened and asked about, another opened and acted on; what is not said rightly is explained."""
    asked, acted = (a_claim(service.database) for _ in range(2))
    record(service.database, delivered(asked), delivered(acted))
    signed_in(either_context, PRIYA)
    page = opener(either_context)("/inbox")
    with_scripts = bool(page.locator("body.js-enabled").count())
    expect(page.get_by_text("nobody yet").first).to_be_visible()
    page.get_by_role("link", name=asked.reference).click()
    expect(page.get_by_text("Holloway")).to_be_visible()
    assert state_of(service.database, asked.id) == "received"
    page.get_by_label("We have a question").check()
    page.get_by_role("button", name="Say so").click()
    expect(page.get_by_role("alert")).to_contain_text("Say what you ask")
    page.get_by_label("Your question, or a note").fill("Which of the two addresses was current?")
    page.get_by_role("button", name="Say so").click()
    expect(page.locator(".said").last).to_contain_text("Which of the two")
    assert follow_ups_of(service.database, asked.id, still_open=True) == [FollowUpKind.QUERY]
    page.goto(f"/agencies/{STATE_PENSION}/inbox/{acted.id}")
    if with_scripts:
        assert_fit_to_show(page, "inbox-notification")
    page.goto("/inbox")
    if with_scripts:
        assert_fit_to_show(page, "inbox")
    page.get_by_role("checkbox", name=re.compile(acted.reference)).check()
    page.get_by_role("button", name="Say so").click()
    expect(page.get_by_text("Recorded: it is actioned now")).to_be_visible()
    assert state_of(service.database, acted.id) == "actioned"
    if with_scripts:
        assert_fit_to_show(page, "inbox-many")
