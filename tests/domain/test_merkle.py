"""Merkle trees as the RFCs hash them."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.domain.merkle import inclusion_path, is_included, root

# The inputs and roots with which Certificate Transparency's own implementations are tested (RFC 6962).
INPUTS = [bytes.fromhex(each) for each in ("", "00", "10", "2021", "3031", "40414243")] + [
    bytes.fromhex("5051525354555657"),
    bytes.fromhex("606162636465666768696a6b6c6d6e6f"),
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

leaves = st.lists(st.binary(max_size=40), min_size=1, max_size=70)


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_rfcs_test_vectors(size: int) -> None:
    assert root(INPUTS[:size]).hex() == ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root([]) == sha256(b"").digest()


def test_a_path_is_that_of_the_rfcs_example() -> None:
    """RFC 9162, section 2.1.5: of seven leaves, the path of d3 is c, g, l."""

    def subtree(*which: int) -> bytes:
        return root([INPUTS[each] for each in which])

    assert inclusion_path(INPUTS[:7], 3) == [subtree(2), subtree(0, 1), subtree(4, 5, 6)]
    assert inclusion_path(INPUTS[:7], 6) == [subtree(4, 5), subtree(0, 1, 2, 3)]


@given(leaves, st.data())
def test_every_leaf_is_proved_by_its_path(data: list[bytes], draw: st.DataObject) -> None:
    index = draw.draw(st.integers(0, len(data) - 1))
    path = inclusion_path(data, index)
    assert len(path) <= (len(data) - 1).bit_length()
    assert is_included(data[index], index, len(data), path, root(data))


@given(leaves, st.data())
def test_a_proof_with_anything_else_is_none(data: list[bytes], draw: st.DataObject) -> None:
    """Another leaf, a place that is none, a path cut, lengthened or with one bit flipped."""
    index = draw.draw(st.integers(0, len(data) - 1))
    path, top = inclusion_path(data, index), root(data)
    assert not is_included(data[index] + b"x", index, len(data), path, top)
    assert not is_included(data[index], len(data), len(data), path, top)
    assert not is_included(data[index], -1, len(data), path, top)
    assert not is_included(data[index], index, len(data), [*path, top], top)
    if path:
        at = draw.draw(st.integers(0, len(path) - 1))
        flipped = bytes([path[at][0] ^ 1]) + path[at][1:]
        assert not is_included(data[index], index, len(data), path[:-1], top)
        assert not is_included(data[index], index, len(data), [*path[:at], flipped, *path[at + 1 :]], top)


@given(leaves, st.data())
def test_no_two_lists_have_one_root(data: list[bytes], draw: st.DataObject) -> None:
    """A list changed in one leaf, cut, lengthened, or with two leaves exchanged has another root."""
    at = draw.draw(st.integers(0, len(data) - 1))
    other = draw.draw(st.integers(0, len(data) - 1))
    exchanged = list(data)
    exchanged[at], exchanged[other] = exchanged[other], exchanged[at]
    top = root(data)
    assert root([*data[:at], data[at] + b"x", *data[at + 1 :]]) != top
    assert root(data[:-1]) != top
    assert root([*data, b""]) != top
    assert (root(exchanged) == top) == (exchanged == data)
