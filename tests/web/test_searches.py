"""Finding reports over HTTP, and what is said of those whose facts are destroyed."""

import re

from tellusonce.persistence.database import Database
from tests.builders import a_submission
from tests.persistence.stored import query
from tests.web.calling import Caller, Callers, problem

SEARCHES = "/v1/reports/searches"
HER = {"family_name": "Holloway", "date_of_birth": "1948-05-02"}


def test_a_report_is_found_by_its_reference_alone(registrar: Caller) -> None:
    """Nothing but the reference is answered, and nothing is written into the report's trail."""
    reference = registrar.register()["reference"]
    answer = registrar.post(SEARCHES, HER)
    assert (answer.status_code, answer.json()) == (200, {"reports": [{"reference": reference}]})
    trail = registrar.get(f"/v1/reports/{reference}/trail").json()["trail"]
    assert [each["action"] for each in trail] == ["registered", "consent-given"]


def test_registrars_find_their_districts_and_staff_all(registrar: Caller, callers: Callers) -> None:
    """Another district's registrar finds nothing; staff find it."""
    registrar.register()
    assert callers.registrar("ambershire").post(SEARCHES, HER).json() == {"reports": []}
    assert len(callers.staff().post(SEARCHES, HER).json()["reports"]) == 1


def test_pages_follow_one_another(registrar: Caller) -> None:
    """The same body posted to the `next` link gives the next page; the address holds no fact."""
    wanted = [registrar.register()["reference"] for _ in range(3)]
    listed, path = [], f"{SEARCHES}?limit=2"
    while path:
        answer = registrar.post(path, HER)
        listed += [each["reference"] for each in answer.json()["reports"]]
        link = re.match(r"<(.+)>; rel=\"next\"", answer.headers.get("Link", ""))
        path = link[1] if link else ""
        assert "olloway" not in path
    assert listed == wanted


def test_what_was_corrected_is_found_as_it_is_now(registrar: Caller) -> None:
    """By what it was before a correction it is not found any more."""
    reference = registrar.register()["reference"]
    corrected = a_submission(facts__deceased__date_of_birth="1949-05-02") | {"reason": "clerical"}
    path = f"/v1/reports/{reference}/corrections"
    assert registrar.post(path, corrected, idempotency_key="a key", If_Match="*").status_code == 201
    assert registrar.post(SEARCHES, HER).json() == {"reports": []}
    assert len(registrar.post(SEARCHES, HER | {"date_of_birth": "1949-05-02"}).json()["reports"]) == 1


def test_what_cannot_be_searched_is_refused(registrar: Caller) -> None:
    """Each error has its place, and the value is not repeated."""
    refused = problem(registrar.post(SEARCHES, {"date_of_birth": "2026-02-30"}), 422, "input-refused")
    assert [each.pointer for each in refused.errors] == ["/date_of_birth"]
    assert "2026-02-30" not in refused.model_dump_json()
    problem(registrar.post(SEARCHES, {}), 422, "input-refused")
    problem(registrar.post(f"{SEARCHES}?cursor=none", HER), 400, "not-possible")


def test_a_forgotten_report_says_when_it_was(registrar: Caller, database: Database) -> None:
    """It is shown with the time, and correcting it is answered 410 with the date."""
    reference = registrar.register()["reference"]
    query(
        database,
        "UPDATE report SET wrapped_key = NULL, master_key = NULL, facts_destroyed_at = '2026-11-22T10:00:00Z'",
    )
    shown = registrar.get(f"/v1/reports/{reference}").json()
    assert shown["facts_destroyed_at"] == "2026-11-22T10:00:00Z"
    path = f"/v1/reports/{reference}/corrections"
    gone = registrar.post(path, a_submission() | {"reason": "clerical"}, idempotency_key="a key", If_Match="*")
    assert "destroyed on 2026-11-22" in problem(gone, 410, "facts-destroyed").detail
