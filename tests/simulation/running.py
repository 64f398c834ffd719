"""What the tests of the sample agency share: the agency as a process, and signed events for it."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from standardwebhooks import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
API_KEY = "key-of-dwp"
MESSAGE_ID = "0199f3c2-0000-7000-8000-000000000001"
PROMPT_SECONDS = 5


class Reply(NamedTuple):
    status: int
    body: bytes

    @property
    def acknowledgement(self) -> dict[str, str]:
        acknowledgement: dict[str, str] = json.loads(self.body)
        return acknowledgement


def send(url: str, body: bytes, headers: dict[str, str], method: str = "POST") -> Reply:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=PROMPT_SECONDS)
    try:
        connection.request(method, parts.path, body, headers)
        response = connection.getresponse()
        return Reply(response.status, response.read())
    finally:
        connection.close()


class RunningAgency(NamedTuple):
    process: subprocess.Popen[str]
    address: str
    code: str

    def send(self, body: bytes, headers: dict[str, str], method: str = "POST") -> Reply:
        return send(f"http://{self.address}/", body, headers, method)

    def notify(self, event: dict[str, Any]) -> Reply:
        body = json.dumps(event)
        return self.send(body.encode(), signed(body, event["id"]))


Start = Callable[..., RunningAgency]


def signed(
    body: str, message_id: str = MESSAGE_ID, secret: str = SECRET, age: timedelta = timedelta()
) -> dict[str, str]:
    at = datetime.now(UTC) - age
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, at, body),
    }


def an_event(message_id: str = MESSAGE_ID, kind: str = "original") -> dict[str, Any]:
    deceased = {
        "national_insurance_number": "QQ123456C",
        "address": {"postcode": "AA1 1AA"},
        "names": [{"given": "Ann"}, {"given": "Mary"}],
    }
    return {
        "specversion": "1.0",
        "id": message_id,
        "source": "https://tellusonce.example.org",
        "type": f"tellusonce.bereavement.{kind}",
        "subject": "TUO-4F7K-2",
        "data": {
            "version": 1,
            "sequence": 7,
            "facts": {"deceased": deceased, "deceased.died_on": "2026-11-01"},
        },
    }


def command(*options: str) -> list[str]:
    program = [sys.executable, "-m", "tellusonce.simulation"]
    return [*program, "--agency", "dwp", "--secret-env", "SECRET", "--api-key-env", "API_KEY", *options]


@contextmanager
def running_agency(*options: str, secret: str = SECRET) -> Iterator[RunningAgency]:
    environment = os.environ | {"SECRET": secret, "API_KEY": API_KEY}
    with subprocess.Popen(command(*options), env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            listening = json.loads(process.stdout.readline())
            yield RunningAgency(process, urlsplit(listening["url"]).netloc, listening["agency"])
        finally:
            process.terminate()


def journal_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
