"""A family follows its report, in a real browser, with and without JavaScript."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tellusonce.bootstrap import Service
from tellusonce.domain.acknowledgement import Outcome
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.services.reference import new_reference
from tellusonce.settings import Settings
from tests.browser.conftest import Visit, opener
from tests.browser.looking import assert_fit_to_show
from tests.family.stage import COUNCIL_TAX, DISABILITY_LIVING_ALLOWANCE, STATE_PENSION, Stage, a_stage

_HELD = ["state-pension", "disability-living-allowance", "council-tax-benefit", "housing-benefit", "driving-licence"]
_LIVE_MILLISECONDS = 8_000
LANGUAGES = ("en", "cy")


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Service:
    """One that can send messages, as far as its settings say."""
    key = tmp_path / "notify.key"
    key.write_text("our_key-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0")
    template = "f33517ff-2a88-4f6e-b855-c550268ce08a"
    settings = Settings(
        data_dir=tmp_path, notify_api_key_file=key, notify_template_id=template, notify_sms_template_id=template
    )
    return Service(settings, database_url, SilentDoorbell())


@pytest.fixture
def stage(service: Service) -> Stage:
    """With the family's report."""
    return a_stage(service, benefits=_HELD)


@pytest.fixture
def family(stage: Stage, context: BrowserContext, site: str) -> Visit:
    """Opens pages of the report's family, who have come in."""
    token = stage.service.sign_in.sessions.open_for_family(stage.id, by_link=True)
    context.add_cookies([{"name": "session", "value": token, "url": site}])
    return opener(context)


