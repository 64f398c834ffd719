"""The Idempotency-Key of a request that creates something."""

import hashlib
from typing import Annotated, Any

from fastapi import Header

from tellusonce.services.api_keys import Principal
from tellusonce.services.register import IdempotencyKey
from tellusonce.web.problems import Kind, Problem

_LIMIT_CHARACTERS = 200
KEY_PARAMETER: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "New for each thing created, and the same when a request is sent again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": _LIMIT_CHARACTERS},
    "example": "019a91c2-4a00-7d1f-b1c0-5e0a1d6f9c11",
}
KeyHeader = Annotated[str | None, Header(alias="Idempotency-Key", include_in_schema=False)]


def idempotency_key(caller: Principal, key: str | None, path: str, body: bytes) -> IdempotencyKey:
    """The key of this request, the caller's own. Raises Problem 400."""
    if not key or len(key) > _LIMIT_CHARACTERS or not key.isprintable():
        raise Problem(Kind.IDEMPOTENCY_KEY_NEEDED)
    principal = f"{caller.district}/{caller.actor}"  # people of one name in two districts are two
    return IdempotencyKey(principal, key, hashlib.sha256(path.encode() + b"\n" + body).digest())
