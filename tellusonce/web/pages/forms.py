"""Forms as browsers send them: bounded, and with the token that shows that they are ours."""

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends, Request

from tellusonce.web.bodies import bounded_body
from tellusonce.web.pages.form_tokens import FIELD, is_right
from tellusonce.web.problems import Kind, Problem
from tellusonce.web.service import service_of

_MEDIA_TYPE = "application/x-www-form-urlencoded"
_FIELDS_AT_MOST = 1_000


class FormExpired(Exception):
    """The form's token is missing or not this browser's: it was left open too long, or another site sent it."""


class Form:
    """What was filled in."""

    def __init__(self, values: dict[str, list[str]]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        """What was typed, without spaces around it; empty where nothing was. Of several the last."""
        return self._values.get(name, [""])[-1].strip()

    def texts(self, name: str) -> list[str]:
        """Whatever was ticked or typed under this name, but what is empty."""
        return [stripped for each in self._values.get(name, []) if (stripped := each.strip())]

    def untouched(self, name: str) -> str:
        """What was typed, with its spaces, as passwords have them."""
        return self._values.get(name, [""])[-1]


async def form(request: Request) -> Form:
    """The form of this request. Raises FormExpired, Problem 400, 408, 413, 415."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _MEDIA_TYPE:
        raise Problem(Kind.UNSUPPORTED_MEDIA_TYPE)
    body = await bounded_body(request, service_of(request).settings.form_limit_bytes)
    try:
        values = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=_FIELDS_AT_MOST, errors="strict")
    except ValueError:  # what is no form in UTF-8 too
        raise Problem(Kind.NOT_POSSIBLE) from None
    sent = Form(values)
    if not is_right(request, sent.text(FIELD)):
        raise FormExpired
    return sent


TheForm = Annotated[Form, Depends(form)]
