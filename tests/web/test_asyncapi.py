"""The machine-readable description for agencies: as committed, as generated, and true of its examples."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from tellusonce.domain.notification import NotificationKind
from tellusonce.web.asyncapi import asyncapi, documents, schemas, write
from tellusonce.web.asyncapi_examples import MESSAGES

_DOCS = Path(__file__).parents[2] / "docs"


def _check(name: str, value: Any) -> None:
    Draft202012Validator(schemas()[name], format_checker=FormatChecker()).validate(value)


@pytest.mark.parametrize("path", documents())
def test_committed_is_what_is_generated(path: str) -> None:
    """Else: `python -m tellusonce.web.asyncapi`."""
    assert (_DOCS / path).read_text(encoding="utf-8") == documents()[path]


def test_nothing_else_is_committed(tmp_path: Path) -> None:
    """What is no longer generated is no longer there."""
    write(tmp_path)
    generated = {path.name for path in (tmp_path / "schemas").iterdir()}
    assert {path.name for path in (_DOCS / "schemas").iterdir()} == generated


@pytest.mark.parametrize("name", schemas())
def test_schemas_are_schemas_with_examples_that_hold(name: str) -> None:
    """By draft 2020-12, with an example at least."""
    schema = schemas()[name]
    Draft202012Validator.check_schema(schema)
    assert schema["examples"]
    for example in schema["examples"]:
        _check(name, example)


@pytest.mark.parametrize("message", MESSAGES, ids=[each["type"] for each in MESSAGES])
def test_messages_may_hold_what_is_added_later(message: dict[str, Any]) -> None:
    """A message stays valid with fields that are not known yet, at every place."""
    data = {**message["data"], "added_later": 1, "facts": {**message["data"]["facts"], "added": {"later": 1}}}
    _check("bereavement-message", {**message, "traceparent": "00-…", "data": data})


@pytest.mark.parametrize(
    "wrong", [{"type": "tellusonce.bereavement.rumour"}, {"id": 1}, {"data": {}}], ids=["type", "id", "data"]
)
def test_other_messages_are_refused(wrong: dict[str, Any]) -> None:
    """What is known is checked."""
    with pytest.raises(ValidationError):
        _check("bereavement-message", MESSAGES[0] | wrong)


def test_acknowledgements_hold_nothing_unknown() -> None:
    """What an agency sends is closed: the service refuses the rest."""
    with pytest.raises(ValidationError):
        _check("acknowledgement", schemas()["acknowledgement"]["examples"][0] | {"reason": "none"})


def test_every_reference_leads_somewhere() -> None:
    """Within the document, so that it can be read alone."""
    document = asyncapi()

    def look(part: Any) -> None:
        if isinstance(part, dict):
            if "$ref" in part:
                place: Any = document
                for step in part["$ref"].removeprefix("#/").split("/"):
                    place = place[step]
            for value in part.values():
                look(value)
        elif isinstance(part, list):
            for value in part:
                look(value)

    look(document)


def test_all_five_channels_and_three_kinds_are_described() -> None:
    """With an example of each kind."""
    document = asyncapi()
    assert {"push", "pull", "file", "email", "inbox"} <= set(document["channels"])
    for kind in NotificationKind:
        assert document["components"]["messages"][f"bereavement-{kind}"]["examples"]


def test_operations_are_of_the_service() -> None:
    """It sends by each channel, and receives acknowledgements by the API and by files."""
    actions = {name: operation["action"] for name, operation in asyncapi()["operations"].items()}
    assert {name for name, action in actions.items() if action == "receive"} == {
        "take-acknowledgements",
        "take-acknowledgement-files",
    }


def test_document_is_plain_json() -> None:
    """Nothing in it is lost when it is written."""
    assert json.loads(documents()["asyncapi.json"]) == asyncapi()
