"""A staff member's work at the board, in a real browser."""

import re
from datetime import date
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tellusonce.bootstrap import Service
from tellusonce.domain.agency_act import AgencyAction
from tellusonce.domain.follow_up import FollowUpKind
from tellusonce.domain.follow_up_moves import Close, Note
from tellusonce.services.api_keys import Principal, Role
from tests.browser.conftest import SignsIn, Visit, opener
from tests.browser.looking import assert_fit_to_show
from tests.persistence.following_up import a_follow_up, history, notes
from tests.persistence.stored import COUNCIL_TAX, STATE_PENSION, query, state_of

GWEN = Principal("Gwen Pritchard", Role.STAFF)
OLWEN = Principal("Olwen Reece", Role.SUPERVISOR)


@pytest.fixture
def busy(service: Service) -> None:
    """A board with something of everything."""
    database = service.database
    for kind in FollowUpKind:
        a_follow_up(database, kind)
    for _ in range(4):
        follow_up = a_follow_up(database, FollowUpKind.UNDELIVERABLE, COUNCIL_TAX, words=None)
        _parked(service, follow_up)
    for days, agency in ((9, STATE_PENSION), (20, COUNCIL_TAX), (40, COUNCIL_TAX)):
        query(
            database,
            "UPDATE notification SET accepted_at = now() - make_interval(days => %s) WHERE id = "
            "(SELECT id FROM notification WHERE agency = %s AND accepted_at > now() - interval '1 day' LIMIT 1)",
            days,
            agency,
        )


def _parked(service: Service, follow_up: object) -> None:
    query(
        service.database,
        "WITH parked AS (UPDATE notification SET state = 'parked', next_attempt_at = NULL, attempts = 9 "
        "WHERE id = (SELECT notification_id FROM follow_up WHERE id = %s) RETURNING id, report_id, agency), "
        "tried AS (INSERT INTO attempt (notification_id, number, channel, result, status, duration_ms) "
        "SELECT id, 9, 'push', 'refused', 503, 41 FROM parked) "
        "INSERT INTO trail (report_id, action, actor, agency, notification_id, detail) "
        "SELECT report_id, 'parked', 'tellusonce', agency, id, "
        '\'{"attempt": 9, "result": "refused", "status": 503}\' FROM parked',
        follow_up,
    )


def test_the_pages_of_staff_are_fit_to_show(
    visit: Visit, context: BrowserContext, signed_in: SignsIn, service: Service, busy: None
) -> None:
    """Accessible at both widths with nothing clipped: the board, the lists, a follow-up, a report, the agencies."""
    signed_in(context, GWEN)
    asked = a_follow_up(service.database, FollowUpKind.FAMILY_QUESTION, words="Has the pension ended?")
    service.following_up.acts.act(asked, Note(words="Rang the agency; they ring back on Monday."), GWEN.actor)
    raised = a_follow_up(service.database, FollowUpKind.OUTCOME_OVERDUE, words=None)
    query(
        service.database,
        "UPDATE follow_up SET raised_to = 'agency-contact', steps_taken = 4, next_step_on = NULL WHERE id = %s",
        raised,
    )
    closed = a_follow_up(service.database)
    service.following_up.acts.act(closed, Close(because="It was seen to."), GWEN.actor)
    ((reference,),) = query(
        service.database,
        "SELECT reference FROM report JOIN follow_up ON report_id = report.id WHERE kind = 'undeliverable' "
        "AND agency = %s LIMIT 1",
        COUNCIL_TAX,
    )
    for path, name in (
        ("/board", "board"),
        ("/follow-ups", "follow-ups"),
        ("/follow-ups?agency=nobody", "follow-ups-none"),
        ("/follow-ups/hand-over", "hand-over"),
        (f"/follow-ups/{asked}", "follow-up-question"),
        (f"/follow-ups/{raised}", "follow-up-telephone"),
        (f"/follow-ups/{closed}", "follow-up-closed"),
        (f"/reports/{reference}/timeline", "timeline"),
        ("/agencies", "agencies"),
        (f"/agencies/{COUNCIL_TAX}", "agency"),
    ):
        assert_fit_to_show(visit(path), name)


