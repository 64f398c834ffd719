"""Reading a request's body: neither longer nor slower than the settings allow, and JSON by its headers."""

import asyncio
from typing import Annotated

from fastapi import Depends, Request

from tellusonce.web.problems import Kind, Problem
from tellusonce.web.service import service_of

_JSON = "application/json"


async def json_body(request: Request) -> bytes:
    """The bytes of the body, not yet parsed. Raises Problem 408, 413, 415."""
    if not _says_json(request):
        raise Problem(Kind.UNSUPPORTED_MEDIA_TYPE, headers={"Accept": _JSON, "Accept-Encoding": "identity"})
    return await bounded_body(request, service_of(request).settings.body_limit_bytes)


async def bounded_body(request: Request, limit_bytes: int) -> bytes:
    """The bytes of a body of whatever type. Raises Problem 408, 413."""
    body = bytearray()
    try:
        async with asyncio.timeout(service_of(request).settings.body_seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit_bytes:
                    raise Problem(Kind.BODY_TOO_LONG, f"A body may have at most {limit_bytes} bytes.")
    except TimeoutError:
        raise Problem(Kind.BODY_TOO_SLOW, headers={"Connection": "close"}) from None
    return bytes(body)


def _says_json(request: Request) -> bool:
    media_type, _, parameters = request.headers.get("Content-Type", "").lower().partition(";")
    charset = parameters.strip().replace('"', "")
    return (
        media_type.strip() == _JSON
        and charset in ("", "charset=utf-8")
        and request.headers.get("Content-Encoding", "identity").lower() == "identity"
    )


Body = Annotated[bytes, Depends(json_body)]
BODY_PROBLEMS = (Kind.BODY_TOO_SLOW, Kind.BODY_TOO_LONG, Kind.UNSUPPORTED_MEDIA_TYPE, Kind.INPUT_REFUSED)
"""What every route that takes a body declares."""
