"""A registrar reports a death in a real browser."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

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


def test_what_comes_after_a_report_is_fit_to_show(desk: Page) -> None:
    """Finding, showing, correcting, withdrawing it, and its receipt."""
    report_up_to(desk, "consent")
    desk.get_by_role("button", name="Send the report").click()
    desk.get_by_role("button", name="Open the receipt").click()
    assert_fit_to_show(desk, "registrar-receipt-page")
    desk.get_by_role("combobox", name="Language").select_option("cy")
    desk.get_by_role("combobox", name="Print").select_option("large")
    desk.get_by_role("button", name="Show").click()
    assert_fit_to_show(desk, "registrar-receipt-large")
    desk.get_by_role("link", name="Back to the report").click()
    assert_fit_to_show(desk, "registrar-report")
    desk.get_by_role("link", name="Find a report").click()
    assert_fit_to_show(desk, "registrar-find")
    desk.get_by_role("button", name="Find").click()
    assert_fit_to_show(desk, "registrar-find-wrong")
    type_page(desk, "", **{"deceased.family_name": ["HOLLOWAY"]})
    desk.get_by_role("button", name="Find").click()
    assert_fit_to_show(desk, "registrar-found")
    desk.locator(".listed a").click()
    desk.get_by_role("button", name="Correct this report").click()
    assert_fit_to_show(desk, "registrar-reason")
    desk.get_by_label("Something was entered wrongly").check()
    save(desk)
    assert_fit_to_show(desk, "registrar-correction")
    desk.get_by_role("link", name="The person who died").click()
    type_page(desk, "", **{"deceased.family_name": ["Hollowway"]})
    save(desk)
    desk.get_by_role("button", name="Check before you send").click()
    assert_fit_to_show(desk, "registrar-check-correction")
    desk.get_by_role("button", name="Send the correction").click()
    assert_fit_to_show(desk, "registrar-correction-sent")
    desk.get_by_role("link", name="See where each agency stands").click()
    desk.get_by_role("link", name="Withdraw this report").click()
    assert_fit_to_show(desk, "registrar-withdrawal")
    desk.get_by_label("The person is alive").check()
    desk.get_by_role("button", name="Ask for the withdrawal").click()
    assert_fit_to_show(desk, "registrar-withdrawal-asked")
