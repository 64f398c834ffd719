"""Fields, and choosing facts by them."""

from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from tellusonce.domain.field import Field, Label, Sensitivity, fields_of, present, select

_names = st.sampled_from("abcd")
_facts: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.dictionaries(_names, st.none() | st.integers() | st.lists(st.text(), max_size=2)),
    lambda inner: st.dictionaries(_names, st.none() | st.integers() | inner),
    max_leaves=12,
)
_paths = st.lists(st.lists(_names, min_size=1, max_size=3).map(".".join), max_size=8)


class Home(BaseModel):
    postcode: Annotated[str | None, Label("postcode")] = None


class Tenant(BaseModel):
    name: Annotated[str, Label("name", Sensitivity.ORDINARY)]
    home: Home
    second_home: Home | None = None


def test_every_leaf_is_a_field() -> None:
    """A model's leaves are its fields, in the model's order, through nested and optional models."""
    assert list(fields_of(Tenant)) == [
        Field("name", "name", Sensitivity.ORDINARY),
        Field("home.postcode", "postcode", Sensitivity.PERSONAL),
        Field("second_home.postcode", "postcode", Sensitivity.PERSONAL),
    ]


def test_a_leaf_without_a_label_is_named() -> None:
    """A field that people have no word for is a mistake in the model, named by model and field."""

    class Unlabelled(BaseModel):
        shoe_size: int

    with pytest.raises(TypeError, match=r"Unlabelled\.shoe_size"):
        list(fields_of(Unlabelled))


def test_present_are_the_facts_that_are_there() -> None:
    """A fact that is None, or in an empty group, is absent; an empty list and a zero are there."""
    assert list(present({"a": {"b": 1, "c": None}, "d": {}, "e": [], "f": 0})) == ["a.b", "e", "f"]


@given(_facts, _paths)
def test_only_what_was_asked_for_is_selected(facts: dict[str, Any], paths: list[str]) -> None:
    """Selecting gives those facts that are there and under a path asked for, and no others."""
    asked_for = {path for path in present(facts) if any(path == each or path.startswith(f"{each}.") for each in paths)}
    assert set(present(select(facts, paths))) == asked_for


@given(_facts)
def test_selecting_everything_changes_no_fact(facts: dict[str, Any]) -> None:
    """Selecting every path that is there gives the facts as they are, without what is absent."""
    assert select(facts, present(facts)) == _without_absent(facts)


def _without_absent(facts: dict[str, Any]) -> dict[str, Any]:
    groups = {name: _without_absent(fact) if isinstance(fact, dict) else fact for name, fact in facts.items()}
    return {name: fact for name, fact in groups.items() if fact is not None and fact != {}}


def test_selection_keeps_the_shape() -> None:
    """Chosen facts stand where they stood, and what is absent stays so."""
    facts = {"a": {"b": {"c": [1], "d": 2}}, "e": 3, "g": None}
    assert select(facts, ["e", "a.b.c", "a.x", "e.f", "g"]) == {"a": {"b": {"c": [1]}}, "e": 3}
