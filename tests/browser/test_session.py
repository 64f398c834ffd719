"""Before a session ends people are warned, and can go on."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tellusonce.services.api_keys import Principal, Role
from tellusonce.settings import Settings
from tests.browser.conftest import SignsIn, Visit, opener
from tests.browser.looking import assert_accessible, screenshot

SAM = Principal("Sam Price", Role.STAFF)
_WARNING_SECONDS = 120


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Sessions end two minutes and three seconds after the last page."""
    return Settings(data_dir=tmp_path, session_idle_seconds=_WARNING_SECONDS + 3)


def test_a_warning_comes_and_the_session_goes_on(visit: Visit, context: BrowserContext, signed_in: SignsIn) -> None:
    """Two minutes before its end a dialog has the focus; going on puts the end off, and the dialog comes again."""
    signed_in(context, SAM)
    page = visit("/account")
    dialog = page.get_by_role("dialog", name="Your session is about to end")
    expect(dialog).to_be_hidden()
    expect(dialog).to_be_visible()
    assert_accessible(page)
    screenshot(page, "session-warning")
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    with page.expect_response("**/session") as answered:
        page.keyboard.press("Enter")
    assert answered.value.json()["seconds"] > _WARNING_SECONDS
    expect(dialog).to_be_hidden()
    expect(dialog).to_be_visible()


def test_without_scripts_the_page_says_when(context_without_scripts: BrowserContext, signed_in: SignsIn) -> None:
    """In words, with the time of day."""
    signed_in(context_without_scripts, SAM)
    page = opener(context_without_scripts)("/account")
    expect(page.get_by_text("For your privacy this session ends at")).to_be_visible()
