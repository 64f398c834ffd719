"""What goes wrong is answered in one form, in plain words, and never as a 500."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tellusonce.bootstrap import Service
from tellusonce.life_events import LIFE_EVENTS
from tellusonce.web.problems import Kind
from tests.builders import a_provisional_bereavement, a_submission
from tests.web.calling import REPORTS, Caller, Callers, problem
from tests.web.hostile import BODIES, ODD_BUT_JSON

ACKNOWLEDGEMENTS = "/v1/agencies/dwp-state-pension/acknowledgements"


def submitted(caller: Caller, body: Any) -> Response:
    return caller.post(REPORTS, body, idempotency_key="a key")


def test_types_are_stable() -> None:
    """What clients' programs turn on: a type is added here when it is made, and none is ever changed or taken away."""
    assert {(kind.status, kind.type.removeprefix("urn:tellusonce:problem:")) for kind in Kind} == {
        (400, "not-possible"),
        (400, "idempotency-key-needed"),
        (401, "key-needed"),
        (403, "not-allowed"),
        (404, "not-found"),
        (404, "no-such-report"),
        (404, "no-such-life-event"),
        (404, "no-such-notification"),
        (404, "no-such-lease"),
        (405, "method-not-allowed"),
        (406, "not-acceptable"),
        (408, "body-too-slow"),
        (409, "request-in-flight"),
        (409, "illegal-move"),
        (409, "report-withdrawn"),
        (409, "stale-lease"),
        (409, "wrong-channel"),
        (409, "no-longer-allowed"),
        (409, "not-sealed-yet"),
        (410, "facts-destroyed"),
        (412, "version-changed"),
        (413, "body-too-long"),
        (415, "unsupported-media-type"),
        (422, "input-refused"),
        (422, "key-reused"),
        (428, "version-needed"),
        (429, "too-many-requests"),
        (500, "internal-error"),
        (503, "unavailable"),
    }


def pointers(response: Response) -> list[str]:
    return [error.pointer for error in problem(response, 422, "input-refused").errors]


def test_faults_of_the_report_and_of_its_facts_are_named_at_once(registrar: Caller) -> None:
    """However many tries there are, nobody has to learn of them one after another."""
    wrong = {**a_submission(facts__deceased__date_of_birth="1951-02-31"), "benefits": [], "shoe_size": 9}
    found = pointers(submitted(registrar, wrong))
    assert sorted(found) == ["/benefits", "/facts/deceased/date_of_birth", "/shoe_size"]
    assert pointers(submitted(registrar, {**wrong, "life_event": []})) == ["/life_event", "/benefits", "/shoe_size"]


def test_a_wrong_parameter_is_named(callers: Callers) -> None:
    """By its name; what was given is not repeated."""
    refused = callers.staff().get("/v1/follow-ups?limit=0&kind=nonsense")
    assert problem(refused, 400, "not-possible").detail == "Compare with /openapi.json what may stand in: kind, limit."


def test_a_body_that_cannot_be_read_is_refused_whole(registrar: Caller, callers: Callers) -> None:
    """What is no JSON, or JSON that two readers could read in two ways, is refused with one error for the whole."""
    agency = callers.agency("dwp-state-pension")
    reports = {
        name: pointers(registrar.post_bytes(REPORTS, body, idempotency_key="a")) for name, body in BODIES.items()
    }
    acknowledgements = {name: pointers(agency.post_bytes(ACKNOWLEDGEMENTS, body)) for name, body in BODIES.items()}
    assert reports == acknowledgements == {name: [""] for name in BODIES}


def test_odd_json_is_refused_for_what_it_says(registrar: Caller) -> None:
    """Great numbers, long keys and wrong shapes are refused like any other bad input, in a short answer."""
    for body in ODD_BUT_JSON.values():
        response = registrar.post_bytes(REPORTS, body, idempotency_key="a key")
        assert pointers(response)
        assert len(response.content) < 2_000


def with_character(path: str, character: str) -> dict[str, Any]:
    """The family's submission with a character inside the fact at this path."""
    submission = a_submission()
    if path.startswith("interim_certificate."):
        submission["facts"] = a_provisional_bereavement()
    *parents, leaf = path.split(".")
    group = submission["facts"]
    for parent in parents:
        group = group[parent]
    place, name = (group[leaf], 0) if isinstance(group[leaf], list) else (group, leaf)
    written = str(place[name])
    place[name] = written[:2] + character + written[2:]
    return submission


@pytest.mark.parametrize("character", ["\x00", "\n", "\x1b", "\x7f", "\x85", "\u2028"])
def test_no_fact_holds_control_characters(registrar: Caller, character: str) -> None:
    """A control character in any fact is refused before it can reach the database, a page or a log."""
    fields = LIFE_EVENTS["bereavement"].fields
    pointed_to = {path: submitted(registrar, with_character(path, character)) for path in fields}
    for path, response in pointed_to.items():
        (error,) = problem(response, 422, "input-refused").errors
        assert error.pointer.startswith(f"/facts/{path.replace('.', '/')}")


