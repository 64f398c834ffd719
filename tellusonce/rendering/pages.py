"""Pages from templates: a missing value is an error, markup in values is escaped, templates reach nothing else."""

from collections.abc import Mapping, MutableMapping
from functools import cache, partial
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined
from jinja2.environment import Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from tellusonce.domain.language import Language
from tellusonce.rendering.catalogues import translations
from tellusonce.rendering.dates import said_date, said_moment, said_time

_MACROS = "govuk_frontend_jinja"


class Pages:
    """The templates in one folder, in every language."""

    def __init__(self, templates_dir: Path) -> None:
        self._templates_dir = templates_dir

    def render(self, template: str, language: Language, **values: object) -> str:
        """The template with these values; its `language` is the code."""
        page = _environment(self._templates_dir, language).get_template(template)
        return page.render({**values, "language": language.value})

    def words(self, language: Language) -> NullTranslations:
        """What code says on pages: `words.gettext("…")`."""
        return _words(self._templates_dir, language)


# What is read and compiled serves every service of the process: tests make hundreds.
@cache
def _words(templates_dir: Path, language: Language) -> NullTranslations:
    return translations(templates_dir, language)


@cache
def _environment(templates_dir: Path, language: Language) -> Environment:
    environment = _OurTemplates(
        loader=FileSystemLoader(templates_dir),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    words: Any = _words(templates_dir, language)
    environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]  # by i18n
    environment.globals["error_message"] = _error_message
    environment.filters["unbroken"] = _unbroken
    environment.filters["date"] = partial(said_date, language=language)
    environment.filters["time"] = partial(said_time, language=language)
    environment.filters["moment"] = partial(said_moment, language=language)
    return environment


def _unbroken(text: str) -> Markup:
    """A reference in running text: on one line, and copied as it is."""
    return Markup('<span class="unbroken">{}</span>').format(text)


def _error_message(errors: Mapping[str, str], name: str) -> dict[str, str] | None:
    """What the design system's macros take for a field that is not right. `errors` are texts by fields' names."""
    return {"text": errors[name]} if name in errors else None


class _OurTemplates(ImmutableSandboxedEnvironment):
    """Ours are strict. The design system's macros ask for what nobody gave, and so have an environment of their own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._macros = Environment(
            loader=PrefixLoader({_MACROS: PackageLoader(_MACROS)}),
            undefined=ChainableUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - the library's name
    ) -> Template:
        if isinstance(name, str) and name.startswith(f"{_MACROS}/"):
            return self._macros.get_template(name)
        return super().get_template(name, parent, globals)
