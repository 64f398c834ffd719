"""Celery's log lines: JSON, and of an exception no text."""

import json
import logging
import sys

from workers.logs import JsonLines


def line(message: str, *arguments: object, failing: bool = False) -> str:
    failure = sys.exc_info() if failing else None
    record = logging.LogRecord("celery.worker", logging.ERROR, __file__, 1, message, arguments, failure)
    return JsonLines().format(record)


def test_a_line_is_one_json_object() -> None:
    read = json.loads(line("Connection to %s lost\nand gone", "the broker"))
    assert read["event"] == "Connection to the broker lost\nand gone"
    assert read["level"] == "error"
    assert read["logger"] == "celery.worker"
    assert "\n" not in line("Connection to %s lost\nand gone", "the broker")


def test_of_an_exception_only_type_and_place_are_logged() -> None:
    try:
        int("Margaret Ann Holloway")
    except ValueError as failure:
        written = line("Task %s raised unexpected: %r", "deliver", failure, failing=True)
    assert "Holloway" not in written
    assert json.loads(written)["failure"] == "ValueError"
    assert __file__ in json.loads(written)["at"][-1]
