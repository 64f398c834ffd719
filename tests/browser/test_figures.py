"""The figures in a real browser."""

from datetime import datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import BrowserContext, expect

from tellusonce.bootstrap import Service
from tellusonce.services.api_keys import Principal, Role
from tests.browser.conftest import SignsIn, Visit
from tests.browser.looking import assert_fit_to_show
from tests.persistence.counted import reported
from tests.persistence.stored import COUNCIL_TAX, STATE_PENSION

OLWEN = Principal("Olwen Reece", Role.SUPERVISOR)


def test_figures_are_read_narrowed_and_fit_to_show(
    visit: Visit, context: BrowserContext, signed_in: SignsIn, service: Service
) -> None:
    """Plots with their tables at both widths; a district chosen stands in the address, which can be shared."""
    for month in range(1, 8):
        accepted = datetime(2026, month, 2, 9, tzinfo=ZoneInfo("Europe/London"))
        for district, count in (("holmshire", 5), ("ambershire", 6 if month > 3 else 3), ("fenshire", 2)):
            for number in range(count):
                taken = None if month == 7 and number else number * 9 + month
                reported(service.database, accepted, {STATE_PENSION: (0, 3), COUNCIL_TAX: (1, taken)}, district)
    service.figures.count.run()
    signed_in(context, OLWEN)
    page = visit("/board")
    page.get_by_role("link", name="Figures").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Figures")
    page.get_by_label("To").select_option("2026-07")
    page.get_by_label("From").select_option("2026-01")
    page.get_by_role("button", name="Show").click()
    assert_fit_to_show(page, "figures")
    page.get_by_label("District").select_option("Holmshire")
    page.get_by_role("button", name="Show").click()
    assert "district=holmshire" in page.url
    expect(page.get_by_role("table", name="Contacts by month")).to_contain_text("Mar 2026")
    expect(page.get_by_role("heading", name="By district")).to_have_count(0)
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download days to closure").click()
    assert downloading.value.suggested_filename == "closure.csv"
