"""Pages from templates: a missing value is an error, markup in values is escaped, templates reach nothing else."""

from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment


class Pages:
    """The templates in one folder."""

    def __init__(self, templates_dir: Path) -> None:
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(templates_dir), undefined=StrictUndefined, autoescape=True, trim_blocks=True
        )

    def render(self, template: str, **values: object) -> str:
        """The template with these values."""
        return self._environment.get_template(template).render(values)
