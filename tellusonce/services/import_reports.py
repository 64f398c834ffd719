"""Import reports line by line, each once: a file may be imported again after it was cut short or corrected."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Protocol

from pydantic_core import from_json, to_json

from tellusonce.domain.faults import Fault, InputRefused
from tellusonce.life_events.validation import read_submission
from tellusonce.services.reference import drawn_until_free
from tellusonce.services.register import IdempotencyKey, NewReport, Register

Line = tuple[int, bytes]
"""A line's number in its file, and what stands in it."""


def numbered(lines: Iterable[bytes]) -> Iterator[Line]:
    """Those that are not blank."""
    return ((number, text) for number, line in enumerate(lines, 1) if (text := line.strip()))


@dataclass(frozen=True)
class ImportedLine:
    """What became of one line: the reference of its report, or what is wrong with it."""

    number: int
    reference: str | None = None
    is_new: bool = False
    """Whether it was registered now, and not before."""
    faults: Sequence[Fault] = ()


@dataclass(frozen=True)
class Once:
    """A report to be stored under a key, with the answer to be given for it."""

    report: NewReport
    key: IdempotencyKey
    answer: bytes


class ImportStore(Protocol):
    """Where reports are kept."""

    def add_each_once(self, wanted: Sequence[Once]) -> list[bytes | Exception | None]:
        """Store those whose key is new, in one transaction; gives the earlier answer of the others, or KeyInFlight.

        Raises ReferenceTaken.
        """


class ImportReports:
    """The use case. A line is known by its bytes: one that was imported before is not registered again."""

    def __init__(self, register: Register, store: ImportStore, batch_reports: int) -> None:
        self._register = register
        self._store = store
        self._batch_reports = batch_reports

    def run(self, lines: Iterable[Line], *, actor: str, district: str, dry_run: bool) -> Iterator[ImportedLine]:
        """What became of each line, in bounded batches, as they are stored. A dry run stores nothing."""
        rest = iter(lines)
        while batch := list(islice(rest, self._batch_reports)):
            yield from self.batch(batch, actor=actor, district=district, dry_run=dry_run)

    def batch(self, lines: Sequence[Line], *, actor: str, district: str, dry_run: bool) -> list[ImportedLine]:
        """The same for lines that are stored in one transaction."""
        return drawn_until_free(partial(self._imported, lines, actor, district, dry_run=dry_run))

    def _imported(self, lines: Sequence[Line], actor: str, district: str, *, dry_run: bool) -> list[ImportedLine]:
        read = [self._read(number, line, actor, district) for number, line in lines]
        wanted = {number: each for number, each in read if isinstance(each, Once)}
        stored = {} if dry_run else self._stored(wanted)
        return [
            stored.get(number, ImportedLine(number, is_new=True))
            if isinstance(each, Once)
            else ImportedLine(number, faults=each)
            for number, each in read
        ]

    def _read(self, number: int, line: bytes, actor: str, district: str) -> tuple[int, Once | Sequence[Fault]]:
        try:
            report = self._register.prepare(read_submission(line), actor=actor, district=district)
        except InputRefused as refused:
            return number, refused.faults
        digest = hashlib.sha256(line)
        key = IdempotencyKey(f"import/{district}", digest.hexdigest(), digest.digest())
        return number, Once(report, key, to_json({"reference": report.reference}))

    def _stored(self, wanted: dict[int, Once]) -> dict[int, ImportedLine]:
        """By line; of equal lines the first stands for all."""
        first = {each.key.key: each for each in reversed(wanted.values())}
        outcomes = dict(zip(first, self._store.add_each_once(list(first.values())), strict=True))
        self._register.ring([each.report for key, each in first.items() if outcomes[key] is None])
        return {
            number: _line(number, each, first[each.key.key], outcomes[each.key.key]) for number, each in wanted.items()
        }


def _line(number: int, each: Once, first: Once, outcome: bytes | Exception | None) -> ImportedLine:
    if isinstance(outcome, Exception):
        return ImportedLine(number, faults=[Fault("", "This is being imported by somebody else: import it again")])
    reference: str = from_json(outcome or first.answer)["reference"]
    return ImportedLine(number, reference, is_new=outcome is None and each is first)
