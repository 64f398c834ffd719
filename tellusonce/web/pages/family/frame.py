"""What all pages of a family share: their text's size, which a cookie keeps, and which of them they are."""

from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from tellusonce.web.access import Family
from tellusonce.web.cookies import cookie, drop_cookie, set_cookie
from tellusonce.web.pages.languages import to_translate
from tellusonce.web.pages.page import page

ReportId = Annotated[UUID, Depends(Family())]
_TEXT = "text"
_LARGE, _USUAL = "large", "usual"
_YEAR_SECONDS = 365 * 24 * 3600


class FamilyPage(NamedTuple):
    """One page of the navigation. `name` is to be translated."""

    href: str
    name: str


PAGES = (
    FamilyPage("/family/progress", to_translate("Progress")),
    FamilyPage("/family/data", to_translate("Data")),
    FamilyPage("/family/help", to_translate("Help to claim")),
    FamilyPage("/family/question", to_translate("Ask or object")),
    FamilyPage("/family/consents", to_translate("Permission")),
    FamilyPage("/family/updates", to_translate("Messages")),
)


def family_page(request: Request, template: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:
    """The page of a template in `templates/pages/family/`: in large text where that is chosen now, or was before."""
    chosen = request.query_params.get(_TEXT)
    is_large = (chosen or cookie(request, _TEXT)) == _LARGE
    other = request.url.include_query_params(**{_TEXT: _USUAL if is_large else _LARGE})
    response = page(
        request,
        f"family/{template}",
        status_code=status_code,
        large_text=is_large,
        other_text=f"{other.path}?{other.query}",
        pages=PAGES,
        **values,
    )
    if chosen == _LARGE:
        set_cookie(request, response, _TEXT, _LARGE, lasts_seconds=_YEAR_SECONDS)
    elif chosen == _USUAL:
        drop_cookie(request, response, _TEXT)
    return response
