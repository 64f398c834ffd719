"""What pages say, by section, from templates and code. `python -m tests.web.catalogues` adds what is new."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import write_po

from tellusonce.domain.language import Language
from tellusonce.life_events.bereavement import BEREAVEMENT
from tellusonce.life_events.bereavement_form import BEREAVEMENT_FORM
from tellusonce.rendering.catalogues import catalogue
from tellusonce.services.form_texts import texts

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates/pages"
CODE = ROOT / "tellusonce/web/pages"
CATALOGUES = ROOT / "templates/locale/cy"
SHARED = "layout"
"""The section of what is said by the modules that all sections share."""

_OF_FORMS = "registrar"
"""The section whose pages ask what the forms of life events say."""

_WIDTH = 120
_KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "to_translate")),
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}

# Without times and names, over which branches would quarrel.
_HEADER = """msgid ""
msgstr ""
"Language: cy\\n"
"Plural-Forms: {plurals}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""

Said = str | tuple[str, ...]


def sections() -> list[str]:
    """By the folders of templates."""
    return sorted(folder.name for folder in TEMPLATES.iterdir() if folder.is_dir())


def said_in(section: str) -> dict[tuple[str | None, Said], None]:
    """Each text of the section, with its context if it has one, in the order of the files."""
    found: dict[tuple[str | None, Said], None] = {}
    for path in sorted((TEMPLATES / section).rglob("*.html")):
        found |= dict.fromkeys(_texts("jinja2.ext:babel_extract", path, {"trimmed": "true", "silent": "false"}))
    for path in sorted(CODE.rglob("*.py")):
        if _section_of(path) == section:
            found |= dict.fromkeys(_texts("python", path, {}))
    if section == _OF_FORMS:
        found |= dict.fromkeys((None, text) for text in texts(BEREAVEMENT_FORM, BEREAVEMENT) if text)
    return found


def welsh_of(section: str) -> Catalog:
    """The section's catalogue; an empty one where there is none yet."""
    path = CATALOGUES / f"{section}.po"
    return catalogue(path, Language.WELSH) if path.exists() else Catalog(locale=Language.WELSH.value)


def _section_of(path: Path) -> str:
    first = path.relative_to(CODE).parts[0].removesuffix(".py")
    return first if (TEMPLATES / first).is_dir() else SHARED


def _texts(method: str, path: Path, options: dict[str, str]) -> Iterator[tuple[str | None, Said]]:
    for _, message, _, context in extract(
        method, BytesIO(path.read_bytes()), keywords=_KEYWORDS, options={"encoding": "utf-8", **options}
    ):
        yield context, message


def _add_new(section: str) -> None:
    """Keep what is translated, add what is new, drop what is said no more."""
    known, new = welsh_of(section), Catalog(locale=Language.WELSH.value, fuzzy=False)
    for context, text in said_in(section):
        before = known.get(text[0] if isinstance(text, tuple) else text, context)
        new.add(text, before.string if before else "", context=context)
    CATALOGUES.mkdir(parents=True, exist_ok=True)
    with (CATALOGUES / f"{section}.po").open("wb") as file:
        file.write(_HEADER.format(plurals=new.plural_forms).encode())
        write_po(file, new, width=_WIDTH, omit_header=True, no_location=True)


if __name__ == "__main__":
    for each in sections():
        _add_new(each)
