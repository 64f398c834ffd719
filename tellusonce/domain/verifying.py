"""Verifying the trail: what is there against its chain, and the chains against the checkpoints."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from uuid import UUID

from tellusonce.domain import merkle
from tellusonce.domain.checkpoint import NONE_BEFORE, Checkpoint, Verifier
from tellusonce.domain.sealing import StoredEntry, TrailLink, beginning, sealed
from tellusonce.domain.vouching import Stated, differences


@dataclass(frozen=True)
class Flaw:
    """Something that is not as it was sealed; what is not known, or not concerned, is None."""

    what: str
    reference: str | None = None
    report_id: UUID | None = None
    position: int | None = None
    """In the report's chain, counted from 1."""
    entry: int | None = None
    link: int | None = None
    checkpoint: int | None = None

    def __str__(self) -> str:
        """Where it is, and what is wrong."""
        places = {
            "report": self.reference or self.report_id,
            "position": self.position,
            "entry": self.entry,
            "link": self.link,
            "checkpoint": self.checkpoint,
        }
        where = ", ".join(f"{name} {place}" for name, place in places.items() if place is not None)
        return f"{where}: {self.what}" if where else self.what


@dataclass(frozen=True)
class ReportTrail:
    """All that is kept of one report's trail, as it stood at one moment."""

    report_id: UUID
    reference: str | None
    """None where there is no such report."""
    entries: Mapping[int, StoredEntry]
    links: Sequence[TrailLink]
    """By position."""
    unsealed: AbstractSet[int]
    """The ids that wait to be sealed."""
    stated: Stated = field(default_factory=dict)
    """What the other tables say of the report."""

    def difference(self) -> Flaw | None:
        """The first thing that the other tables say otherwise than the trail, which is as it was sealed."""
        first = next(differences(self.stated, [self.entries[id_] for id_ in sorted(self.entries)]), None)
        return Flaw(first, self.reference, self.report_id) if first else None

    def flaw(self) -> Flaw | None:
        """The first thing that is not as it was sealed."""
        if self.reference is None:
            entry = min(self.entries, default=None)
            return self._flaw("the report itself is gone", entry=entry, link=self.links[0] if self.links else None)
        return next(self._flaws(beginning(self.report_id, self.reference).hash), None)

    def _flaws(self, reached: bytes) -> Iterator[Flaw]:
        expected, seen = 1, set[int]()
        for link in self.links:
            if not link.is_well_formed():
                yield self._flaw("the link was altered", expected, link=link)
                return
            if link.position != expected:
                what = "a link is missing" if link.position > expected else "a link was put in"
                yield self._flaw(what, expected, link=link)
                return
            for index, id_ in enumerate(link.entries):
                if id_ in seen:
                    yield self._flaw("the entry is linked a second time", expected, id_, link)
                computed = self._computed(reached, expected, id_, link)
                if computed != link.hash_after(index):
                    yield self._flaw(self._what_differs(reached, computed, link, index), expected, id_, link)
                elif id_ not in self.entries:
                    yield self._flaw("the entry was removed before it was sealed", expected, id_, link)
                seen.add(id_)
                reached, expected = link.hash_after(index), expected + 1
        for id_ in sorted(self.unsealed - self.entries.keys() - seen):
            yield self._flaw("the entry was removed before it was sealed", entry=id_)
        for id_ in sorted(self.entries.keys() - seen - self.unsealed):
            yield self._flaw("the entry was put in: no link has it, and it does not wait to be sealed", entry=id_)

    def _computed(self, reached: bytes, position: int, id_: int, link: TrailLink) -> bytes:
        return sealed(reached, self.entries.get(id_), position, link.seed)

    def _what_differs(self, reached: bytes, computed: bytes, link: TrailLink, index: int) -> str:
        """Most likely the entry, unless it is another that fits here, or what follows was made from this very entry."""
        id_, position = link.entries[index], link.position + index
        if id_ not in self.entries:
            return "the entry was removed"
        for other in self.entries:
            if self._computed(reached, position, other, link) == link.hash_after(index):
                return f"the entry was put in the place of entry {other}"
        if index + 1 < len(link.entries):
            after = self._computed(computed, position + 1, link.entries[index + 1], link)
            if after == link.hash_after(index + 1):
                return "the link was altered"
        return "the entry was changed, or its link"

    def _flaw(
        self, what: str, position: int | None = None, entry: int | None = None, link: TrailLink | None = None
    ) -> Flaw:
        return Flaw(what, self.reference, self.report_id, position, entry, link.number if link else None)


@dataclass(frozen=True)
class LinkEnd:
    """What a checkpoint covers of a link."""

    number: int
    entries: int
    hash: bytes


def checkpoint_flaw(
    checkpoint: Checkpoint, before: Checkpoint | None, links: Iterable[LinkEnd], verify: Verifier
) -> Flaw | None:
    """The first thing that is wrong with a checkpoint, after the one before and over the links that it covers."""
    number = before.number + 1 if before else 1
    if checkpoint.number != number:
        return Flaw("the checkpoint is missing", checkpoint=number)
    if not verify(checkpoint.key, checkpoint.signature, checkpoint.message()):
        return Flaw("the checkpoint was altered, or signed by a key that was not given", checkpoint=number)
    first_link = before.last_link + 1 if before else 1
    if checkpoint.previous != (before.hash() if before else NONE_BEFORE) or checkpoint.first_link != first_link:
        return Flaw("the checkpoint does not follow from the one before", checkpoint=number)
    return covering_flaw(checkpoint, links)


def covering_flaw(checkpoint: Checkpoint, links: Iterable[LinkEnd]) -> Flaw | None:
    """Where the links, by number, are not those that a checkpoint was made of."""
    found = list(links)
    for expected, link in zip(range(checkpoint.first_link, checkpoint.last_link + 1), found, strict=False):
        if link.number != expected:
            return Flaw("the link is missing", link=expected, checkpoint=checkpoint.number)
    if len(found) < checkpoint.size:
        missing = checkpoint.first_link + len(found)
        return Flaw("the link is missing", link=missing, checkpoint=checkpoint.number)
    if (
        merkle.root(link.hash for link in found) != checkpoint.root
        or sum(link.entries for link in found) != checkpoint.entries
    ):
        return Flaw("links were altered since the checkpoint was signed", checkpoint=checkpoint.number)
    return None


def uncovered_flaw(first: int, links: Iterable[LinkEnd]) -> Flaw | None:
    """The first number that is missing among the links that no checkpoint covers yet."""
    for expected, link in enumerate(links, first):
        if link.number != expected:
            return Flaw("the link is missing", link=expected)
    return None
