"""Give receipts of a trail, which are verified without this service."""

from collections.abc import Callable, Sequence

from tellusonce.domain import merkle
from tellusonce.domain.checkpoint import Checkpoint
from tellusonce.domain.sealing import StoredEntry, TrailLink
from tellusonce.domain.trail_receipt import Proof, trail_receipt
from tellusonce.domain.verifying import Flaw
from tellusonce.services.family_trail import shown_to_family
from tellusonce.services.verify_trail import SealedTrail

ENTRIES_AT_MOST = 10_000
"""Of a report with more, the first are in its receipt."""
_PROOFS_AT_MOST = 30
"""The last ones are given: each covers all that stands before it in the chain."""


class NothingCovered(Exception):
    """No checkpoint covers anything of this trail, or of this agency's part of it, yet."""

    def __init__(self) -> None:
        super().__init__("No checkpoint covers this trail yet: ask again in some minutes.")


class TrailFlawed(Exception):
    """The trail is not as it was sealed, so that nothing can be proved of it."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(f"No receipt can be given: {flaw}.")


class TrailReceipts:
    """The use case."""

    def __init__(self, trail: SealedTrail) -> None:
        self._trail = trail

    def receipt(self, reference: str, agency: str | None = None) -> bytes | None:
        """The receipt of a report's trail, as far as checkpoints cover it; for an agency, one that shows its entries.

        None where there is no such report, or nothing in its trail is the agency's. Raises NothingCovered, TrailFlawed.
        """
        return self._receipt(reference, lambda entry: agency in (None, entry.agency))

    def family_receipt(self, reference: str) -> bytes | None:
        """One for the family, which shows what it may see. Raises NothingCovered, TrailFlawed."""
        return self._receipt(reference, shown_to_family)

    def _receipt(self, reference: str, is_shown: Callable[[StoredEntry], bool]) -> bytes | None:
        trail = self._trail.of_report(reference)
        theirs = {id_ for id_, entry in trail.entries.items() if is_shown(entry)} if trail else set()
        if trail is None or not theirs:
            return None
        if flaw := trail.flaw():
            raise TrailFlawed(flaw)
        within = [link for link in trail.links if link.end().position <= ENTRIES_AT_MOST]
        checkpoints = self._trail.covering([link.number for link in within])
        covered = [link for link in within if checkpoints and link.number <= checkpoints[-1].last_link]
        if not any(theirs.intersection(link.entries) for link in covered):
            raise NothingCovered
        proofs = [self._proof(each, covered) for each in checkpoints[-_PROOFS_AT_MOST:]]
        return trail_receipt(reference, trail.entries, covered, proofs, lambda entry: entry.id in theirs)

    def _proof(self, checkpoint: Checkpoint, links: Sequence[TrailLink]) -> Proof:
        last = [link for link in links if checkpoint.first_link <= link.number <= checkpoint.last_link][-1]
        leaves = [each.hash for each in self._trail.link_ends(checkpoint.first_link, checkpoint.last_link)]
        return Proof(checkpoint, last, merkle.inclusion_path(leaves, last.number - checkpoint.first_link))
