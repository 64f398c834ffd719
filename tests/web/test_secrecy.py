"""No fact leaves by an answer, a log line or an error (S3)."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tellusonce.life_events import LIFE_EVENTS
from tellusonce.persistence.api_keys import StoredKeys
from tellusonce.persistence.database import Database
from tellusonce.services.api_keys import ApiKeys, Principal, Role
from tests.builders import a_submission
from tests.web.calling import REPORTS
from tests.web.serving import Served, serving

CANARY = "Zxqvkjw8108"
_canaries: st.SearchStrategy[Any] = st.sampled_from(
    [
        CANARY,
        CANARY * 50,
        f" {CANARY}\x00\n",
        f"{CANARY}@{CANARY}.{CANARY}",
        f"+44 {CANARY}",
        [CANARY],
        [[CANARY]],
        {CANARY: CANARY},
        {"family_name": CANARY},
        f"\U0001f54a{CANARY}",
    ]
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the process writes."""
    return tmp_path / "api.log"


@pytest.fixture
def served(database_url: str, broker_url: str, tmp_path: Path) -> Iterator[Served]:
    with serving(database_url, broker_url, tmp_path) as served:
        yield served


@pytest.fixture
def headers(database: Database) -> dict[str, str]:
    """Those of a registrar."""
    key = ApiKeys(StoredKeys(database)).issue(Principal("front desk", Role.REGISTRAR, district="holmshire"))
    return {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}


@st.composite
def submissions_with_canaries(draw: st.DrawFn) -> Any:
    """A report with a canary in some of its fields, known or made up, in every shape that a mistake may take."""
    submission = a_submission()
    facts = submission["facts"]
    for path in draw(st.sets(st.sampled_from(sorted(LIFE_EVENTS["bereavement"].fields)), min_size=1)):
        *parents, leaf = path.split(".")
        group = facts
        for parent in parents:
            group = group.setdefault(parent, {})
        group[leaf] = draw(_canaries)
    for place in draw(st.sets(st.sampled_from(["life_event", "benefits", "permission", CANARY]))):
        submission[place] = draw(_canaries)
    facts |= draw(st.dictionaries(st.sampled_from([CANARY, "partner", f"{CANARY} {CANARY}"]), _canaries))
    return draw(st.sampled_from([submission, submission, submission, facts, [submission], CANARY]))


def request_lines(log: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == "request"]


def test_no_answer_and_no_log_line_repeats_a_fact(served: Served, headers: dict[str, str], log: Path) -> None:
    """Whatever is wrong with a report, neither what is answered nor what is logged holds any of it."""
    with httpx2.Client(base_url=served.url, headers=headers) as client:

        @settings(max_examples=150)
        @given(submissions_with_canaries())
        def nothing_is_repeated(submission: Any) -> None:
            answer = client.post(REPORTS, content=json.dumps(submission), headers={"Idempotency-Key": str(uuid4())})
            assert answer.status_code in (201, 422)
            assert CANARY not in answer.text + str(answer.headers)

        nothing_is_repeated()
    assert CANARY.lower() not in log.read_text().lower()
    assert len(request_lines(log)) >= 100


def test_an_unforeseen_failure_repeats_no_fact(
    served: Served, headers: dict[str, str], database_url: str, log: Path
) -> None:
    """Where the database's own error holds the facts, the answer 500 and the log name only type and places."""
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute("ALTER TABLE report_version ADD CHECK (registered_by = 'nobody') NOT VALID")
    body = json.dumps(a_submission(facts__deceased__family_name=CANARY))
    answer = httpx2.post(served.url + REPORTS, content=body, headers=headers | {"Idempotency-Key": "a key"})
    assert answer.status_code == 500
    assert CANARY not in answer.text
    written = log.read_text()
    assert CANARY not in written
    assert "Traceback" not in written
    (failure,) = [json.loads(line) for line in written.splitlines() if "request failed" in line]
    assert (failure["failure"], failure["correlation_id"]) == ("CheckViolation", answer.headers["X-Correlation-Id"])


def test_a_key_is_not_logged(served: Served, headers: dict[str, str], log: Path) -> None:
    """Neither an API key nor an Idempotency-Key, an address or a reference is written to the log."""
    httpx2.get(f"{served.url}{REPORTS}/{CANARY}?{CANARY}", headers=headers | {"Idempotency-Key": CANARY})
    give_up_at = time.monotonic() + 10  # the line is written after the answer
    while not [line for line in request_lines(log) if "{reference}" in line["route"] and line["status"] == 404]:
        assert time.monotonic() < give_up_at, log.read_text()
        time.sleep(0.05)
    written = log.read_text()
    assert CANARY not in written
    assert headers["Authorization"].removeprefix("Bearer ") not in written


def test_a_client_that_leaves_is_no_failure(served: Served, headers: dict[str, str], log: Path) -> None:
    """Who hangs up in the middle of a body leaves a line that says so, and no error."""
    head = f"POST {REPORTS} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nIdempotency-Key: a\r\n"
    with socket.create_connection(("127.0.0.1", served.port)) as leaving:
        leaving.sendall((head + "".join(f"{name}: {value}\r\n" for name, value in headers.items())).encode())
        leaving.sendall(f'\r\n{{"facts": "{CANARY}'.encode())
        time.sleep(0.3)
    give_up_at = time.monotonic() + 10
    while not [line for line in request_lines(log) if line["status"] == 499]:
        assert time.monotonic() < give_up_at, log.read_text()
        time.sleep(0.05)
    assert "request failed" not in log.read_text()
    assert CANARY not in log.read_text()
