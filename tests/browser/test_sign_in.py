"""Signing in and out, and the pages that everyone meets, in a real browser."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tellusonce.bootstrap import Service
from tellusonce.services.api_keys import Principal, Role
from tests.browser.conftest import SignsIn, Visit, opener
from tests.browser.looking import assert_fit_to_show

INES = Principal("Ines Okafor", Role.REGISTRAR, district="holmshire")


@pytest.mark.parametrize("language", ["en", "cy"])
@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        ("/", 200, "home"),
        ("/sign-in", 200, "sign-in"),
        ("/nonesuch", 404, "not-found"),
        ("/sign-in/provider/return", 403, "not-signed-in"),
    ],
)
def test_the_first_pages_are_fit_to_show(visit: Visit, path: str, status: int, name: str, language: str) -> None:
    """Accessible by axe in both languages and widths, with nothing clipped."""
    assert_fit_to_show(visit(f"{path}?lang={language}", status=status), f"{name}-{language}")


def test_somebody_signs_in_and_out(either_context: BrowserContext, service: Service) -> None:
    """By name and password, to their own start page, where they see who they are; then the session is over."""
    password = service.sign_in.accounts.add(INES)
    page = opener(either_context)("/account")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Name").fill("Ines Okafor")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    expect(page.get_by_text("Holmshire")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url("/sign-in")
    page.goto("/account")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_wrong_password_is_explained(visit: Visit, service: Service) -> None:
    """At the top of the page and beside the field, and the name need not be typed again."""
    service.sign_in.accounts.add(INES)
    page = visit("/sign-in")
    page.get_by_label("Name").fill("Ines Okafor")
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("one of them is not right")
    expect(page).to_have_title("Error: Sign in - tellusonce")
    expect(page.get_by_label("Name")).to_have_value("Ines Okafor")
    assert_fit_to_show(page, "sign-in-wrong")


def test_the_account_is_fit_to_show(visit: Visit, context: BrowserContext, signed_in: SignsIn) -> None:
    """With the navigation of who has signed in."""
    signed_in(context, INES)
    assert_fit_to_show(visit("/account"), "account")


@pytest.mark.parametrize("language", ["en", "cy"])
def test_another_password_is_fit_to_ask_for(
    visit: Visit, context: BrowserContext, signed_in: SignsIn, language: str
) -> None:
    """With each mistake beside its field."""
    signed_in(context, INES)
    page = visit(f"/account/password?lang={language}")
    assert_fit_to_show(page, f"password-{language}")
    page.locator("main button[type=submit]").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_fit_to_show(page, f"password-wrong-{language}")


def test_a_form_left_open_too_long_says_so(visit: Visit, context: BrowserContext, signed_in: SignsIn) -> None:
    """When the session that it was of is over, nothing is done, and the page says what to do."""
    signed_in(context, INES)
    page = visit("/account")
    context.clear_cookies()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="This page has expired")).to_be_visible()
    assert_fit_to_show(page, "expired")


def test_a_language_is_kept(visit: Visit) -> None:
    """What was chosen once holds for the pages after it."""
    page = visit("/sign-in")
    page.get_by_role("link", name="Cymraeg").click()
    expect(page.locator("html")).to_have_attribute("lang", "cy")
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "cy")
