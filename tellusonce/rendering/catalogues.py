"""Translations of pages by gettext catalogues, one `.po` a section; read at the start, so that nothing is compiled."""

import io
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tellusonce.domain.language import Language
from tellusonce.services.welsh import WELSH


def translations(templates_dir: Path, language: Language) -> NullTranslations:
    """What the pages say in this language: English is what templates and code say themselves."""
    catalogues = sorted((templates_dir / "locale" / language.value).glob("*.po"))
    if not catalogues:
        return NullTranslations()
    merged = Catalog(locale=language.value)
    for path in catalogues:
        for message in catalogue(path, language):
            if message.id and message.string:
                merged.add(message.id, message.string, context=message.context)
    compiled = io.BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    welsh = GNUTranslations(compiled)
    welsh.add_fallback(_SaidElsewhere())
    return welsh


class _SaidElsewhere(NullTranslations):
    """The words that plans, exports and e-mails say too, such as the labels of fields."""

    def gettext(self, message: str) -> str:
        """Its Welsh, or the text itself."""
        return WELSH.get(message, message)


def catalogue(path: Path, language: Language) -> Catalog:
    """One section's."""
    with path.open("rb") as file:
        return read_po(file, locale=language.value, abort_invalid=True)
