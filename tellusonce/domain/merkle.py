"""Merkle trees as RFC 9162, section 2.1 (and RFC 6962 before it) hashes them, over SHA-256.

A leaf and a node are hashed with different first bytes, so that neither can pass for the other.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over the leaves' data, in one pass that keeps one hash for each level."""
    whole: list[tuple[int, bytes]] = []
    """Perfect subtrees from left to right, each with its height."""
    for data in leaves:
        height, right = 0, leaf_hash(data)
        while whole and whole[-1][0] == height:
            right = _node_hash(whole.pop()[1], right)
            height += 1
        whole.append((height, right))
    if not whole:
        return EMPTY_ROOT
    _, right = whole.pop()
    while whole:
        right = _node_hash(whole.pop()[1], right)
    return right


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from the leaf at `index`, counted from 0, to the root, from the bottom up."""
    level = [leaf_hash(data) for data in leaves]
    path = []
    while len(level) > 1:
        if (sibling := index ^ 1) < len(level):
            path.append(level[sibling])
        paired = [_node_hash(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[2 * len(paired) :]
        index //= 2
    return path


def is_included(data: bytes, index: int, size: int, path: Sequence[bytes], expected_root: bytes) -> bool:
    """Whether a tree of `size` leaves with this root has this data at `index` (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    last, reached = size - 1, leaf_hash(data)
    for sibling in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            reached = _node_hash(sibling, reached)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            reached = _node_hash(reached, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and reached == expected_root


def _node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
