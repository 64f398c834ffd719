"""The service's API as an agency calls it."""

import json
from collections.abc import Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any, NamedTuple, Self

from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import RequestError
from pyreqwest.response import Response

CALL_TIMEOUT = timedelta(seconds=30)


class Reply(NamedTuple):
    """What the API answered; `status` is None where it could not be reached."""

    status: int | None
    body: bytes = b""
    retry_after_seconds: int = 0
    next_page: str | None = None
    """The path of the next page, where there is one."""

    @property
    def is_good(self) -> bool:
        """Whether it was done."""
        return self.status is not None and self.status < 300

    @property
    def is_worth_another_try(self) -> bool:
        """Whether the same call may go well later."""
        return self.status is None or self.status == 429 or self.status >= 500

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


class Api:
    """Calls under an agency's key."""

    def __init__(self, api_url: str, agency: str, api_key: str) -> None:
        self._api_url = api_url.rstrip("/")
        self._agency_path = f"/v1/agencies/{agency}"
        self._headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}

    async def __aenter__(self) -> Self:
        builder = ClientBuilder().timeout(CALL_TIMEOUT).default_headers(self._headers)
        self._client = builder.follow_redirects(False).no_proxy().build()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._client.close()

    async def post(self, place: str, body: bytes) -> Reply:
        """POST to a place of the agency's, such as `leases`."""
        try:
            request = self._client.post(f"{self._api_url}{self._agency_path}/{place}").body_bytes(body)
            return await _read(await request.build().send())
        except RequestError:
            return Reply(None)

    async def get(self, place: str) -> Reply:
        """GET a place of the agency's, or the path of a next page."""
        path = place if place.startswith("/") else f"{self._agency_path}/{place}"
        try:
            return await _read(await self._client.get(f"{self._api_url}{path}").build().send())
        except RequestError:
            return Reply(None)


async def _read(response: Response) -> Reply:
    body = await response.bytes()
    return Reply(response.status, bytes(body), _retry_after_seconds(response.headers), _next_page(response.headers))


def _retry_after_seconds(headers: Mapping[str, str]) -> int:
    value = headers.get("Retry-After", "")
    return int(value) if value.isdecimal() else 0


def _next_page(headers: Mapping[str, str]) -> str | None:
    target, _, relation = headers.get("Link", "").partition(">; ")
    return target.removeprefix("<") if relation == 'rel="next"' else None
