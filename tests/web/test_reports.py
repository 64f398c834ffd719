"""Registering and reading reports over HTTP."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from httpx2 import Response

from tellusonce.bootstrap import Service
from tellusonce.persistence.blind_index import BlindIndex
from tellusonce.persistence.database import Database
from tellusonce.persistence.idempotency import lock_keys, veiled
from tellusonce.services.register import IdempotencyKey
from tellusonce.web.documents import RegisteredReport, Report, Trail
from tests.builders import a_submission
from tests.web.calling import REPORTS, Caller, Callers
from tests.web.conftest import ListedRings

FOUR = ["dwp-disability-living-allowance", "dwp-state-pension", "holmshire-council-tax", "holmshire-housing-benefit"]


def registered(caller: Caller, body: bytes, key: str) -> Response:
    return caller.post_bytes(REPORTS, body, idempotency_key=key)


def stored_reports(database: Database) -> int:
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM report")
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def test_a_report_is_answered_with_its_plan(registrar: Caller) -> None:
    """The registrar learns the reference, and of each agency which fields it is told under which gateway."""
    answer = registrar.register()
    RegisteredReport.model_validate_json(json.dumps(answer))
    assert sorted(each["agency"] for each in answer["notifications"]) == FOUR
    assert all(each["fields"] and each["gateway"] for each in answer["notifications"])
    assert answer["refusals"] == []


def test_who_is_not_told_is_named_with_the_reason(registrar: Caller) -> None:
    """Without the informant's permission the one agency that needs it is refused, with what the family can do."""
    answer = registrar.register(a_submission(permission=False))
    RegisteredReport.model_validate_json(json.dumps(answer))
    (refusal,) = answer["refusals"]
    assert (refusal["agency"], refusal["reason"]) == ("holmshire-housing-benefit", "no-permission")
    assert "family" in refusal["explanation"]


def test_the_agencies_told_are_rung_for(registrar: Caller, rings: ListedRings) -> None:
    """Once a report is stored, the doorbell is rung for each agency with a notification and for no other."""
    registrar.register(a_submission(permission=False))
    assert rings.agencies == [agency for agency in FOUR if agency != "holmshire-housing-benefit"]


def test_location_leads_to_the_report(registrar: Caller) -> None:
    """The answer's Location is the report's own address (RFC 9110 §10.2.2)."""
    response = registrar.post(REPORTS, a_submission(), idempotency_key="a key")
    assert registrar.get(response.headers["Location"]).json()["reference"] == response.json()["reference"]


def test_links_lead_to_the_report_and_its_trail(registrar: Caller) -> None:
    """Both links of the answer can be followed."""
    links = registrar.register()["links"]
    assert [registrar.get(links[name]).status_code for name in ("self", "trail")] == [200, 200]


def test_a_report_shows_where_each_notification_stands(registrar: Caller) -> None:
    """A report read back has its version and every notification with its state, and no fact."""
    reference = registrar.register()["reference"]
    response = registrar.get(f"{REPORTS}/{reference}")
    Report.model_validate_json(response.content)
    assert {each["agency"]: each["state"] for each in response.json()["notifications"]} == dict.fromkeys(FOUR, "queued")
    assert "Holloway" not in response.text


def test_the_trail_says_who_was_told_what_and_why(registrar: Caller) -> None:
    """The first entry of the trail is the registrar's, with fields and gateway of each disclosure, and no fact."""
    reference = registrar.register()["reference"]
    response = registrar.get(f"{REPORTS}/{reference}/trail")
    Trail.model_validate_json(response.content)
    entry = response.json()["trail"][0]
    assert (entry["action"], entry["actor"]) == ("registered", "registrar:front desk")
    assert all(each["fields"] and each["gateway"] for each in entry["detail"]["notifications"])
    assert "Holloway" not in response.text


def test_times_are_in_utc(registrar: Caller) -> None:
    """Times are RFC 3339 in UTC, whatever time zone the database's machine keeps."""
    reference = registrar.register()["reference"]
    report = registrar.get(f"{REPORTS}/{reference}").json()
    entry = registrar.get(f"{REPORTS}/{reference}/trail").json()["trail"][0]
    times = [report["accepted_at"], report["versions"][0]["registered_at"], entry["at"]]
    assert all(time.endswith("Z") and datetime.fromisoformat(time) for time in times)


def test_a_reference_is_read_as_people_type_it(registrar: Caller) -> None:
    """Case, spaces and hyphens of a reference do not matter."""
    reference = registrar.register()["reference"]
    for typed in (reference.lower(), reference.replace("-", " "), reference.replace("-", ""), f" {reference}"):
        assert registrar.get(f"{REPORTS}/{typed}").json()["reference"] == reference


