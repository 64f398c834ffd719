"""The first page: what this service is, and whom it tells."""

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse

from tellusonce.web.access import ANYONE, GuardedRoute, TheService

router = APIRouter(route_class=GuardedRoute, dependencies=ANYONE, include_in_schema=False)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@router.get("/")
def home(service: TheService) -> HTMLResponse:
    """Who is told of what, under which gateway."""
    page = service.pages.render("pages/home.html", agencies=list(service.agencies.values()))
    return HTMLResponse(page, headers=_HEADERS)


@router.get("/home.css")
def style(service: TheService) -> FileResponse:
    """The page's style."""
    return FileResponse(service.settings.templates_dir / "pages/home.css", headers=_HEADERS)
