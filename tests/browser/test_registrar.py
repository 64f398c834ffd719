"""A registrar reports a death in a real browser."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tellusonce.bootstrap import Service
from tellusonce.services.api_keys import Principal, Role
from tests.browser.conftest import SignsIn, opener
from tests.browser.looking import assert_fit_to_show
from tests.registrar.typing import TYPED

SIAN = Principal("Siân Pryce", Role.REGISTRAR, district="holmshire")


@pytest.fixture
def desk(context: BrowserContext, signed_in: SignsIn) -> Page:
    """Siân's browser, at her start page."""
    signed_in(context, SIAN)
    return opener(context)("/registrar")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save and continue").click()


def type_page(page: Page, code: str, **otherwise: list[str]) -> None:
    """Answer what the page asks as the family does."""
    for name, texts in {**TYPED.get(code, {}), **otherwise}.items():
        for text in texts:
            choice = page.locator(f'[name="{name}"][value="{text}"]:not([type=text])')
            if choice.count():
                choice.check(force=True)
            else:
                page.locator(f'[name="{name}"]').fill(text)


def report_up_to(page: Page, last: str) -> None:
    """From the start page through the pages, so that this one is saved last."""
    page.get_by_role("button", name="Start now").click()
    for code in ("deceased", "death", "informant", "partner", "estate", "benefits", "councils", "receipt", "consent"):
        expect(page).to_have_url(re.compile(f"/{code}$"))
        type_page(page, code)
        save(page)
        if code == last:
            break


def test_every_page_of_the_journey_is_fit_to_show(desk: Page) -> None:
    assert_fit_to_show(desk, "registrar-start-empty")
    desk.get_by_role("button", name="Start now").click()
    for code in ("deceased", "death", "informant", "partner", "estate", "benefits", "councils", "receipt", "consent"):
        expect(desk).to_have_url(re.compile(f"/{code}$"))
        type_page(desk, code)
        assert_fit_to_show(desk, f"registrar-{code}")
        save(desk)
    expect(desk.get_by_role("heading", name="Check before you send")).to_be_visible()
    assert_fit_to_show(desk, "registrar-check")
    desk.get_by_role("link", name="Back to the list").click()
    assert_fit_to_show(desk, "registrar-task-list")
    desk.get_by_role("button", name="Check before you send").click()
    desk.get_by_role("button", name="Send the report").click()
    expect(desk.get_by_role("heading", name="Report sent")).to_be_visible()
    assert_fit_to_show(desk, "registrar-sent")
    desk.get_by_role("link", name="Back to reports").click()
    assert_fit_to_show(desk, "registrar-start")
