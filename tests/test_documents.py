"""The documents name nothing that is not there: settings, commands and their options, verbs of make, files, links."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tellusonce.cli.main import cli
from tellusonce.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "config/README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
OF_OTHERS = {"SCREENSHOTS", "FORWARDED_ALLOW_IPS"}
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
_FOLDERS = ("config/", "docs/", "tellusonce/", "templates/", "tests/", "workers/")
_SIGNED = "tellusonce checkpoint"  # stands before what is signed, and is no command
_END = re.compile(r"[|;&#<>)]|\s\\?$|&&|…")


@pytest.fixture(params=DOCUMENTS, ids=lambda path: path.name)
def document(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def test_every_setting_is_one(document: Path) -> None:
    """By its whole name, or set as code without the prefix."""
    text = document.read_text()
    named = set(re.findall(rf"{PREFIX}([A-Z_]*[A-Z])", text))
    named |= {each.removeprefix(PREFIX) for each in re.findall(r"`([A-Z]+_[A-Z_]*[A-Z])\b", text)}
    assert named <= {name.upper() for name in Settings.model_fields} | OF_OTHERS


def test_every_command_is_one(document: Path) -> None:
    """With its options."""
    for words in _commands(document.read_text()):
        command: click.Command = cli
        for word in words:
            if isinstance(command, click.Group) and not word.startswith("-"):
                assert word in command.commands, f"tellusonce {' '.join(words)}"
                command = command.commands[word]
            elif word.startswith("--") and not command.context_settings.get("ignore_unknown_options"):
                options = {name for each in command.params for name in each.opts} | {"--help"}
                assert word.partition("=")[0] in options, f"tellusonce {' '.join(words)}"


def test_every_verb_of_make_is_one(document: Path) -> None:
    """In the Makefile."""
    verbs = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for code in _codes(document.read_text()):
        if named := re.match(r"make ([a-z]+)", code):
            assert named[1] in verbs


def test_every_file_is_there(document: Path) -> None:
    """By its path from the root, a pattern by what fits it."""
    for code in _CODE.findall(_FENCE.sub("", document.read_text())):
        path = code.partition("::")[0].rstrip("/")
        if code.startswith(_FOLDERS) and re.fullmatch(r"[\w./*-]+", path):
            assert any(ROOT.glob(path)) or any((ROOT / "tests").glob(path)), path


def test_every_link_leads_somewhere(document: Path) -> None:
    """To a file beside it, and to a heading of it."""
    for found in _LINK.findall(_FENCE.sub("", document.read_text())):
        target, _, heading = "".join(found).partition("#")
        if "://" in target:
            continue
        file = (document.parent / target).resolve() if target else document
        assert file.exists(), target
        if heading:
            assert heading in _headings(file.read_text()), f"{target}#{heading}"


def _codes(text: str) -> Iterator[str]:
    """What is set as code, line by line."""
    for fence in _FENCE.findall(text):
        yield from (line.strip() for line in fence.splitlines())
    for code in _CODE.findall(_FENCE.sub("", text)):
        yield " ".join(code.split())


def _commands(text: str) -> Iterator[list[str]]:
    for code in _codes(text):
        for part in code.split("&&"):
            if part.strip().startswith("tellusonce ") and part != _SIGNED:
                yield _END.split(part.strip(), maxsplit=1)[0].split()[1:]


def _headings(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
