"""What a sample agency, a process behind a real socket, takes and refuses, and what it keeps."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from .running import MESSAGE_ID, OTHER_SECRET, RunningAgency, Start, an_event, journal_of, signed


def test_listening_is_announced(agency: RunningAgency) -> None:
    """The line on standard output names the agency and an address that answers."""
    assert agency.code == "dwp"
    assert agency.notify(an_event()).status == 200


def test_outcome_in_the_answer(agency: RunningAgency) -> None:
    """A signed notification is answered 200 with one outcome for it."""
    reply = agency.notify(an_event("in-the-answer"))
    acknowledgement = reply.acknowledgement
    today = acknowledgement["at"][:10]
    assert reply.status == 200
    assert datetime.fromisoformat(acknowledgement.pop("at")).utcoffset() == timedelta()
    assert acknowledgement == {
        "notification": "in-the-answer",
        "kind": "outcome",
        "outcome": "actioned",
        "effective_on": today,
    }


def test_withdrawal_is_reversed(agency: RunningAgency) -> None:
    """An agency that actions answers a withdrawal with the outcome reversed."""
    assert agency.notify(an_event("taken-back", "withdrawal")).acknowledgement["outcome"] == "reversed"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(dict, id="none"),
        pytest.param(lambda: signed("{}", secret=OTHER_SECRET), id="another-secret"),
        pytest.param(lambda: signed("{ }"), id="another-body"),
        pytest.param(lambda: signed("{}", age=timedelta(minutes=6)), id="six-minutes-old"),
        pytest.param(lambda: signed("{}", age=timedelta(minutes=-6)), id="six-minutes-early"),
        pytest.param(lambda: signed("{}") | {"webhook-signature": "v1"}, id="no-comma"),
        pytest.param(lambda: signed("{}") | {"webhook-signature": "v1,A"}, id="bad-base64"),
    ],
)
def test_bad_signature(agency: RunningAgency, headers: Callable[[], dict[str, str]]) -> None:
    """A body whose signature does not hold is refused with 401. Signed in the test: collection may be minutes ago."""
    assert agency.send(b"{}", headers()).status == 401


def test_second_signature_holds(agency: RunningAgency) -> None:
    """During a key rotation one good signature of two is enough."""
    body = json.dumps(an_event())
    headers = signed(body)
    headers["webhook-signature"] = (
        signed(body, secret=OTHER_SECRET)["webhook-signature"] + " " + headers["webhook-signature"]
    )
    assert agency.send(body.encode(), headers).status == 200


@pytest.mark.parametrize(
    "body",
    [
        "not JSON",
        "[]",
        json.dumps(an_event() | {"specversion": "0.3"}),
        json.dumps(an_event() | {"data": None}),
        json.dumps(an_event("another-id")),
    ],
)
def test_not_a_notification(agency: RunningAgency, body: str) -> None:
    """A well signed body that is not the CloudEvent of its message id is refused with 400."""
    assert agency.send(body.encode(), signed(body)).status == 400


def test_too_large(agency: RunningAgency) -> None:
    """A body of one byte over 1 MiB is refused with 413, however well signed; one of 1 MiB is read."""
    body = json.dumps(an_event("large"))
    largest = body.ljust(1024 * 1024)
    assert agency.send(largest.encode(), signed(largest, "large")).status == 200
    too_large = largest + " "
    assert agency.send(too_large.encode(), signed(too_large, "large")).status == 413


def test_only_posts(agency: RunningAgency) -> None:
    """Any method but POST is refused with 405."""
    assert agency.send(b"", {}, method="GET").status == 405


def test_repeated_message(start: Start, tmp_path: Path) -> None:
    """A repeated message id gets the first answer to the byte, and the journal calls it a duplicate."""
    path = tmp_path / "journal"
    running = start("--journal", str(path))
    first = running.notify(an_event())
    time.sleep(0.01)  # or the time in a second answer of its own could be the same by chance
    assert running.notify(an_event()) == first
    assert [entry["duplicate"] for entry in journal_of(path)] == [False, True]


def test_journal(start: Start, tmp_path: Path) -> None:
    """The journal holds each request at once, refused ones too, with the names of the facts and no value."""
    path = tmp_path / "journal"
    running = start("--journal", str(path))
    running.notify(an_event())
    running.send(b"{}", signed("{}", secret=OTHER_SECRET))
    taken, refused = journal_of(path)
    assert datetime.fromisoformat(taken.pop("time")) <= datetime.now(UTC)
    assert taken == {
        "message": MESSAGE_ID,
        "subject": "TUO-4F7K-2",
        "type": "tellusonce.bereavement.original",
        "sequence": 7,
        "version": 1,
        "fields": [
            "deceased.address.postcode",
            "deceased.died_on",
            "deceased.names.given",
            "deceased.national_insurance_number",
        ],
        "status": 200,
        "duplicate": False,
        "late": False,
    }
    assert (refused["message"], refused["fields"], refused["status"]) == (MESSAGE_ID, [], 401)
    assert not any(value in path.read_text() for value in ("QQ123456C", "AA1 1AA", "Mary", "2026-11-01"))
