"""Correcting and withdrawing reports over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response

from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.persistence.lanes import Lanes
from tellusonce.web.documents import Report, RevisedReport
from tests.builders import a_provisional_bereavement, a_submission
from tests.web.calling import Caller, Callers, problem
from tests.web.conftest import ListedRings

PENSION = "dwp-state-pension"


def _correct(
    caller: Caller, reference: str, version: str | None = '"1"', key: str | None = None, **changes: Any
) -> Response:
    headers = {"idempotency_key": key or str(uuid4())} | ({"if_match": version} if version else {})
    body = {**a_submission(**changes), "reason": "clerical"}
    return caller.post(f"/v1/reports/{reference}/corrections", body, **headers)


def _withdraw(caller: Caller, reference: str, version: str = '"1"', reason: str = "person-alive") -> Response:
    headers = {"idempotency_key": str(uuid4()), "if_match": version}
    return caller.post(f"/v1/reports/{reference}/withdrawal", {"reason": reason}, **headers)


def _tell_all(service: Any) -> None:
    for agency in service.agencies:
        Lanes(service.database, CircuitBreaker()).claim(agency, limit=10, lease_seconds=60)


def _agencies(response: Response) -> dict[str, dict[str, Any]]:
    assert response.status_code == 201, response.text
    RevisedReport.model_validate_json(response.content)
    return {each["agency"]: each for each in response.json()["notifications"]}


def test_only_those_hear_of_a_correction_whose_facts_have_changed(registrar: Caller, service: Any) -> None:
    """A name of the partner goes to those that may know it, as a correction that says which field changed."""
    reference = registrar.register()["reference"]
    _tell_all(service)
    told = _agencies(_correct(registrar, reference, facts__partner__family_name="Holoway"))
    assert "dwp-disability-living-allowance" not in told
    assert told[PENSION]["kind"] == "correction"
    assert told[PENSION]["reason"] == "clerical"
    assert told[PENSION]["changed"] == ["partner.family_name"]


def test_what_was_not_sent_yet_is_superseded(registrar: Caller) -> None:
    """Before anything is sent, the corrected version goes in place of the first, to which nobody was told."""
    reference = registrar.register()["reference"]
    response = _correct(registrar, reference, facts__deceased__family_name="Hollowey")
    assert {each["kind"] for each in _agencies(response).values()} == {"original"}
    assert len(response.json()["superseded"]) == 4
    shown = registrar.get(f"/v1/reports/{reference}").json()["notifications"]
    assert {each["agency"]: each["state"] for each in shown} == dict.fromkeys(_agencies(response), "queued"), "the last"


def test_an_agency_comes_in_and_another_goes_out(registrar: Caller, service: Any) -> None:
    """A benefit added tells its agency for the first time; one left out has its agency reverse."""
    reference = registrar.register(a_submission(benefits=["state-pension"]))["reference"]
    _tell_all(service)
    told = _agencies(_correct(registrar, reference, benefits=["disability-living-allowance"]))
    assert told["dwp-disability-living-allowance"]["kind"] == "original"
    assert (told[PENSION]["kind"], told[PENSION]["reason"]) == ("withdrawal", "not-concerned")


def test_a_withdrawal_goes_to_exactly_those_told(registrar: Caller, service: Any, rings: ListedRings) -> None:
    """Of four agencies one had been sent something: it alone is asked to reverse, and the rest hear nothing."""
    reference = registrar.register()["reference"]
    Lanes(service.database, CircuitBreaker()).claim(PENSION, limit=10, lease_seconds=60)
    rings.agencies.clear()
    response = _withdraw(registrar, reference)
    told = _agencies(response)
    assert list(told) == [PENSION] == rings.agencies
    assert (told[PENSION]["kind"], told[PENSION]["reason"]) == ("withdrawal", "person-alive")
    assert len(response.json()["superseded"]) == 3


def test_a_withdrawn_report_stays_as_it_is(registrar: Caller) -> None:
    """It can be neither corrected nor withdrawn again."""
    reference = registrar.register()["reference"]
    assert _withdraw(registrar, reference).status_code == 201
    problem(_withdraw(registrar, reference, '"2"'), 409, "report-withdrawn")
    problem(_correct(registrar, reference, '"2"'), 409, "report-withdrawn")


def test_the_report_shows_its_versions(registrar: Caller) -> None:
    """Each version stands with its kind and reason, and the latest is the ETag."""
    reference = registrar.register()["reference"]
    first = registrar.get(f"/v1/reports/{reference}")
    assert first.headers["ETag"] == '"1"'
    assert _correct(registrar, reference, facts__deceased__family_name="Hollowey").headers["ETag"] == '"2"'
    _withdraw(registrar, reference, "*")
    report = Report.model_validate_json(registrar.get(f"/v1/reports/{reference}").content)
    assert [(each.kind, each.reason) for each in report.versions] == [
        ("original", None),
        ("correction", "clerical"),
        ("withdrawal", "person-alive"),
    ]


@pytest.mark.parametrize(
    ("version", "status", "kind"),
    [(None, 428, "version-needed"), ('"2"', 412, "version-changed"), ("1", 412, "version-changed")],
)
def test_who_has_not_seen_the_latest_version_cannot_change_it(
    registrar: Caller, version: str | None, status: int, kind: str
) -> None:
    """A change is made to the version that the registrar has read, or not at all."""
    reference = registrar.register()["reference"]
    problem(_correct(registrar, reference, version), status, kind)


def test_of_two_corrections_at_once_one_is_made(registrar: Caller) -> None:
    """Both have read version 1: the second to come is told that it has changed."""
    reference = registrar.register()["reference"]
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda _: _correct(registrar, reference), range(2)))
    assert sorted(answer.status_code for answer in answers) == [201, 412]


def test_the_same_request_again_is_answered_as_the_first(registrar: Caller) -> None:
    """Under one idempotency key one version is made, whatever its number is by then."""
    reference = registrar.register()["reference"]
    first, again = (_correct(registrar, reference, key="once") for _ in range(2))
    assert (again.status_code, again.content) == (201, first.content)
    problem(_correct(registrar, reference, key="once", permission=False), 422, "key-reused")


def test_a_key_is_needed(registrar: Caller) -> None:
    """A request that makes a version needs an idempotency key."""
    reference = registrar.register()["reference"]
    response = registrar.post(f"/v1/reports/{reference}/withdrawal", {"reason": "person-alive"}, if_match="*")
    problem(response, 400, "idempotency-key-needed")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"reason": "because"}, "/reason"),
        ({"reason": "person-alive"}, "/reason"),
        ({"life_event": "birth"}, "/life_event"),
        ({"benefits": ["none"]}, "/benefits/0"),
        ({"facts": {}}, "/facts/deceased"),
    ],
)
def test_what_is_wrong_is_named(registrar: Caller, changes: dict[str, Any], pointer: str) -> None:
    """A correction that does not hold is refused with the place of each fault, and nothing is stored."""
    reference = registrar.register()["reference"]
    body = {**a_submission(), "reason": "clerical", **changes}
    response = registrar.post(f"/v1/reports/{reference}/corrections", body, idempotency_key="k", if_match='"1"')
    assert pointer in {each.pointer for each in problem(response, 422, "input-refused").errors}
    assert registrar.get(f"/v1/reports/{reference}").headers["ETag"] == '"1"'


def test_another_districts_report_is_not_there(registrar: Caller, callers: Callers) -> None:
    """A registrar changes those of their own district only."""
    reference = registrar.register()["reference"]
    other = callers.registrar("wendmoor")
    problem(_correct(other, reference), 404, "no-such-report")
    problem(_withdraw(other, reference), 404, "no-such-report")
    problem(_withdraw(other, "7K4-M92-QX2"), 404, "no-such-report")


def test_the_trail_says_who_changed_what_and_why(registrar: Caller, service: Any) -> None:
    """The trail names the version, the reason, and for each agency the fields that changed; no fact."""
    reference = registrar.register()["reference"]
    _tell_all(service)
    _correct(registrar, reference, facts__deceased__family_name="Hollowey")
    _withdraw(registrar, reference, '"2"')
    text = registrar.get(f"/v1/reports/{reference}/trail").text
    assert "Hollowey" not in text
    trail = registrar.get(f"/v1/reports/{reference}/trail").json()["trail"]
    changes = [each for each in trail if each["action"] in {"corrected", "withdrawn"}]
    assert [(each["detail"]["version"], each["detail"]["reason"]) for each in changes] == [
        (2, "clerical"),
        (3, "person-alive"),
    ]
    assert all(each["changed"] == ["deceased.family_name"] for each in changes[0]["detail"]["notifications"])


def test_what_was_provisional_is_confirmed(registrar: Caller, service: Any) -> None:
    """A report on a coroner's certificate is confirmed by a correction, of which everyone who was told hears."""
    provisional = a_submission(facts=a_provisional_bereavement())
    reference = registrar.register(provisional)["reference"]
    assert registrar.get(f"/v1/reports/{reference}").json()["versions"][0]["provisional"]
    _tell_all(service)
    body = {**a_submission(), "reason": "confirmed"}
    headers = {"idempotency_key": "k", "if_match": '"1"'}
    told = _agencies(registrar.post(f"/v1/reports/{reference}/corrections", body, **headers))
    assert len(told) == 4
    assert {each["kind"] for each in told.values()} == {"correction"}
    assert not registrar.get(f"/v1/reports/{reference}").json()["versions"][1]["provisional"]