def come_in(page: Page, reference: str, family_name: str = "Holloway", day: str = "14") -> None:
    page.goto("/family")
    page.get_by_label("Reference").fill(reference)
    page.get_by_label("Surname of the person who died").fill(family_name)
    page.get_by_label("Day").fill(day)
    page.get_by_label("Month").fill("3")
    page.get_by_label("Year").fill("2026")
    page.get_by_role("button", name="Continue").click()


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def follow(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Menu").get_by_role("link", name=name).click()


def test_a_family_follows_its_report_from_coming_in_to_leaving(either_context: BrowserContext, stage: Stage) -> None:
    """By reference, surname and day: progress, the data, help, a question, the permission, messages, and out."""
    stage.deliver()
    stage.hear(STATE_PENSION, Outcome.ACTIONED)
    page = opener(either_context)("/family")
    come_in(page, stage.reference.lower().replace("-", " "), "  HOLLOWAY ")
    heading(page, "How the report is going")
    expect(page.get_by_text("Finished: 1 of 5 agencies")).to_be_visible()
    pension = page.locator("[data-agency$='State Pension']")
    expect(pension).to_contain_text("Has acted")

    follow(page, "Data")
    page.get_by_text("Who was to be told what").click()
    expect(page.get_by_text("Social Security Administration Act 1992").first).to_be_visible()
    expect(page.get_by_role("cell", name="The family")).to_be_visible()
    assert "Glenys" not in page.content()

    follow(page, "Help to claim")
    expect(page.get_by_role("heading", name="Bereavement Support Payment")).to_be_visible()
    with page.expect_download() as calendar:
        page.get_by_role("button", name="Put the days into your calendar").click()
    assert "BEGIN:VEVENT" in Path(calendar.value.path()).read_text()

    follow(page, "Ask or object")
    page.get_by_label("Ask a question").check()
    page.get_by_label("What is it about?").select_option(label="Council Tax, Holmshire Council")
    page.get_by_label("What do you want to say?").fill("Is the council told that the house is empty?")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Our staff have what you said")
    expect(page.get_by_text("Is the council told that the house is empty?")).to_be_visible()

    follow(page, "Permission")
    page.get_by_label("Driver").check()
    page.get_by_role("button", name="Ask our staff").click()
    expect(page.get_by_role("alert")).to_contain_text("Our staff ask the informant")

    follow(page, "Messages")
    page.get_by_label("That an agency has news").check()
    page.get_by_label("Email address").fill("daniel.holloway@example.org")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("The next message comes")
    assert "daniel" not in page.content(), "others may hold the reference"
    page.get_by_role("button", name="Stop messages 1").click()
    expect(page.get_by_role("alert")).to_contain_text("no longer kept")

    page.get_by_role("button", name="Sign out").click()
    heading(page, "Follow a report")
    page.goto("/family/progress")
    heading(page, "Follow a report")


def test_an_agencys_word_appears_while_the_page_is_looked_at(family: Visit, stage: Stage) -> None:
    """Without a reload, and it is said to who is read to."""
    stage.deliver()
    page = family("/family/progress")
    pension = page.locator("[data-agency$='State Pension']")
    expect(pension).to_contain_text("Told")
    stage.hear(STATE_PENSION)
    expect(pension).to_contain_text("Has it", timeout=_LIVE_MILLISECONDS)
    expect(page.get_by_role("status").last).to_have_text(
        "Department for Work and Pensions: State Pension: Has it", timeout=_LIVE_MILLISECONDS
    )


def test_without_scripts_the_page_is_loaded_again_by_a_link(
    context_without_scripts: BrowserContext, stage: Stage, site: str
) -> None:
    """Which with scripts is not there."""
    token = stage.service.sign_in.sessions.open_for_family(stage.id)
    context_without_scripts.add_cookies([{"name": "session", "value": token, "url": site}])
    stage.deliver()
    page = opener(context_without_scripts)("/family/progress")
    stage.hear(STATE_PENSION)
    page.get_by_role("link", name="Load this page again").click()
    expect(page.locator("[data-agency$='State Pension']")).to_contain_text("Has it")


def test_the_link_of_the_receipt_leads_to_the_page(visit: Visit, stage: Stage) -> None:
    """With nothing typed, and no fact in the address."""
    page = visit(stage.service.family.links.path(stage.reference))
    heading(page, "How the report is going")
    expect(page).to_have_url(re.compile("/family/progress$"))


def test_three_wrong_tries_are_answered_alike_for_a_report_and_for_none(context: BrowserContext, stage: Stage) -> None:
    """Word for word but for what was typed; then there is a pause."""
    page = opener(context)("/family")
    said = []
    for reference in (stage.reference, new_reference(), stage.reference):
        come_in(page, reference, "Somebody")
        expect(page.get_by_role("alert")).to_contain_text("there is no report with all three of them")
        text = page.locator("main").inner_html()
        said.append(re.sub(r'form_token" value="\w+"', "", text.replace(reference, "…")))
    assert len(set(said)) == 1
    come_in(page, stage.reference)
    heading(page, "You have tried too often")
    assert_fit_to_show(page, "family-paused")


def test_each_mistake_is_explained_beside_its_field(visit: Visit) -> None:
    """And in the summary, which leads to it."""
    page = visit("/family")
    page.get_by_label("Reference").fill("7K4-M92-QX2")
    page.get_by_label("Day").fill("31")
    page.get_by_label("Month").fill("2")
    page.get_by_label("Year").fill("2026")
    page.get_by_role("button", name="Continue").click()
    summary = page.get_by_role("alert")
    for text in ("nine letters and digits", "Enter the surname of the person who died", "must be a real date"):
        expect(summary).to_contain_text(text)
    summary.get_by_role("link", name="Enter the surname").click()
    expect(page.get_by_label("Surname of the person who died")).to_be_focused()
    expect(page.get_by_label("Reference")).to_have_value("7K4-M92-QX2")
    assert_fit_to_show(page, "family-enter-wrong")


def test_the_page_is_come_to_and_left_by_the_keyboard_alone(visit: Visit, stage: Stage) -> None:
    """Every field and link is reached by the tabulator, in the order of the page."""
    page = visit("/family")
    page.get_by_label("Reference").focus()
    for typed in (stage.reference, "Holloway", "14", "3", "2026"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Continue")).to_be_focused()
    page.keyboard.press("Enter")
    heading(page, "How the report is going")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    reached = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim().split('\\n')[0]"))
    for name in ("Data", "Messages", "Sign out", "Large text", "Cymraeg"):
        assert name in reached


def test_large_text_is_kept(family: Visit) -> None:
    """From one page to the next, until the usual one is chosen."""
    page = family("/family/progress")
    size = "getComputedStyle(document.querySelector('.agencies__name')).fontSize"
    usual = page.evaluate(size)
    page.get_by_role("link", name="Large text").click()
    page.goto("/family/progress")
    assert float(page.evaluate(size)[:-2]) > 1.3 * float(usual[:-2])
    page.get_by_role("link", name="Usual text").click()
    page.goto("/family/progress")
    assert page.evaluate(size) == usual


def test_the_copy_of_the_trail_is_given_once_it_is_sealed(family: Visit, stage: Stage) -> None:
    """Until then a page says when to come back."""
    page = family("/family/data/copy", status=409)
    heading(page, "There is no copy yet")
    assert_fit_to_show(page, "family-copy-later")
    stage.service.trail.seal.run()
    page = family("/family/data")
    with page.expect_download() as copy:
        page.get_by_role("button", name="Download the copy").click()
    assert json.loads(Path(copy.value.path()).read_text())["reference"] == stage.reference


def a_busy_report(stage: Stage) -> None:
    """One agency in each of several steps, a question that was asked, and a wish."""
    stage.deliver()
    stage.hear(STATE_PENSION, Outcome.ACTIONED)
    stage.hear(DISABILITY_LIVING_ALLOWANCE)
    stage.hear(COUNCIL_TAX, Outcome.QUERY, note="Which of the two addresses was current?")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["progress", "data", "help", "question", "consents", "updates"])
def test_the_familys_pages_are_fit_to_show(family: Visit, stage: Stage, name: str, language: str) -> None:
    """Accessible by axe in both languages and widths, with nothing clipped."""
    a_busy_report(stage)
    stage.service.family.questions.ask(stage.id, "Is the council told?\nIt asked us.", is_objection=True)
    page = family(f"/family/{name}?lang={language}")
    for details in page.locator("details").all():
        details.evaluate("element => element.open = true")
    assert_fit_to_show(page, f"family-{name}-{language}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_familys_pages_are_fit_to_show_in_large_text(family: Visit, stage: Stage, language: str) -> None:
    """Nothing is clipped by it."""
    a_busy_report(stage)
    for name in ("progress", "updates"):
        assert_fit_to_show(family(f"/family/{name}?lang={language}&text=large"), f"family-{name}-large-{language}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_before_coming_in_are_fit_to_show(visit: Visit, stage: Stage, language: str) -> None:
    """The form, a link that is wrong, and the end of messages."""
    assert_fit_to_show(visit(f"/family?lang={language}"), f"family-enter-{language}")
    assert_fit_to_show(visit(f"/family/link/none?lang={language}", status=404), f"family-link-{language}")
    assert_fit_to_show(visit(f"/family/stop/none?lang={language}", status=404), f"family-stop-wrong-{language}")


def test_mistakes_on_the_familys_forms_are_explained(family: Visit, stage: Stage) -> None:
    """On each of them, beside the field."""
    page = family("/family/question")
    page.get_by_role("button", name="Send").click()
    for text in ("Choose whether you ask or object", "Enter what you want to say"):
        expect(page.get_by_role("alert")).to_contain_text(text)
    assert_fit_to_show(page, "family-question-wrong")
    page = family("/family/consents")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose at least one agency")
    page = family("/family/updates")
    page.get_by_label("Two weeks before").check()
    page.get_by_label("Email address").fill("nobody")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter an email address in the correct format")
    assert_fit_to_show(page, "family-updates-wrong")


def test_what_would_follow_from_taking_a_permission_back_is_fit_to_show(family: Visit, stage: Stage) -> None:
    """Before it is done."""
    page = family("/family/consents")
    page.get_by_label("Driver").check()
    page.get_by_role("button", name="Continue").click()
    heading(page, "Check what would follow")
    expect(page.get_by_text("These will not be told")).to_be_visible()
    assert_fit_to_show(page, "family-consents-check")
    page.get_by_role("button", name="Take the permission back").click()
    expect(page.get_by_role("alert")).to_contain_text("The permission is taken back")
