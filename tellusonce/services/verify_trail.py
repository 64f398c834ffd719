"""Verify the trail, of one report or of all: every change since it was sealed is found, and the first of each named."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tellusonce.domain.checkpoint import Checkpoint, Verifier
from tellusonce.domain.verifying import (
    Flaw,
    LinkEnd,
    ReportTrail,
    checkpoint_flaw,
    covering_flaw,
    uncovered_flaw,
)

FLAWS_AT_MOST = 100
"""After so many nobody counts on."""


class SealedTrail(Protocol):
    """Where the trail, its links and the checkpoints are read, in short pages."""

    def count(self) -> int:
        """About how many reports there are."""

    def pages(self) -> Iterator[Sequence[ReportTrail]]:
        """Every report's trail, by the reports' ids, each page as it stood at one moment."""

    def of_report(self, reference: str) -> ReportTrail | None:
        """One report's."""

    def link_ends(self, first: int, last: int | None = None) -> Iterator[LinkEnd]:
        """What checkpoints cover, by number."""

    def checkpoints(self, first: int) -> Iterator[Checkpoint]:
        """Those from this number on."""

    def altered_texts(self) -> Sequence[Flaw]:
        """Kept texts of agreements that are not those of their digests."""

    def covering(self, links: Sequence[int]) -> Sequence[Checkpoint]:
        """Those that cover these links."""


@dataclass
class Verification:
    """What was looked at, and what was found."""

    reports: int
    entries: int
    unsealed: int
    """Of the entries, those that wait to be sealed: nothing tells yet whether they are as they were written."""
    checkpoints: int
    flaws: list[Flaw]


class VerifyTrail:
    """The use case."""

    def __init__(self, trail: SealedTrail, verify: Verifier) -> None:
        self._trail = trail
        self._verify = verify

    def everything(
        self,
        published: Iterable[Checkpoint] | None = None,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> Verification:
        """Verify the whole database, and compare with published checkpoints.

        `progress` is told how many reports were looked at, of about how many.
        """
        found = Verification(0, 0, 0, 0, [])
        total = self._trail.count()
        for page in self._trail.pages():
            for each in page:
                _look_at(each, found)
            progress(found.reports, total)
            if len(found.flaws) >= FLAWS_AT_MOST:
                break
        found.flaws.extend(self._flaws_of_checkpoints(found))
        found.flaws.extend(self._flaws_against(published))
        found.flaws.extend(self._trail.altered_texts())
        return found

    def report(self, reference: str, published: Iterable[Checkpoint] | None = None) -> Verification | None:
        """Verify one report's trail and the checkpoints that cover it; None where there is no such report."""
        if (trail := self._trail.of_report(reference)) is None:
            return None
        found = Verification(0, 0, 0, 0, [])
        _look_at(trail, found)
        for checkpoint in self._trail.covering([link.number for link in trail.links]):
            found.checkpoints += 1
            if not self._verify(checkpoint.key, checkpoint.signature, checkpoint.message()):
                what = "the checkpoint was altered, or signed by a key that was not given"
                found.flaws.append(Flaw(what, checkpoint=checkpoint.number))
            elif flaw := covering_flaw(checkpoint, self._covered_by(checkpoint)):
                found.flaws.append(flaw)
        found.flaws.extend(self._flaws_against(published))
        return found

    def _flaws_of_checkpoints(self, found: Verification) -> Iterator[Flaw]:
        before: Checkpoint | None = None
        for checkpoint in self._trail.checkpoints(1):
            found.checkpoints += 1
            if flaw := checkpoint_flaw(checkpoint, before, self._covered_by(checkpoint), self._verify):
                yield flaw
                return
            before = checkpoint
        first = before.last_link + 1 if before else 1
        if flaw := uncovered_flaw(first, self._trail.link_ends(first)):
            yield flaw

    def _covered_by(self, checkpoint: Checkpoint) -> Iterator[LinkEnd]:
        return self._trail.link_ends(checkpoint.first_link, checkpoint.last_link)

    def _flaws_against(self, published: Iterable[Checkpoint] | None) -> Iterator[Flaw]:
        """The first published checkpoint that the database has not so, or that does not follow from the one before."""
        stored: Iterator[Checkpoint] | None = None
        before: Checkpoint | None = None
        for each in published or ():
            stored = stored or self._trail.checkpoints(each.number)
            if not self._verify(each.key, each.signature, each.message()):
                yield Flaw("the published checkpoint was altered, or signed by another key", checkpoint=each.number)
                return
            if before and each.previous != before.hash():
                yield Flaw("a published checkpoint is missing before this one", checkpoint=each.number)
                return
            if next(stored, None) != each:
                yield Flaw("the database has not the published checkpoint", checkpoint=each.number)
                return
            before = each


def _look_at(trail: ReportTrail, found: Verification) -> None:
    found.reports += 1
    found.entries += len(trail.entries)
    found.unsealed += len(trail.unsealed)
    if flaw := trail.flaw() or trail.difference():
        found.flaws.append(flaw)
