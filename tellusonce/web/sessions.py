"""The session of a request, looked up once."""

from datetime import UTC, datetime

from fastapi import Request, Response

from tellusonce.services.sessions import Session
from tellusonce.web.cookies import SESSION, VISITOR, cookie, drop_cookie, set_cookie
from tellusonce.web.service import service_of


def session_of(request: Request) -> Session | None:
    """Who is signed in, or which report's family looks; None where nobody is, or their time is over."""
    if not hasattr(request.state, "session"):
        token = cookie(request, SESSION)
        request.state.session = service_of(request).sign_in.sessions.seen(token) if token else None
    session: Session | None = request.state.session
    return session


def seconds_left(session: Session) -> int:
    """Until it ends, if no page is opened before."""
    return max(0, int((session.ends_at - datetime.now(UTC)).total_seconds()))


def begin_session(request: Request, response: Response, token: str) -> None:
    """Give the browser a session's token in place of whatever it had."""
    end_session(request, response)
    set_cookie(request, response, SESSION, token)


def end_session(request: Request, response: Response) -> None:
    """End the session of this browser, here and there."""
    if token := cookie(request, SESSION):
        service_of(request).sign_in.sessions.close(token)
    for name in (SESSION, VISITOR):
        drop_cookie(request, response, name)