def test_another_districts_report_is_as_if_it_were_not(registrar: Caller, callers: Callers) -> None:
    """A registrar of another district gets of a report and its trail what one gets of a reference never given."""
    reference = registrar.register()["reference"]
    elsewhere = callers.registrar("ambershire")
    never_given = [elsewhere.get(f"{REPORTS}/000-000-000{path}").json() for path in ("", "/trail")]
    answers = [elsewhere.get(f"{REPORTS}/{reference}{path}").json() for path in ("", "/trail")]
    for each in (*never_given, *answers):
        del each["correlation_id"]
    assert answers == never_given
    assert answers[0]["status"] == 404


def test_staff_see_every_district(registrar: Caller, callers: Callers) -> None:
    """Staff read reports of any district."""
    reference = registrar.register()["reference"]
    assert callers.staff().get(f"{REPORTS}/{reference}").json()["district"] == "holmshire"


def test_what_is_no_reference_is_not_found(registrar: Caller) -> None:
    """A mistyped or absurd reference is answered 404, and never repeated."""
    for reference in ("7K4-M92-QXD", "%00%00", "%F0%9F%95%8A" * 9, "%ED%A0%80", "%FF%FE", "K" * 5_000, "%C2%B2" * 9):
        response = registrar.get(f"{REPORTS}/{reference}")
        assert response.json()["type"] == "urn:tellusonce:problem:no-such-report"
        assert reference not in response.text


def test_same_key_and_body_get_the_same_bytes(registrar: Caller, database: Database) -> None:
    """A request sent again under its key is answered as the first time, to the byte, and stores nothing."""
    body = json.dumps(a_submission()).encode()
    first, again = (registered(registrar, body, "once") for _ in range(2))
    assert (again.status_code, again.content, again.headers["Location"]) == (
        201,
        first.content,
        first.headers["Location"],
    )
    assert stored_reports(database) == 1


def test_same_key_with_another_body_is_refused(registrar: Caller, database: Database) -> None:
    """A key used before with another body is answered 422, even where the bodies mean the same."""
    body = json.dumps(a_submission()).encode()
    registered(registrar, body, "once")
    response = registered(registrar, body + b" ", "once")
    assert (response.status_code, response.json()["type"]) == (422, "urn:tellusonce:problem:key-reused")
    assert stored_reports(database) == 1


def test_keys_are_each_callers_own(registrar: Caller, callers: Callers, database: Database) -> None:
    """Two registrars of one name in two districts do not get each other's answers for the same key."""
    body = json.dumps(a_submission()).encode()
    first = registered(registrar, body, "once")
    other = registered(callers.registrar("ambershire"), body, "once")
    assert first.json()["reference"] != other.json()["reference"]
    assert stored_reports(database) == 2


def test_a_report_needs_an_idempotency_key(registrar: Caller, database: Database) -> None:
    """A report without a usable Idempotency-Key is answered 400 and not stored."""
    for headers in ({}, *({"idempotency_key": key} for key in ("", "x" * 201, "a\tb"))):
        response = registrar.post(REPORTS, a_submission(), **headers)
        assert (response.status_code, response.json()["type"]) == (400, "urn:tellusonce:problem:idempotency-key-needed")
    assert stored_reports(database) == 0


def test_a_refused_report_leaves_its_key_free(registrar: Caller) -> None:
    """A report that was refused stored nothing, so that its key serves for the corrected one."""
    refused = registrar.post(REPORTS, a_submission(facts__deceased__family_name=""), idempotency_key="once")
    taken = registrar.post(REPORTS, a_submission(), idempotency_key="once")
    assert (refused.status_code, taken.status_code) == (422, 201)


def test_a_hundred_equal_requests_at_once_make_one_report(
    registrar: Caller, database: Database, rings: ListedRings
) -> None:
    """Of equal requests at once one is stored; each other gets its bytes or, while it is in flight, 409 (F14)."""
    body = json.dumps(a_submission()).encode()
    with ThreadPoolExecutor(16) as crowd:
        answers = list(crowd.map(lambda _: registered(registrar, body, "once"), range(100)))
    taken = {each.content for each in answers if each.status_code == 201}
    others = {(each.status_code, each.json()["type"]) for each in answers if each.status_code != 201}
    assert len(taken) == 1
    assert others <= {(409, "urn:tellusonce:problem:request-in-flight")}
    assert registered(registrar, body, "once").content in taken
    assert stored_reports(database) == 1
    assert rings.agencies == FOUR


def test_a_request_in_flight_says_when_to_come_again(registrar: Caller, service: Service) -> None:
    """While the first request with a key is still being stored, its like is answered 409 with Retry-After."""
    body = json.dumps(a_submission()).encode()
    key = IdempotencyKey("holmshire/registrar:front desk", "once", b"")
    with service.database.cursor() as first:
        lock_keys(first, [veiled(key, BlindIndex(service.database).key())])
        meanwhile = registered(registrar, body, "once")
    assert (meanwhile.status_code, meanwhile.headers["Retry-After"]) == (409, "1")
    assert registered(registrar, body, "once").status_code == 201