def test_the_pages_of_supervisors_are_fit_to_show(
    visit: Visit, context: BrowserContext, signed_in: SignsIn, service: Service, busy: None
) -> None:
    """An agency's keys, a new one, and who did what; what an agency was sent, before and after it is read."""
    signed_in(context, OLWEN)
    service.sign_in.accounts.add(Principal("Ann Lloyd", Role.AGENCY, agency=COUNCIL_TAX))
    _put_through(service)
    page = visit(f"/agencies/{COUNCIL_TAX}/keys")
    _unfold(page, "Issue a new API key")
    assert_fit_to_show(page, "keys")
    page.get_by_role("button", name="Issue a new API key").click()
    expect(page.get_by_role("heading", name="New API key, shown this once")).to_be_visible()
    assert_fit_to_show(page, "keys-new")
    visit(f"/agencies/{COUNCIL_TAX}")
    assert_fit_to_show(page, "agency-with-acts")
    ((reference,),) = query(
        service.database,
        "SELECT reference FROM report JOIN notification ON report_id = report.id WHERE attempts > 0 LIMIT 1",
    )
    visit(f"/reports/{reference}/timeline")
    page.get_by_role("link", name="Read the facts").click()
    page.get_by_role("button", name="Read the facts").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what you need the facts for")
    assert_fit_to_show(page, "sent-which-purpose")
    page.get_by_label("A complaint").check()
    page.get_by_role("button", name="Read the facts").click()
    expect(page.get_by_text("Holloway")).to_be_visible()
    assert_fit_to_show(page, "sent")


def _put_through(service: Service) -> None:
    """What people may do with an agency, done."""
    service.delivery.lane_control.pause(COUNCIL_TAX, "Its certificate has run out", GWEN.actor)
    service.signing_keys.rotate(COUNCIL_TAX, OLWEN.actor)
    for result, status, said in (("refused", 503, None), ("delivered", 200, "not-held")):
        came = {"channel": "push", "result": result, "status": status, "duration_ms": 41, "said": said}
        service.agency_desk.acts.add(COUNCIL_TAX, AgencyAction.EXAMPLE_SENT, GWEN.actor, came)


def test_an_empty_board_is_fit_to_show(visit: Visit, context: BrowserContext, signed_in: SignsIn) -> None:
    """It says that nothing needs anybody."""
    signed_in(context, GWEN)
    page = visit("/board")
    expect(page.get_by_text("Nothing needs anybody now.")).to_be_visible()
    assert_fit_to_show(page, "board-empty")


def test_a_day_at_the_board(either_context: BrowserContext, signed_in: SignsIn, service: Service, busy: None) -> None:
    """The worst agency is found, paused, mended, resumed and sent to again; a question is answered, work given on."""
    signed_in(either_context, GWEN)
    page = opener(either_context)("/board")
    page.get_by_role("table").last.get_by_role("rowheader").first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Council Tax")
    expect(page.get_by_role("row", name=re.compile("Refused"))).to_contain_text("41 ms")
    _pause_and_replay(page, service)
    _see_to_a_question(page, service)
    _assign_many(page, service)


def _pause_and_replay(page: Page, service: Service) -> None:
    _unfold(page, "Pause")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the reason")
    page.get_by_label("Why?").fill("Its certificate has run out")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Its certificate has run out (staff:Gwen Pritchard)")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    _unfold(page, "Send again what it lost")
    page.get_by_role("button", name="See what that would be").click()
    expect(page.get_by_role("heading", name="4 would be sent again")).to_be_visible()
    assert query(service.database, "SELECT count(*) FROM notification WHERE state = 'parked'") == [(4,)]
    page.get_by_role("button", name="Send 4 again").click()
    expect(page.get_by_role("row", name=re.compile("Queued"))).to_be_visible()
    assert query(service.database, "SELECT count(*) FROM notification WHERE state = 'parked'") == [(0,)]


def _see_to_a_question(page: Page, service: Service) -> None:
    page.goto("/follow-ups?kind=family-question")
    page.get_by_role("rowheader").get_by_role("link").click()
    follow_up = UUID(page.url.rpartition("/")[2])
    expect(page.get_by_text("Which of the two addresses was current?")).to_be_visible()
    _unfold(page, "Snooze")
    page.get_by_label("Day").fill("1")
    page.get_by_label("Month").fill("1")
    page.get_by_label("Year").fill("2020")
    page.get_by_label("Why?").first.fill("They are away")
    page.get_by_role("button", name="Snooze").click()
    expect(page.get_by_role("alert")).to_contain_text("This must be a day after today")
    expect(page.get_by_label("Why?").first).to_have_value("They are away")
    _look_at(page, "follow-up-wrong-date")
    _unfold(page, "Answer the family")
    page.get_by_label("Your answer").fill("The second one was.")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.get_by_text("closed: the family was answered")).to_be_visible()
    assert ("staff:Gwen Pritchard", "answer", "The second one was.") in notes(service.database, follow_up)
    assert "read" in [action for action, *_ in history(service.database, follow_up)]


