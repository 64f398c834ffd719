"""Styles, scripts and images."""

from fastapi import APIRouter, Response

from tellusonce.web.access import ANYONE, PageRoute, TheService
from tellusonce.web.problems import Kind, Problem

router = APIRouter(route_class=PageRoute, dependencies=ANYONE)
_FOR_EVER = "public, max-age=31536000, immutable"


@router.get("/assets/{digest}/{name:path}")
def asset(service: TheService, digest: str, name: str) -> Response:
    """One file. Under the digest of all it never changes; under an older one, from a page of before, it is today's."""
    file = service.assets.files.get(name)
    if file is None:
        raise Problem(Kind.NOT_FOUND)
    caching = _FOR_EVER if digest == service.assets.digest else "no-cache"
    headers = {"Cache-Control": caching, "Cross-Origin-Resource-Policy": "same-origin"}
    return Response(file.content, media_type=file.media_type, headers=headers)
