"""The guide for agencies' programmers is held to what it says: its receiver does all of it right."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tellusonce.cli.ports import free_port
from tellusonce.simulation.conformance import Endpoint, try_all

from .running import OTHER_SECRET, SECRET

_GUIDE = (Path(__file__).parents[2] / "docs" / "agencies.md").read_text(encoding="utf-8")


def program(holding: str) -> str:
    """The Python program of the guide in which this stands."""
    (found,) = [each for each in re.findall(r"```python\n(.*?)```", _GUIDE, re.DOTALL) if holding in each]
    return str(found)


@pytest.mark.parametrize("secrets", [SECRET, f"{OTHER_SECRET} {SECRET}"], ids=["one-secret", "two-secrets"])
def test_receiver_does_all_right(secrets: str, tmp_path: Path) -> None:
    """Batches and gzip included, before and during a change of secrets."""
    port = free_port()
    script = tmp_path / "receiver.py"
    script.write_text(program("ThreadingHTTPServer").replace("9001", str(port)))
    environment = os.environ | {"SIGNING_SECRETS": secrets}
    with subprocess.Popen([sys.executable, str(script)], env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            endpoint = Endpoint(
                url=f"http://127.0.0.1:{port}/", secrets=[SECRET], batch_limit=3, gzip=True, pause_seconds=0.02
            )
            wait_for(endpoint)
            assert [finding for finding in try_all(endpoint) if not finding.holds] == []
        finally:
            process.terminate()


def wait_for(endpoint: Endpoint) -> None:
    give_up_at = time.monotonic() + 10
    while endpoint.send("nothing", b"{}", secrets=[]).status is None:
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def test_signature_by_hand() -> None:
    """The guide's example holds by the guide's own function, at the time at which it was made."""
    names: dict[str, object] = {}
    exec(program("hmac.compare_digest").replace("time.time()", "1774347124"), names)
    secret, message_id, timestamp, signature = (
        re.search(pattern, _GUIDE)[1]  # type: ignore[index]
        for pattern in (
            r"the secret `(whsec_[^`]+)`",
            r"the id\n`([^`]+)`",
            r"the timestamp `(\d+)`",
            r"make\n`(v1,[^`]+)`",
        )
    )
    headers = {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": f"v1,AAAA {signature}"}
    assert names["holds"](secret, headers, b'{"specversion":"1.0"}')  # type: ignore[operator]
    assert not names["holds"](secret, headers, b'{"specversion":"1.1"}')  # type: ignore[operator]
