"""Signing in by an organisation's OpenID provider, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect
from pydantic import HttpUrl

from tellusonce.settings import Settings
from tests.browser.conftest import Visit, opener
from tests.browser.looking import assert_fit_to_show
from tests.identity.serving import provider, provider_settings


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with provider() as address:
        yield address


@pytest.fixture
def settings(port: int, issuer: str, tmp_path: Path) -> Settings:
    public_url = HttpUrl(f"http://127.0.0.1:{port}")
    return Settings(data_dir=tmp_path, public_url=public_url, **provider_settings(issuer, tmp_path))


def test_a_registrar_signs_in_at_their_organisation(either_context: BrowserContext) -> None:
    """They say there who they are, and are back on the page that they wanted, with the district of their group."""
    page = opener(either_context)("/account")
    page.get_by_role("button", name="Sign in with your organisation").click()
    expect(page).to_have_title("Your organisation")
    page.get_by_role("link", name="ines").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    expect(page.get_by_text("Ines Okafor")).to_be_visible()
    expect(page.get_by_text("Holmshire")).to_be_visible()


def test_both_ways_in_are_fit_to_show(visit: Visit) -> None:
    """Where there are two, the organisation's comes first."""
    assert_fit_to_show(visit("/sign-in"), "sign-in-provider")
