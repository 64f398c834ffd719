"""The page of figures, as a browser without scripts gets it."""

import csv
import io
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tellusonce.bootstrap import Service
from tellusonce.services.api_keys import Role
from tests.persistence.counted import reported
from tests.persistence.stored import COUNCIL_TAX, STATE_PENSION
from tests.web.visiting import Visitors

MARCH = datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Europe/London"))
OF_MARCH = "from=2026-03&to=2026-03"


@pytest.fixture
def counted(service: Service) -> None:
    """Six reports of Holmshire, five of Ambershire, and two each of two small districts, counted."""
    for district, count in (("holmshire", 6), ("ambershire", 5), ("millshire", 2), ("fenshire", 3)):
        for _ in range(count):
            reported(service.database, MARCH, {STATE_PENSION: (0, 2), COUNCIL_TAX: (1, 20)}, district)
    service.figures.count.run()


def text_of(html: str) -> str:
    """What the page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_page_says_what_was_counted(visitors: Visitors, counted: None) -> None:
    """Contacts against 44, days against 180, and each agency against its deadlines, in words and in plots."""
    html = visitors.of_role(Role.SUPERVISOR).get(f"/figures?{OF_MARCH}").text
    said = text_of(html)
    assert "2.0 contacts avoided for each report 1.0 contacts made by the family for each report 32" in said
    assert "44 contacts of the family of the study" in said
    assert "20 days to closure for half of them" in said
    assert "180 days of the family of the study" in said
    assert "Mar 2026 16 1.0 2.0 0" in said
    assert "half: 20 days nine in ten: 20 days in time: 0 of 16" in said
    assert html.count('class="plot"') == 2
    assert "style=" not in html


def test_small_districts_are_shown_together(visitors: Visitors, counted: None) -> None:
    """Neither by name on the page, nor by an address, nor in a table for a spreadsheet."""
    staff = visitors.of_role(Role.STAFF)
    html = staff.get(f"/figures?{OF_MARCH}").text
    assert "Other districts 5 2.0 20 0" in text_of(html)
    for name in ("contacts", "closure", "acknowledgements", "help"):
        assert "fenshire" not in html + staff.get(f"/figures/{name}.csv?{OF_MARCH}").text.lower()
    assert "There is nothing to show" in staff.get(f"/figures?{OF_MARCH}&district=fenshire").text


def test_the_tables_are_by_district_and_month(visitors: Visitors, counted: None) -> None:
    """A row each, and each agency in the one about agencies."""
    protection = visitors.of_role(Role.DATA_PROTECTION)
    answered = protection.get(f"/figures/acknowledgements.csv?{OF_MARCH}&district=holmshire")
    assert answered.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answered.text)))
    assert [(row["month"], row["district"], row["agency"], row["outcome_median_days"]) for row in rows] == [
        ("2026-03", "holmshire", STATE_PENSION, "2"),
        ("2026-03", "holmshire", COUNCIL_TAX, "20"),
    ]
    closure = list(csv.DictReader(io.StringIO(protection.get(f"/figures/closure.csv?{OF_MARCH}").text)))
    assert {(row["district"], row["reports_closed"], row["median_days"]) for row in closure} == {
        ("holmshire", "6", "20"),
        ("ambershire", "5", "20"),
        ("other districts", "5", "20"),
    }


def test_a_registrar_sees_the_own_district(visitors: Visitors, counted: None) -> None:
    """And is refused another's."""
    registrar = visitors.registrar("ambershire")
    html = registrar.get(f"/figures?{OF_MARCH}").text
    assert "Mar 2026 5 1.0 2.0 0" in text_of(html)
    assert "holmshire" not in html.lower().replace("holmshire council", "")
    assert registrar.get(f"/figures?{OF_MARCH}&district=holmshire").status_code == 403
    assert "holmshire," not in registrar.get(f"/figures/contacts.csv?{OF_MARCH}").text


def test_months_that_make_no_sense_are_refused(visitors: Visitors) -> None:
    """With a page; and so is a table that there is not."""
    staff = visitors.of_role(Role.STAFF)
    for asked in ("from=2026-13", "from=march", "from=2026-04&to=2026-03", "from=2020-01&to=2026-03", "district=%00"):
        assert staff.get(f"/figures?{asked}").status_code == 400
    assert staff.get("/figures/names.csv").status_code == 404


def test_before_anything_was_counted_the_page_says_so(visitors: Visitors) -> None:
    """And its tables are empty but for their heads."""
    staff = visitors.of_role(Role.STAFF)
    assert "There is nothing to show" in staff.get("/figures").text
    assert len(staff.get("/figures/help.csv").text.splitlines()) == 1
