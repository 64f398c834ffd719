"""How long a session lasts, for the script that warns before it ends."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from tellusonce.web.access import ANYONE, PageRoute
from tellusonce.web.problems import Kind, Problem
from tellusonce.web.sessions import seconds_left, session_of

router = APIRouter(route_class=PageRoute, dependencies=ANYONE)


@router.get("/session")
def stay_signed_in(request: Request) -> Response:
    """In how many seconds it ends. Asking is using: the idle time has started anew. 404 where there is none."""
    session = session_of(request)
    if session is None:
        raise Problem(Kind.NOT_FOUND)
    return JSONResponse({"seconds": seconds_left(session)})
