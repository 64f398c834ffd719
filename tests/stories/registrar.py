"""A registrar's system: posts reports until each is accepted, and keeps what it was promised."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.builders import a_submission

_TIMEOUT_SECONDS = 5
_PAUSE_SECONDS = 0.1
_PATIENCE_SECONDS = 60
# 409: the try before this one is still being answered.
_TRY_AGAIN = (409, 500, 502, 503, 504)


class Registrar:
    """Writes each answer 201 to the file `promises`, and only then counts the report as accepted."""

    def __init__(self, api_url: str, api_key: str, benefits: Sequence[str], promises: Path) -> None:
        self.answered_seconds: list[float] = []
        """How long each answer 201 took, without the tries before it."""
        self._url = f"{api_url}/v1/reports"
        self._api_key = api_key
        self._benefits = benefits
        self._promises = promises
        self._writing = threading.Lock()

    def register(self, **overrides: Any) -> dict[str, Any]:
        """Post one report, again under its Idempotency-Key while nothing or 5xx comes back; the answer 201."""
        return self._promised(self._url, self._submission(overrides))

    def correct(self, reference: str, reason: str, **overrides: Any) -> dict[str, Any]:
        """Restate a report with what is right, in the same way."""
        return self._promised(f"{self._url}/{reference}/corrections", {**self._submission(overrides), "reason": reason})

    def withdraw(self, reference: str, reason: str) -> dict[str, Any]:
        """Take a report back, in the same way."""
        return self._promised(f"{self._url}/{reference}/withdrawal", {"reason": reason})

    def try_once(self) -> None:
        """Post one report. Raises HTTPError where it is not accepted, OSError where nothing comes back."""
        request = self._request(self._url, json.dumps(self._submission({})).encode(), str(uuid4()))
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:
            self._keep(response.read())

    def _submission(self, overrides: dict[str, Any]) -> dict[str, Any]:
        return a_submission(**{"benefits": list(self._benefits), **overrides})

    def _promised(self, url: str, document: dict[str, Any]) -> dict[str, Any]:
        request = self._request(url, json.dumps(document).encode(), str(uuid4()))
        give_up_at = time.monotonic() + _PATIENCE_SECONDS
        while (answer := self._try(request)) is None:
            assert time.monotonic() < give_up_at, "no report was accepted for a minute"
            time.sleep(_PAUSE_SECONDS)
        return self._keep(answer)

    def _keep(self, answer: bytes) -> dict[str, Any]:
        promise: dict[str, Any] = json.loads(answer)
        with self._writing, self._promises.open("a", encoding="utf-8") as file:
            file.write(json.dumps(promise) + "\n")
        return promise

    def _request(self, url: str, body: bytes, idempotency_key: str) -> urllib.request.Request:
        headers = {
            "Authorization": f"Bearer {self._api_key}",
            "Content-Type": "application/json",
            "Idempotency-Key": idempotency_key,
            "If-Match": "*",
        }
        return urllib.request.Request(url, body, headers)

    def _try(self, request: urllib.request.Request) -> bytes | None:
        started = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:
                assert response.status == 201
                answer: bytes = response.read()
        except urllib.error.HTTPError as refused:
            if refused.code not in _TRY_AGAIN:
                raise
            return None
        except (OSError, HTTPException):  # the second where the answer broke off
            return None
        self.answered_seconds.append(time.monotonic() - started)
        return answer
