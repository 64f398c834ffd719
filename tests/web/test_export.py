"""Everything held on a report's people, over HTTP."""

from io import BytesIO
from typing import Any

import jsonschema
import pytest
from httpx2 import Response
from pypdf import PdfReader
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.domain.export import Export
from tellusonce.domain.family import Way
from tellusonce.domain.language import Language
from tellusonce.persistence.database import Database
from tellusonce.services.family_wishes import Wish
from tests.forgetting import days_pass, forget
from tests.persistence.stored import query
from tests.web.calling import REPORTS, Caller, Callers, problem


@pytest.fixture
def officer(callers: Callers) -> Caller:
    """Who answers requests for what is held."""
    return callers.data_protection()


@pytest.fixture
def reference(registrar: Caller) -> str:
    """The family's report."""
    reference: str = registrar.register()["reference"]
    return reference


def exported(officer: Caller, reference: str, query: str = "", accept: str = "application/json") -> Response:
    headers = officer.headers | {"Accept": accept}
    return officer.client.get(f"{REPORTS}/{reference}/export{query}", headers=headers)


def text(answer: Response) -> str:
    read = PdfReader(BytesIO(answer.content))
    return " ".join(" ".join(page.extract_text() for page in read.pages).split())


def test_data_protection_is_given_everything_on_all(officer: Caller, reference: str) -> None:
    """Of every version the facts with their labels, each notification, and the trail, in which this export is."""
    export = Export.model_validate_json(exported(officer, reference).content)
    (version,) = export.versions
    facts = {each.field: each for each in version.facts}
    assert facts["partner.national_insurance_number"].value == "QQ654321A"
    assert version.left_out == ()
    assert [(each.given_by, each.recorded) for each in version.consents] == [("informant", "with-report")]
    assert len(export.notifications) == 4
    assert [each.action for each in export.trail] == ["registered", "consent-given", "exported"]
    last = export.trail[-1]
    assert (last.actor, last.detail) == (
        "data-protection:data protection desk",
        {"for": "everybody", "format": "json"},
    )


def test_where_the_family_asked_to_be_told_is_in_it(officer: Caller, reference: str, service: Service) -> None:
    """In both forms; for one person without the address, of which nothing says whose it is."""
    address = "someone.else@example.org"
    wish = Wish(way=Way.EMAIL, email=address, language=Language.WELSH, updates=True, reminders=True)
    token = service.family.links.path(reference).rpartition("/")[2]
    service.family.wishes.add(service.family.access.enter_by_link(token), wish)
    (contact,) = Export.model_validate_json(exported(officer, reference).content).family_contacts
    assert (contact.address.text, contact.language, contact.messages) == (address, "cy", ())
    assert address in text(exported(officer, reference, accept="application/pdf"))
    assert address not in exported(officer, reference, "?for=informant").text


def test_each_export_is_in_the_trail_and_holds_no_fact(officer: Caller, registrar: Caller, reference: str) -> None:
    """Who, for whom and as what; and no more."""
    exported(officer, reference, "?for=informant", "application/pdf")
    entries = registrar.get(f"{REPORTS}/{reference}/trail").json()["trail"]
    assert (entries[-1]["action"], entries[-1]["detail"]) == ("exported", {"for": "informant", "format": "pdf"})


def test_of_a_forgotten_report_it_says_that_its_facts_were_destroyed(
    officer: Caller, registrar: Caller, reference: str, database: Database
) -> None:
    """And when; what can be claimed after it cannot be said any more."""
    query(database, "UPDATE notification SET state = 'actioned', next_attempt_at = NULL, closed_at = now()")
    days_pass(database, 10_000)
    assert forget(database) == 1
    export = Export.model_validate_json(exported(officer, reference).content)
    assert export.facts_destroyed_at is not None
    assert [each.facts for each in export.versions] == [()]
    assert [each.action for each in export.trail] == ["registered", "consent-given", "shredded", "exported"]
    gone = problem(registrar.get(f"{REPORTS}/{reference}/entitlements"), 410, "facts-destroyed")
    assert f"{export.facts_destroyed_at:%Y-%m-%d}" in (gone.detail or "")


def test_the_informant_is_given_nothing_of_others(officer: Caller, reference: str) -> None:
    """In neither form; and both say what is left out."""
    as_json = exported(officer, reference, "?for=informant")
    as_pdf = exported(officer, reference, "?for=informant", "application/pdf")
    others = ["QQ654321A", "QQ123456C", "George", "1946-11-30", "Amberley", "ruth.amberley", "3 Church Row"]
    for given in (as_json.text, text(as_pdf)):
        assert "daniel.holloway@example.org" in given
        assert "Margaret Ann" in given
        assert not [each for each in others if each in given]
    (version,) = Export.model_validate_json(as_json.content).versions
    assert "partner.national_insurance_number" in {each.field for each in version.left_out}


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/pdf", "application/pdf"),
        ("text/html, application/PDF;q=0.9, */*;q=0.1", "application/pdf"),
        ("application/pdf;q=0, application/json", "application/json"),
    ],
)
def test_it_comes_as_it_is_wanted(officer: Caller, reference: str, accept: str, given: str) -> None:
    """JSON unless the Accept header would rather have a PDF; as a file named by the reference."""
    answer = exported(officer, reference, accept=accept)
    assert answer.headers["Content-Type"] == given
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{reference}.{given.partition("/")[2]}"'
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("accept", ["text/html", "application/pdf;q=0", "application/pdf;q=much"])
def test_in_another_form_it_is_not_given(officer: Caller, registrar: Caller, reference: str, accept: str) -> None:
    """406, and no entry in the trail."""
    problem(exported(officer, reference, accept=accept), 406, "not-acceptable")
    entries = registrar.get(f"{REPORTS}/{reference}/trail").json()["trail"]
    assert "exported" not in [each["action"] for each in entries]


def test_a_person_that_is_none_of_the_report_is_named(officer: Caller, registrar: Caller, reference: str) -> None:
    """422 says who there is, and nothing is written."""
    refused = problem(exported(officer, reference, "?for=neighbour"), 422, "input-refused")
    assert refused.errors[0].detail == "This must be one of: deceased, informant, partner, estate-contact"
    entries = registrar.get(f"{REPORTS}/{reference}/trail").json()["trail"]
    assert "exported" not in [each["action"] for each in entries]


def test_it_is_as_its_schema_has_it(officer: Caller, reference: str, client: TestClient) -> None:
    """The JSON adheres to the schema in the interface's description."""
    described: dict[str, Any] = client.get("/openapi.json").json()
    schema = {"$ref": "#/components/schemas/Export", "components": described["components"]}
    for wanted in ("", "?for=partner"):
        jsonschema.validate(exported(officer, reference, wanted).json(), schema)


def test_a_reference_that_leads_nowhere_is_404(officer: Caller) -> None:
    """As everywhere."""
    problem(exported(officer, "000-000-000"), 404, "no-such-report")
