"""How sample agencies take what they are told over each channel."""

import csv
import gzip
import hashlib
import io
import json
import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from tellusonce.cli.ports import free_port

from .offering_api import OfferingApi
from .running import API_KEY, OTHER_SECRET, SECRET, RunningAgency, Start, an_event, journal_of, send, signed

BATCH = "application/cloudevents-batch+json"
WAIT_SECONDS = 10


def a_version(message_id: str, kind: str, sequence: int) -> dict[str, Any]:
    event = an_event(message_id, kind)
    return {**event, "data": {**event["data"], "sequence": sequence, "version": sequence}}


def wait_for(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


@contextmanager
def running(*options: str) -> Iterator[None]:
    """An agency that is not pushed to."""
    program = [sys.executable, "-m", "tellusonce.simulation", "--agency", "dwp", "--api-key-env", "API_KEY", *options]
    with subprocess.Popen(program, env=os.environ | {"API_KEY": API_KEY}, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert "url" not in json.loads(process.stdout.readline())
            yield
        finally:
            process.terminate()


def test_batch_is_taken_whole(agency: RunningAgency) -> None:
    """Answered with a list, one word for each in its order."""
    body = json.dumps([an_event("one"), an_event("two")])
    reply = agency.send(body.encode(), signed(body, "batch-1") | {"Content-Type": BATCH})
    assert [word["notification"] for word in json.loads(reply.body)] == ["one", "two"]


def test_batch_may_be_compressed(agency: RunningAgency) -> None:
    """Signed as it was before."""
    body = json.dumps([an_event("three")])
    headers = signed(body, "batch-2") | {"Content-Type": BATCH, "Content-Encoding": "gzip"}
    assert agency.send(gzip.compress(body.encode()), headers).status == 200


@pytest.mark.parametrize("body", [b"not gzip", gzip.compress(b" " * 2_000_000)], ids=["none", "bomb"])
def test_bad_compression_is_refused(agency: RunningAgency, body: bytes) -> None:
    """What is no gzip, and what grows over 1 MiB, are refused before any signature is looked at."""
    assert agency.send(body, signed("{}") | {"Content-Encoding": "gzip"}).status in {400, 413}


def test_batch_fails_whole(start: Start, tmp_path: Path) -> None:
    """While one of its messages is to fail, none is taken; the journal has a line for each."""
    path = tmp_path / "journal"
    agency = start("--fail-first", "1", "--journal", str(path))
    body = json.dumps([an_event("one"), an_event("two")])
    headers = {"Content-Type": BATCH}
    assert [agency.send(body.encode(), signed(body, "batch") | headers).status for _ in range(2)] == [503, 200]
    assert [entry["message"] for entry in journal_of(path)] == ["one", "two"] * 2


def test_two_secrets(tmp_path: Path) -> None:
    """While its secrets are rotated, an agency takes what either of them signed."""
    listed = [{"agency": "dwp", "secrets": [OTHER_SECRET, SECRET]}, {"agency": "hmrc", "secrets": [SECRET]}]
    with many(tmp_path, listed) as agencies:
        body = json.dumps(an_event())
        for secret in (SECRET, OTHER_SECRET):
            assert send(agencies["dwp"], body.encode(), signed(body, secret=secret)).status == 200
        assert send(agencies["hmrc"], body.encode(), signed(body, secret=OTHER_SECRET)).status == 401


def test_late_older_version_is_logged_and_not_applied(start: Start, tmp_path: Path) -> None:
    """Its receipt is all that is said of it, as often as it comes."""
    path = tmp_path / "journal"
    agency = start("--journal", str(path))
    words = [
        agency.notify(event).acknowledgement
        for event in (
            a_version("newer", "correction", 2),
            a_version("older", "original", 1),
            a_version("older", "original", 1),
        )
    ]
    assert [word["kind"] for word in words] == ["outcome", "receipt", "receipt"]
    assert [entry["late"] for entry in journal_of(path)] == [False, True, True]


@pytest.mark.parametrize(
    ("option", "said"),
    [("actioned", "reversed"), ("not-held", "reversed"), ("query", "query"), ("rejected", "rejected")],
)
def test_withdrawal_is_reversed_or_asked_about(start: Start, option: str, said: str) -> None:
    """Who holds nothing has nothing to reverse, and says so by reversed; a question stays one."""
    agency = start("--outcome", option)
    assert agency.notify(a_version("gone", "withdrawal", 2)).acknowledgement["outcome"] == said


def test_pull_acknowledges_under_the_lease(tmp_path: Path) -> None:
    """A receipt and an outcome, both under the lease, and one line in the journal."""
    path = tmp_path / "journal"
    with (
        OfferingApi(an_event()) as api,
        running("--channel", "pull", "--api-url", api.url, "--journal", str(path)),
    ):
        bodies = [post.body for post in api.wait_for(2)]
    assert [body["kind"] for body in bodies] == ["receipt", "outcome"]
    assert {body["lease"] for body in bodies} == {f"{an_event()['id']}.1"}
    assert journal_of(path)[0]["status"] == 200


def test_pull_gives_back_what_is_to_fail() -> None:
    """The first attempts' leases are returned, the next is acknowledged."""
    with OfferingApi(an_event()) as api, running("--channel", "pull", "--api-url", api.url, "--fail-first", "2"):
        bodies = [post.body for post in api.wait_for(2)]
        assert api.returned == [f"{an_event()['id']}.{attempt}" for attempt in (1, 2)]
    assert bodies[0]["lease"].endswith(".3")


def test_inbox_is_opened_and_the_outcome_posted(tmp_path: Path) -> None:
    """The opening is the receipt, so that the outcome alone is posted."""
    path = tmp_path / "journal"
    with (
        OfferingApi(an_event("one"), an_event("two", "withdrawal")) as api,
        running("--channel", "inbox", "--api-url", api.url, "--journal", str(path)),
    ):
        bodies = [post.body for post in api.wait_for(2)]
    assert {body["notification"]: body["outcome"] for body in bodies} == {"one": "actioned", "two": "reversed"}
    assert {entry["message"] for entry in journal_of(path)} == {"one", "two"}


def as_jsonl(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode() + b"\n"


def as_csv(event: dict[str, Any]) -> bytes:
    row = {name: event[name] for name in ("id", "type", "subject")}
    row |= {"version": "1", "sequence": "7", "deceased.given_names": "Ann", "deceased.telephone": "'+441632960001"}
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, [*row, "deceased.address.postcode"], quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerow(row)
    return file.getvalue().encode("utf-8-sig")


def as_xml(event: dict[str, Any]) -> bytes:
    attributes = " ".join(f"{name}={quoteattr(event[name])}" for name in ("id", "type", "subject"))
    facts = '<fact field="deceased.given_names">Ann</fact><fact field="deceased.telephone">+441632960001</fact>'
    inner = f"<version>1</version><sequence>7</sequence><facts>{facts}</facts>"
    return f"<notifications><notification {attributes}>{inner}</notification></notifications>".encode()


@pytest.mark.parametrize(("layout", "write"), [("jsonl", as_jsonl), ("csv", as_csv), ("xml", as_xml)])
def test_batch_file_is_answered_by_files(tmp_path: Path, layout: str, write: Callable[[dict[str, Any]], bytes]) -> None:
    """Receipts, then outcomes, each file with a manifest that is true of it; what was taken is gone."""
    outgoing, answers = tmp_path / "outgoing", tmp_path / "acknowledgements"
    outgoing.mkdir()
    content = write(an_event())
    (outgoing / f"dwp-000001.{layout}").write_bytes(content)
    manifest = {"file": f"dwp-000001.{layout}", "count": 1, "sha256": hashlib.sha256(content).hexdigest()}
    (outgoing / f"dwp-000001.{layout}.manifest.json").write_text(json.dumps(manifest))
    path = tmp_path / "journal"
    with running("--channel", "file", "--folder", str(tmp_path), "--journal", str(path)):
        wait_for(lambda: len(list(answers.glob("*.manifest.json"))) == 2)
    kinds = []
    for file in sorted(answers.glob("*.jsonl"), key=lambda file: file.stat().st_mtime_ns):
        said = json.loads((answers / f"{file.name}.manifest.json").read_text())
        assert said == {"count": 1, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        kinds.append(json.loads(file.read_text())["kind"])
    assert kinds == ["receipt", "outcome"]
    assert list(outgoing.iterdir()) == []
    (entry,) = journal_of(path)
    assert (entry["message"], entry["sequence"]) == (an_event()["id"], 7)
    assert "deceased.national_insurance_number" in entry["fields"] or "deceased.telephone" in entry["fields"]


def test_batch_file_that_is_not_whole_is_left(tmp_path: Path) -> None:
    """A file whose digest is another is not answered."""
    outgoing = tmp_path / "outgoing"
    outgoing.mkdir()
    (outgoing / "dwp-000001.jsonl").write_bytes(as_jsonl(an_event()))
    manifest = {"file": "dwp-000001.jsonl", "count": 1, "sha256": "0" * 64}
    (outgoing / "dwp-000001.jsonl.manifest.json").write_text(json.dumps(manifest))
    with running("--channel", "file", "--folder", str(tmp_path)):
        wait_for(lambda: not (outgoing / "dwp-000001.jsonl.manifest.json").exists())
    assert not (tmp_path / "acknowledgements").exists()


@contextmanager
def many(folder: Path, listed: list[dict[str, Any]], *options: str) -> Iterator[dict[str, str]]:
    """One process for all of these; their addresses by their codes."""
    path = folder / "agencies.json"
    path.write_text(json.dumps(listed))
    path.chmod(0o600)
    program = [sys.executable, "-m", "tellusonce.simulation", "--agencies", str(path), *options]
    with subprocess.Popen(program, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            said = [json.loads(process.stdout.readline()) for _ in listed]
            yield {each["agency"]: each.get("url", "") for each in said}
        finally:
            process.terminate()


def test_many_agencies_in_one_process(tmp_path: Path) -> None:
    """Each under its own path, with its own secret, options and journal."""
    listed = [
        {"agency": "dwp", "secrets": [SECRET], "options": ["--journal", str(tmp_path / "dwp")]},
        {"agency": "hmrc", "secrets": [OTHER_SECRET], "options": ["--status", "204"]},
        {"agency": "nhs", "options": ["--channel", "file", "--folder", str(tmp_path / "nhs")]},
    ]
    body = json.dumps(an_event())
    with many(tmp_path, listed) as agencies:
        assert send(agencies["dwp"], body.encode(), signed(body)).status == 200
        assert send(agencies["hmrc"], body.encode(), signed(body)).status == 401
        assert send(agencies["hmrc"], body.encode(), signed(body, secret=OTHER_SECRET)).status == 204
        assert send(agencies["dwp"].replace("dwp", "nobody"), body.encode(), signed(body)).status == 404
        assert agencies["nhs"] == ""
    assert len(journal_of(tmp_path / "dwp")) == 1


def test_secrets_that_others_can_read_are_not_used(tmp_path: Path) -> None:
    """The file must be its owner's alone."""
    path = tmp_path / "agencies.json"
    path.write_text("[]")
    path.chmod(0o644)
    program = [sys.executable, "-m", "tellusonce.simulation", "--agencies", str(path)]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert "chmod 600" in ended.stderr


def test_mail_is_taken(tmp_path: Path) -> None:
    """By a mail server for agencies that are told by e-mail; what they are to read is in the inbox."""
    port = free_port()
    message = EmailMessage()
    message["From"], message["To"] = "tellusonce@example.org", "bereavements@example.org"
    message.set_content("Something waits.\n.\n..\n")
    listed = [{"agency": "nhs", "options": ["--channel", "file", "--folder", str(tmp_path)]}]
    with many(tmp_path, listed, "--mail-port", str(port)), smtplib.SMTP("127.0.0.1", port, timeout=5) as server:
        assert server.send_message(message) == {}
        assert server.send_message(message) == {}
        assert server.docmd("TURN")[0] == 502
