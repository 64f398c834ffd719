"""Receipts of a trail: what proves to whoever holds one, without us, that these entries were sealed as they stand.

An agency's receipt shows its own entries; of every other it has the hash alone, which confirms no guess. So whoever
holds it can follow the whole chain from the report's reference to the checkpoints.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tellusonce.domain import merkle
from tellusonce.domain.checkpoint import Checkpoint, Verifier, read_checkpoint
from tellusonce.domain.sealing import (
    HASH_BYTES,
    StoredEntry,
    TrailLink,
    beginning,
    canonical,
    chained,
    entry_hash,
    salt,
)

_FORMAT = "tellusonce-trail-receipt/1"


class ReceiptRefused(Exception):
    """A receipt that proves nothing; the text says why."""


@dataclass(frozen=True)
class Proof:
    """That a checkpoint covers a link: of the report's links that it covers, the last."""

    checkpoint: Checkpoint
    link: TrailLink
    path: Sequence[bytes]


@dataclass(frozen=True)
class ProvedTrail:
    """What a receipt proves."""

    reference: str
    entries: Sequence[Mapping[str, Any]]
    """Those that it shows, oldest first."""
    sealed: int
    """How many entries the report's chain has, shown or not, to the end of the receipt."""
    checkpoints: Sequence[Checkpoint]


def trail_receipt(
    reference: str,
    entries: Mapping[int, StoredEntry],
    links: Sequence[TrailLink],
    proofs: Sequence[Proof],
    is_shown: Callable[[StoredEntry], bool],
) -> bytes:
    """A receipt over the links of one report, the last of which the last proof is of."""
    report_id = links[0].report_id
    receipt = {
        "format": _FORMAT,
        "reference": reference,
        "report_id": str(report_id),
        "trail": [step for link in links for step in _steps(link, entries, is_shown)],
        "checkpoints": [
            {
                "checkpoint": proof.checkpoint.document(),
                "position": proof.link.end().position,
                "index": proof.link.number - proof.checkpoint.first_link,
                "path": [each.hex() for each in proof.path],
            }
            for proof in proofs
        ],
    }
    return canonical(receipt) + b"\n"


def _steps(
    link: TrailLink, entries: Mapping[int, StoredEntry], is_shown: Callable[[StoredEntry], bool]
) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    for position, id_ in enumerate(link.entries, link.position):
        entry, its_salt = entries[id_], salt(link.seed, position)
        document = entry.document()
        if is_shown(entry):
            steps.append({"entry": document, "salt": its_salt.hex()})
        else:
            steps.append({"hash": entry_hash(document, position, its_salt).hex()})
    return steps


def read_trail_receipt(receipt: bytes, verify: Verifier) -> ProvedTrail:
    """What a receipt proves, by the keys that `verify` knows. Raises ReceiptRefused."""
    try:
        document = json.loads(receipt)
        if canonical(document) + b"\n" != receipt:
            raise ReceiptRefused("it is not, byte for byte, as it was given")
        return _proved(document, verify)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise ReceiptRefused("it is not a receipt of a trail") from None


def _proved(document: Mapping[str, Any], verify: Verifier) -> ProvedTrail:
    if document["format"] != _FORMAT or document.keys() != {"format", "reference", "report_id", "trail", "checkpoints"}:
        raise ReceiptRefused("it is not a receipt of this version")
    report_id, shown = UUID(document["report_id"]), []
    reached = [beginning(report_id, document["reference"]).hash]
    for position, step in enumerate(document["trail"], 1):
        if "entry" in step:
            shown.append(step["entry"])
            of_entry = entry_hash(step["entry"], position, _hash(step, "salt"))
        else:
            of_entry = _hash(step, "hash")
        reached.append(chained(reached[-1], of_entry))
    checkpoints = [_covering(each, reached, verify) for each in document["checkpoints"]]
    if str(report_id) != document["report_id"] or document["checkpoints"][-1]["position"] != len(document["trail"]):
        raise ReceiptRefused("its end is covered by no checkpoint")
    return ProvedTrail(document["reference"], shown, len(document["trail"]), checkpoints)


def _covering(proof: Mapping[str, Any], reached: Sequence[bytes], verify: Verifier) -> Checkpoint:
    checkpoint = read_checkpoint(proof["checkpoint"])
    if not verify(checkpoint.key, checkpoint.signature, checkpoint.message()):
        raise ReceiptRefused(f"checkpoint {checkpoint.number} was altered, or signed by a key that was not given")
    path = [_hash({"hash": each}, "hash") for each in proof["path"]]
    data = reached[proof["position"]]
    if proof["position"] < 1 or not merkle.is_included(data, proof["index"], checkpoint.size, path, checkpoint.root):
        raise ReceiptRefused(f"checkpoint {checkpoint.number} does not cover these entries as they stand here")
    return checkpoint


def _hash(step: Mapping[str, Any], name: str) -> bytes:
    """A hash from its one form. Raises ValueError."""
    read = bytes.fromhex(step[name])
    if read.hex() != step[name] or len(read) != HASH_BYTES:
        raise ValueError("not a hash")
    return read
