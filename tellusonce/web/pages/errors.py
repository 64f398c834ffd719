"""What went wrong, said to people. A page says neither what was typed nor what is inside."""

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from tellusonce.web.access import PageRoute, SignInNeeded
from tellusonce.web.pages.page import page_for_nobody, redirect
from tellusonce.web.problems import Problem

_OWN_PAGES = frozenset({403, 404, 410, 413, 429, 500, 503})
EXPIRED = 403


def is_for_people(request: Request) -> bool:
    """Whether a page says what went wrong: on pages, and to browsers at addresses that are none."""
    if request.method in ("GET", "POST") and isinstance(request.scope.get("route"), PageRoute):
        return True
    return not request.url.path.startswith("/v1/") and "text/html" in request.headers.get("Accept", "")


def problem_page(request: Request, problem: Problem) -> HTMLResponse:
    """The page for a problem, with its status and headers."""
    status = problem.kind.status
    template = f"errors/{status}.html" if status in _OWN_PAGES else "errors/other.html"
    response = page_for_nobody(request, template, status_code=status)
    response.headers.update(problem.headers or {})
    return response


def expired_page(request: Request) -> HTMLResponse:
    """The page for a form whose token is not right: nothing was done."""
    return page_for_nobody(request, "errors/expired.html", status_code=EXPIRED)


def to_sign_in(request: Request, needed: SignInNeeded) -> RedirectResponse:
    """To where one says who one is, and back to this page; what a form held is lost."""
    query = f"?{request.url.query}" if request.url.query else ""
    return redirect(f"{needed.at}?next={quote(request.url.path + query, safe='/')}")
