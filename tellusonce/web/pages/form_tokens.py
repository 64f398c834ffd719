"""A token in every form, which another site cannot know: so that nobody is made to send a form that they never saw.

It is derived from the cookie of the session, or before anybody has signed in from a random one of the visitor's
(OWASP's double submit, bound to the session). The cookie is the secret: it leaves the browser to us alone.
"""

import hmac
import secrets

from fastapi import Request, Response

from tellusonce.web.cookies import SESSION, VISITOR, cookie, set_cookie

FIELD = "form_token"
_PURPOSE = b"tellusonce form token"
_VISITOR_BYTES = 32


class FormTokens:
    """Those of one answer. Who has no cookie yet gets one, if a token is asked for."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._holder = _holder(request)
        self._new_visitor: str | None = None

    def token(self) -> str:
        """For a form on this page."""
        if self._holder is None:
            self._holder = self._new_visitor = secrets.token_urlsafe(_VISITOR_BYTES)
        return _token(self._holder)

    def set_cookie(self, response: Response) -> None:
        """Let the browser keep what its forms will be known by."""
        if self._new_visitor is not None:
            set_cookie(self._request, response, VISITOR, self._new_visitor)


def is_right(request: Request, token: str) -> bool:
    """Whether the token was in a form that this browser was given."""
    holder = _holder(request)
    return holder is not None and hmac.compare_digest(_token(holder).encode(), token.encode())


def _holder(request: Request) -> str | None:
    return cookie(request, SESSION) or cookie(request, VISITOR)


def _token(holder: str) -> str:
    return hmac.digest(holder.encode(), _PURPOSE, "sha256").hex()
