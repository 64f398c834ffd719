"""Pages from templates: a missing value is an error, markup in values is escaped, templates reach nothing else."""

from collections.abc import Mapping, MutableMapping
from functools import cached_property, partial
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined
from jinja2.environment import Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

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
        return self._environments[language].get_template(template).render({**values, "language": language.value})

    def words(self, language: Language) -> NullTranslations:
        """What code says on pages: `words.gettext("…")`."""
        return self._words[language]

    @cached_property
    def _words(self) -> dict[Language, NullTranslations]:
        return {language: translations(self._templates_dir, language) for language in Language}

    @cached_property
    def _environments(self) -> dict[Language, Environment]:
        return {language: self._environment(language) for language in Language}

    def _environment(self, language: Language) -> Environment:
        environment = _OurTemplates(
            loader=FileSystemLoader(self._templates_dir),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        environment.policies["ext.i18n.trimmed"] = True
        words: Any = self.words(language)
        environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]  # by i18n
        environment.globals["error_message"] = _error_message
        environment.filters["date"] = partial(said_date, language=language)
        environment.filters["time"] = partial(said_time, language=language)
        environment.filters["moment"] = partial(said_moment, language=language)
        return environment


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
