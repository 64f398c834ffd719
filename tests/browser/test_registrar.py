"""A registrar reports a death in a real browser."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tellusonce.bootstrap import Service
from tellusonce.services.api_keys import Principal, Role
from tellusonce.web.cookies import LANGUAGE
from tests.browser.conftest import SignsIn, opener
from tests.browser.looking import assert_fit_to_show
from tests.builders import a_submission
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
    for code in PAGES:
        expect(page).to_have_url(re.compile(f"/{code}$"))
        type_page(page, code)
        save(page)
        if code == last:
            break


PAGES = ("deceased", "death", "informant", "partner", "estate", "benefits", "councils", "care", "receipt", "consent")
OPTIONAL = ("councils", "care", "receipt")


@pytest.mark.parametrize("language", ["en", "cy"])
def test_every_page_of_the_journey_is_fit_to_show(desk: Page, language: str) -> None:
    """In both languages: empty, with its mistakes, and filled in."""
    desk.goto(f"/registrar?lang={language}")
    desk.locator(".govuk-button--start").click()
    for code in PAGES:
        expect(desk).to_have_url(re.compile(f"/{code}$"))
        assert_fit_to_show(desk, f"registrar-{language}-{code}")
        if code == "care":
            type_page(desk, code, **{"stays_in_care.first.ended-year": ["26"]})
        desk.locator("main .govuk-button").first.click()
        if code not in OPTIONAL or code == "care":
            expect(desk.locator(".govuk-error-summary")).to_be_visible()
            assert_fit_to_show(desk, f"registrar-{language}-{code}-wrong")
            type_page(desk, code)
            desk.locator("main .govuk-button").first.click()
    assert_fit_to_show(desk, f"registrar-{language}-check")
    desk.locator(".govuk-back-link").click()
    assert_fit_to_show(desk, f"registrar-{language}-task-list")
    desk.locator("main .govuk-button").first.click()
    desk.locator("main .govuk-button").first.click()
    assert_fit_to_show(desk, f"registrar-{language}-sent")
    desk.locator("main .govuk-button").first.click()
    assert_fit_to_show(desk, f"registrar-{language}-receipt-page")
    desk.goto("/registrar")
    assert_fit_to_show(desk, f"registrar-{language}-start")


def test_a_death_is_reported_with_scripts_and_without(
    either_context: BrowserContext, signed_in: SignsIn, service: Service
) -> None:
    """A page after the other, from the start to the reference; reloading the end changes nothing."""
    signed_in(either_context, SIAN)
    page = opener(either_context)("/registrar")
    report_up_to(page, "consent")
    expect(page.get_by_role("heading", name="Check before you send")).to_be_visible()
    expect(page.get_by_text("HO1 2AB")).to_be_visible()
    page.get_by_role("button", name="Send the report").click()
    reference = page.locator(".govuk-panel strong").inner_text()
    page.reload()
    expect(page.locator(".govuk-panel strong")).to_have_text(reference)
    page.go_back()
    page.goto("/registrar")
    expect(page.get_by_role("link", name=reference)).to_be_visible()
    assert references(service) == [reference]


def test_a_death_is_reported_by_keyboard_alone(desk: Page) -> None:
    """Tab, typing, space and enter are enough from the start page to the reference."""
    press_to(desk, "Start now")
    for code in PAGES:
        desk.wait_for_url(f"**/{code}", wait_until="load")
        for name, texts in TYPED.get(code, {}).items():
            for text in texts:
                type_by_keyboard(desk, name, text)
        press_to(desk, "Save and continue")
    expect(desk.get_by_role("heading", name="Check before you send")).to_be_visible()
    press_to(desk, "Send the report")
    expect(desk.get_by_role("heading", name="Report sent")).to_be_visible()


def test_a_double_click_makes_one_report(desk: Page, service: Service) -> None:
    """Also where no script holds the second click back: both forms are sent."""
    report_up_to(desk, "consent")
    forms = desk.evaluate(
        """async () => {
            const form = document.querySelector("form[action$=send]");
            const send = () => fetch(form.action, {method: "POST", body: new URLSearchParams(new FormData(form))});
            return (await Promise.all([send(), send(), send()])).map((answer) => answer.url);
        }"""
    )
    assert len(set(forms)) == 1
    assert forms[0].endswith("/sent")
    assert len(references(service)) == 1


def test_each_mistake_stands_beside_its_field(desk: Page) -> None:
    """The summary leads to it, and what was typed is still there."""
    desk.get_by_role("button", name="Start now").click()
    type_page(desk, "deceased", **{"deceased.date_of_birth-month": ["13"], "deceased.address.postcode": ["HOLM"]})
    save(desk)
    summary = desk.get_by_role("alert")
    expect(summary.get_by_role("link")).to_have_text(
        ["Date of birth must be a real date", "The postcode must be a full UK postcode, like AB1 2DE"]
    )
    summary.get_by_role("link").first.click()
    expect(desk.locator('[name="deceased.date_of_birth-month"]')).to_be_focused()
    expect(desk.locator('[name="deceased.date_of_birth-month"]')).to_have_value("13")
    expect(desk.locator('.govuk-form-group--error [name="deceased.address.postcode"]')).to_have_value("HOLM")


def test_a_lost_session_loses_nothing(desk: Page, service: Service, site: str) -> None:
    """What was being typed when the session ended is there after signing in again, in another browser too."""
    report_up_to(desk, "deceased")
    desk.locator('[name="registration.entry_number"]').wait_for(state="attached")
    desk.get_by_label("Day").first.fill("14")
    expect(desk.get_by_text("Saved as a draft")).to_be_visible()
    address = desk.url
    token = next(each["value"] for each in desk.context.cookies() if each.get("name") == "session")
    service.sign_in.sessions.close(token)
    desk.goto(address)
    expect(desk.get_by_role("heading", name="Sign in")).to_be_visible()
    account = service.sign_in.accounts.known(SIAN.name)
    again = service.sign_in.sessions.open_for(account.id)
    desk.context.add_cookies([{"name": "session", "value": again, "url": site}])
    desk.goto(address)
    expect(desk.get_by_label("Day").first).to_have_value("14")
    desk.goto("/registrar")
    desk.get_by_role("link", name="Margaret Ann Holloway").click()
    expect(desk.get_by_text("In progress")).to_be_visible()


def test_a_possible_duplicate_is_compared_before_anything_is_sent(desk: Page, service: Service) -> None:
    """As another person it is sent; as the same one the draft goes, and the first report is shown."""
    for _ in range(2):
        desk.goto("/registrar")
        report_up_to(desk, "consent")
        desk.get_by_role("button", name="Send the report").click()
    expect(desk.get_by_role("heading", name="This death may be reported already")).to_be_visible()
    assert_fit_to_show(desk, "registrar-duplicates")
    desk.get_by_role("button", name="Continue").click()
    expect(desk.get_by_role("alert")).to_contain_text("Select whether it is the same person")
    desk.get_by_label("Yes, the same person").check()
    desk.get_by_role("button", name="Continue").click()
    expect(desk.get_by_role("heading", name="Where each agency stands")).to_be_visible()
    assert len(references(service)) == 1


def test_a_withdrawal_is_confirmed_by_another_registrar(desk: Page, service: Service, signed_in: SignsIn) -> None:
    """The one who asked has no button to confirm it."""
    report_up_to(desk, "consent")
    desk.get_by_role("button", name="Send the report").click()
    (reference,) = references(service)
    desk.goto(f"/registrar/reports/{reference}/withdrawal")
    desk.get_by_label("The person is alive").check()
    desk.get_by_role("button", name="Ask for the withdrawal").click()
    expect(desk.get_by_text("Another registrar of your district must confirm it.")).to_be_visible()
    expect(desk.get_by_role("button", name="Withdraw the report")).to_have_count(0)
    signed_in(desk.context, Principal("Tom Reed", Role.REGISTRAR, district="holmshire"))
    desk.goto("/registrar")
    desk.get_by_role("link", name=reference).first.click()
    assert_fit_to_show(desk, "registrar-withdrawal-to-confirm")
    desk.get_by_role("button", name="Withdraw the report").click()
    expect(desk.get_by_role("heading", name="Withdrawn")).to_be_visible()


def test_a_file_is_imported_with_every_fault_named(desk: Page, tmp_path: Path) -> None:
    """Each line by itself: what is right is registered, and what is wrong says why."""
    right, wrong = a_submission(), a_submission(facts__deceased__national_insurance_number="QQ12")
    file = tmp_path / "reports.jsonl"
    file.write_text("\n".join(json.dumps(each) for each in [right, wrong] * 70))
    desk.goto("/registrar/import")
    assert_fit_to_show(desk, "registrar-import")
    desk.get_by_label("File", exact=True).set_input_files(file)
    desk.get_by_role("button", name="Import").click()
    expect(desk.get_by_text("140 of 140 lines read, 70 of them refused")).to_be_visible()
    expect(desk.get_by_text("Imported as", exact=False).first).to_be_visible()
    expect(desk.get_by_text("must be two letters, six digits").first).to_be_visible()
    assert_fit_to_show(desk, "registrar-imported")


def references(service: Service) -> list[str]:
    """Of all reports."""
    return [row.reference for row in service.registrar.district_reports.recent("holmshire", limit=10)]


def press_to(page: Page, name: str) -> None:
    """Go to a button by tab, and press it."""
    _tab_to(page, "e => e.matches('button, [role=button]') && e.textContent.trim() === arg", name)
    page.keyboard.press("Enter")


def type_by_keyboard(page: Page, name: str, text: str) -> None:
    """Go to an input by tab, and type into it or choose it."""
    _tab_to(page, "e => e.name === arg", name)
    kind = page.evaluate("document.activeElement.type")
    if kind == "radio":
        for _ in range(5):
            if page.evaluate("document.activeElement.value") == text and page.evaluate(
                "document.activeElement.checked"
            ):
                return
            page.keyboard.press("Space")
            if page.evaluate("document.activeElement.value") != text:
                page.keyboard.press("ArrowDown")
    elif kind == "checkbox":
        while page.evaluate("document.activeElement.value") != text:
            page.keyboard.press("Tab")
        page.keyboard.press("Space")
    else:
        page.keyboard.type(text)


def _tab_to(page: Page, is_it: str, arg: str) -> None:
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(f"arg => ({is_it})(document.activeElement)", arg):
            return
    raise AssertionError(f"{arg} is not reached by tab")


def assert_fit_in_both(page: Page, name: str) -> None:
    """In English, and loaded again in Welsh: what was posted is posted again."""
    assert_fit_to_show(page, name)
    for language, suffix in (("cy", "-cy"), ("en", "")):
        site = urlsplit(page.url).hostname
        page.context.add_cookies([{"name": LANGUAGE, "value": language, "domain": site, "path": "/"}])
        page.reload()
        expect(page.locator("html")).to_have_attribute("lang", language)
        if suffix:
            assert_fit_to_show(page, f"{name}{suffix}")


def test_what_comes_after_a_report_is_fit_to_show(desk: Page) -> None:
    """Finding, showing, correcting, withdrawing it, and its receipt; in both languages."""
    report_up_to(desk, "consent")
    desk.get_by_role("button", name="Send the report").click()
    desk.get_by_role("button", name="Open the receipt").click()
    assert_fit_in_both(desk, "registrar-receipt-page")
    desk.get_by_role("combobox", name="Language").select_option("cy")
    desk.get_by_role("combobox", name="Print").select_option("large")
    desk.get_by_role("button", name="Show").click()
    assert_fit_to_show(desk, "registrar-receipt-large")
    desk.get_by_role("link", name="Back to the report").click()
    assert_fit_in_both(desk, "registrar-report")
    desk.get_by_role("link", name="Find a report").click()
    assert_fit_in_both(desk, "registrar-find")
    desk.get_by_role("button", name="Find").click()
    assert_fit_in_both(desk, "registrar-find-wrong")
    type_page(desk, "", **{"deceased.family_name": ["HOLLOWAY"]})
    desk.get_by_role("button", name="Find").click()
    assert_fit_in_both(desk, "registrar-found")
    desk.locator(".listed a").click()
    desk.get_by_role("button", name="Correct this report").click()
    assert_fit_in_both(desk, "registrar-reason")
    desk.get_by_label("Something was entered wrongly").check()
    save(desk)
    assert_fit_in_both(desk, "registrar-correction")
    desk.get_by_role("link", name="The person who died").click()
    type_page(desk, "", **{"deceased.family_name": ["Hollowway"]})
    save(desk)
    desk.get_by_role("button", name="Check before you send").click()
    assert_fit_in_both(desk, "registrar-check-correction")
    desk.get_by_role("button", name="Send the correction").click()
    assert_fit_in_both(desk, "registrar-correction-sent")
    desk.get_by_role("link", name="See where each agency stands").click()
    desk.get_by_role("link", name="Withdraw this report").click()
    assert_fit_in_both(desk, "registrar-withdrawal")
    desk.get_by_label("The person is alive").check()
    desk.get_by_role("button", name="Ask for the withdrawal").click()
    assert_fit_in_both(desk, "registrar-withdrawal-asked")