def _assign_many(page: Page, service: Service) -> None:
    page.goto("/follow-ups?kind=undeliverable")
    for box in page.get_by_role("checkbox", name=re.compile("Undeliverable")).all():
        box.check()
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_role("heading", name="Check what will happen")).to_be_visible()
    assert query(service.database, "SELECT count(*) FROM follow_up WHERE owner IS NOT NULL") == [(0,)]
    _look_at(page, "many-check")
    page.get_by_role("button", name="Assign 5").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    _look_at(page, "many-done")
    assert query(service.database, "SELECT count(*) FROM follow_up WHERE owner = 'staff:Gwen Pritchard'") == [(5,)]


def _look_at(page: Page, name: str) -> None:
    """Axe needs scripts; what they show to those without is the same page."""
    if page.locator("body.js-enabled").count():
        assert_fit_to_show(page, name)


def _unfold(page: Page, text: str) -> None:
    summary = page.locator("summary", has_text=text).first
    if summary.evaluate("element => !element.parentElement.open"):
        summary.click()


def test_what_an_agency_said_on_the_telephone_is_recorded(
    either_context: BrowserContext, signed_in: SignsIn, service: Service, busy: None
) -> None:
    """By a person of staff, whom the trail names; what is not right is said beside its field."""
    signed_in(either_context, GWEN)
    ((reference, notification),) = query(
        service.database,
        "SELECT reference, notification.id FROM report JOIN notification ON report_id = report.id "
        "WHERE state = 'parked' LIMIT 1",
    )
    page = opener(either_context)(f"/reports/{reference}/timeline")
    _unfold(page, "Record what the agency said")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what the agency said")
    page.get_by_label("What did it say?").select_option("actioned")
    page.get_by_label("Day").fill("3")
    page.get_by_label("Month").fill("2")
    page.get_by_label("Year").fill(str(date(2026, 2, 3).year))
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("Actioned").first).to_be_visible()
    assert state_of(service.database, notification) == "actioned"
    expect(page.get_by_text("staff:Gwen Pritchard (by telephone)")).to_be_visible()


def test_a_supervisor_hands_over_anybodys_work(
    either_context: BrowserContext, signed_in: SignsIn, service: Service
) -> None:
    """From one person to another, with what they should know."""
    signed_in(either_context, OLWEN)
    for name in ("Gwen Pritchard", "Idris Bowen"):
        service.sign_in.accounts.add(Principal(name, Role.STAFF))
    for _ in range(3):
        a_follow_up(service.database, owner="staff:Gwen Pritchard")
    page = opener(either_context)("/follow-ups/hand-over")
    page.get_by_role("button", name="Hand over").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Whose are they now?").select_option("staff:Gwen Pritchard")
    page.get_by_label("Who takes them?").select_option("staff:Idris Bowen")
    page.get_by_role("button", name="Hand over").click()
    expect(page.get_by_text("Handed over: 3 follow-ups")).to_be_visible()
    _look_at(page, "handed-over")


def test_a_person_is_found_by_what_is_known(
    either_context: BrowserContext, signed_in: SignsIn, service: Service
) -> None:
    """By number, name or reference; nothing of it stands in an address."""
    signed_in(either_context, GWEN)
    a_follow_up(service.database)
    page = opener(either_context)("/follow-ups")
    _unfold(page, "Find a person's report")
    page.get_by_label("Family name").fill("Holloway")
    page.get_by_role("button", name="Find").click()
    assert "Holloway" not in page.url
    expect(page.get_by_role("rowheader")).to_have_count(1)
    _look_at(page, "found")
    page.get_by_label("Family name").fill("")
    page.get_by_label("National Insurance number").fill("nonsense")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("alert")).to_be_visible()
    _look_at(page, "found-wrong")


def test_the_board_follows_what_happens(
    visit: Visit, context: BrowserContext, signed_in: SignsIn, service: Service
) -> None:
    """Without a reload by the person."""
    signed_in(context, GWEN)
    page = visit("/board")
    expect(page.get_by_role("link", name=re.compile("0 open follow-ups"))).to_be_visible()
    a_follow_up(service.database)
    expect(page.get_by_role("link", name=re.compile("1 open follow-ups"))).to_be_visible()
