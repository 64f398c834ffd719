"""Cookies of pages: out of scripts' reach, sent by no other site's forms, and over TLS bound to this very host."""

from fastapi import Request, Response

from tellusonce.web.service import service_of

SESSION = "session"
"""The token of who has signed in."""
VISITOR = "visitor"
"""A random one, by which forms are known before anybody has signed in."""
LANGUAGE = "language"
_YEAR_SECONDS = 365 * 24 * 3600


def cookie(request: Request, name: str) -> str | None:
    """Its value."""
    return request.cookies.get(_full_name(request, name))


def set_cookie(
    request: Request, response: Response, name: str, value: str, *, lasts_seconds: int | None = None
) -> None:
    """Keep a value in the browser, until it is closed unless for so long."""
    response.set_cookie(
        _full_name(request, name),
        value,
        max_age=lasts_seconds,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def keep_language(request: Request, response: Response, code: str) -> None:
    """The language for pages to come."""
    set_cookie(request, response, LANGUAGE, code, lasts_seconds=_YEAR_SECONDS)


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Let the browser forget it."""
    response.delete_cookie(
        _full_name(request, name), path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )


def is_secure(request: Request) -> bool:
    """Whether this service is reached over TLS."""
    return service_of(request).public_url.startswith("https://")


def _full_name(request: Request, name: str) -> str:
    # `__Host-`: taken only over TLS, for this host alone and the whole of it (RFC 6265bis).
    return f"__Host-{name}" if is_secure(request) else name