def test_a_strange_key_is_not_repeated(registrar: Caller) -> None:
    """A field that the sender made up is pointed to by the object that holds it, since its name may be a fact."""
    for key in [
        "x" * 10_000,
        "Margaret Ann Holloway",
        "QQ123456C",
        "a\nb",
        "ключ",
        "\U0001f54a",
        "",
        "a/b~c",
        "__proto__",
    ]:
        response = submitted(registrar, a_submission(facts__deceased={**a_submission()["facts"]["deceased"], key: "x"}))
        assert pointers(response) == ["/facts/deceased"]
        assert not key or key not in response.text


def test_a_misspelt_key_is_repeated(registrar: Caller) -> None:
    """A key that looks like a field is named, so that the misspelling is found."""
    response = submitted(registrar, a_submission(facts__deceased__date_of_brith="1948-05-02"))
    (error,) = problem(response, 422, "input-refused").errors
    assert error.pointer == "/facts/deceased/date_of_brith"


def test_every_fault_is_told_at_once(registrar: Caller) -> None:
    """A report with several faults is answered with all of them, each with its pointer and the words of the form."""
    submission = a_submission(
        facts__deceased__family_name="",
        facts__deceased__date_of_birth="1948-13-01",
        benefits=["state-pension", "a-boat"],
    )
    errors = problem(submitted(registrar, submission), 422, "input-refused").errors
    assert {error.pointer: error.detail.partition(":")[0] for error in errors} == {
        "/benefits/1": "This must be one that an agency holds",
        "/facts/deceased/family_name": "The family name must not be empty",
        "/facts/deceased/date_of_birth": "The date of birth must be a real date as YYYY-MM-DD, or YYYY-MM or YYYY "
        "if the rest is not known, or unknown",
    }


def test_very_many_faults_are_counted(registrar: Caller) -> None:
    """Of thousands of faults the first hundred are listed, and their number is said."""
    facts = {f"made_up_{number}": 1 for number in range(5_000)}
    document = problem(submitted(registrar, a_submission(facts=facts)), 422, "input-refused")
    assert len(document.errors) == 100
    assert "5003 errors" in document.detail


def test_an_unknown_life_event_is_refused(registrar: Caller) -> None:
    """Only a life event that is known can be reported."""
    for life_event in ("birth", "Bereavement", "", "x" * 1_000, "a\x00", None, 5):
        assert pointers(submitted(registrar, a_submission(life_event=life_event))) == ["/life_event"]


NO_JSON = [
    {"Content_Type": "text/plain"},
    {"Content_Type": "application/x-www-form-urlencoded"},
    {"Content_Type": "multipart/form-data; boundary=x"},
    {"Content_Type": "application/json; charset=utf-16"},
    {"Content_Type": ""},
    {"Content_Encoding": "gzip"},
]


def test_a_body_that_is_not_said_to_be_json_is_not_read(registrar: Caller) -> None:
    """Another media type, charset or encoding is answered 415, with what is taken (RFC 9110 §15.5.16)."""
    for headers in NO_JSON:
        response = registrar.post_bytes(REPORTS, b"{}", idempotency_key="a key", **headers)
        problem(response, 415, "unsupported-media-type")
        assert (response.headers["Accept"], response.headers["Accept-Encoding"]) == ("application/json", "identity")


def test_json_is_taken_however_it_is_said(registrar: Caller) -> None:
    """The media type is read without regard to case, with or without its charset (RFC 9110 §8.3.1)."""
    for media_type in ("application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"'):
        response = registrar.post_bytes(REPORTS, b"{}", idempotency_key="a key", Content_Type=media_type)
        problem(response, 422, "input-refused")


def test_a_long_body_is_not_read_to_its_end(registrar: Caller, service: Service) -> None:
    """A body over the bound is answered 413, and one of exactly the bound is read."""
    limit_bytes = service.settings.body_limit_bytes
    longest = registrar.post_bytes(REPORTS, b" " * limit_bytes, idempotency_key="a key")
    too_long = registrar.post_bytes(REPORTS, b" " * (limit_bytes + 1), idempotency_key="a key")
    problem(longest, 422, "input-refused")
    assert str(limit_bytes) in problem(too_long, 413, "body-too-long").detail


def test_a_body_without_a_length_is_bounded_too(client: TestClient, registrar: Caller) -> None:
    """A body that never ends is answered 413 once it has come over the bound."""

    def endless() -> Iterator[bytes]:
        for _ in range(1_000):
            yield b" " * 64 * 1024

    headers = registrar.headers | {"Content-Type": "application/json", "Idempotency-Key": "a key"}
    problem(client.post(REPORTS, content=endless(), headers=headers), 413, "body-too-long")


def test_a_database_that_is_away_is_503_at_once(client_without_database: TestClient) -> None:
    """Without the database a request is answered 503 within a second, with when to come again."""
    caller = Caller(client_without_database, "tuo_any")
    started = time.monotonic()
    response = submitted(caller, a_submission())
    assert time.monotonic() - started < 1
    problem(response, 503, "unavailable")
    assert response.headers["Retry-After"] == "1"


def test_what_nobody_foresaw_is_our_fault(registrar: Caller, service: Service) -> None:
    """A failure that nobody foresaw is answered 500 with the correlation id and without its cause."""
    with service.database.cursor() as cursor:
        cursor.execute("ALTER TABLE trail RENAME TO path")
    response = submitted(registrar, a_submission())
    problem(response, 500, "internal-error")
    assert "trail" not in response.text
