"""Cursors: where the next page of a list begins, as a word that means nothing to those who carry it."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from tellusonce.web.problem_responses import Responses
from tellusonce.web.problems import Kind, Problem

Place = tuple[str, UUID]
"""What a list is ordered by, as text, and the id of the last entry of a page."""

PAGED: Responses = {
    200: {"headers": {"Link": {"description": "The next page (RFC 8288).", "schema": {"type": "string"}}}}
}
"""How a route declares that its answer is one page of a list."""


def read_cursor(cursor: str | None) -> Place | None:
    """The place that a cursor stands for. Raises Problem 400 where it is none of ours."""
    if cursor is None:
        return None
    try:
        value, id_ = json.loads(urlsafe_b64decode(cursor))
        return str(value), UUID(id_)
    except (ValueError, TypeError, AttributeError):
        raise Problem(Kind.NOT_POSSIBLE, "The cursor is none that was given here: start without one.") from None


def cursor_of(value: object, id_: UUID) -> str:
    """What stands for the place after the entry with this value and id."""
    return urlsafe_b64encode(json.dumps([str(value), str(id_)]).encode()).decode()


def next_link(path: str, parameters: Mapping[str, Any], value: object, id_: UUID) -> str:
    """The Link header (RFC 8288) to the page after the entry with this value and id."""
    cursor = cursor_of(value, id_)
    given = {name: each for name, each in parameters.items() if each is not None}
    return f'<{path}?{urlencode({**given, "cursor": cursor})}>; rel="next"'
