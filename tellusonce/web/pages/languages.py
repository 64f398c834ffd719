"""In which language a page speaks: `?lang=cy` or `?lang=en` chooses, and a cookie keeps the choice."""

from contextlib import suppress
from gettext import NullTranslations

from fastapi import Request

from tellusonce.domain.language import Language
from tellusonce.web.cookies import LANGUAGE, cookie
from tellusonce.web.service import service_of

_PARAMETER = "lang"


def language_of(request: Request) -> Language:
    """As chosen now, or before; English otherwise."""
    return chosen_now(request) or _language(cookie(request, LANGUAGE)) or Language.ENGLISH


def chosen_now(request: Request) -> Language | None:
    """What this very request chooses."""
    return _language(request.query_params.get(_PARAMETER))


def words(request: Request) -> NullTranslations:
    """What code says on a page: `words(request).gettext("Enter the reference")`."""
    return service_of(request).pages.words(language_of(request))


def to_translate(text: str) -> str:
    """Marks a text for the catalogues where it stands, to be translated where it is said."""
    return text


def address_in(request: Request, language: Language) -> str:
    """This page's address in a language."""
    url = request.url.include_query_params(**{_PARAMETER: language.value})
    return f"{url.path}?{url.query}"


def _language(code: str | None) -> Language | None:
    with suppress(ValueError):
        return Language(code or "")
    return None
