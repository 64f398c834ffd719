"""What is nearly right: a good text with something done to it, and values of every shape."""

import json
from typing import Any

from hypothesis import strategies as st

CANARY = "Zxqvkjw8108"
"""Stands for a fact: nothing that is refused may repeat it."""

UNICODE = [
    f"\u202e{CANARY}",  # what follows reads from right to left
    f"{CANARY}\u200b\u2066",
    f"Margaret\u0301 {CANARY}",  # not normalised
    f"\u041cargaret {CANARY}",  # begins with a Cyrillic letter
    f"\U0001f54a\U0010ffff{CANARY}",
    f"\ufeff{CANARY}",
    f"{CANARY}\ufffe\uffff",
    f"{CANARY}\x00",
    f"{CANARY}\r\nX-Injected: 1",
    f"{{{{ {CANARY} }}}}",
    f"${{jndi:ldap://{CANARY}}}",
    f"'; DROP TABLE report; --{CANARY}",
    f"../../{CANARY}",
    f"%00%0d%0a{CANARY}",
    CANARY * 3_000,
]
"""Names as somebody might give them who means no good."""

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(UNICODE)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
)
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", CANARY, "code"]), inner),
    max_leaves=6,
)


@st.composite
def spoilt(draw: st.DrawFn, good: bytes) -> bytes:
    """The text with a part of it cut out, doubled or overwritten by noise."""
    start = draw(st.integers(0, len(good)))
    end = draw(st.integers(start, min(len(good), start + 40)))
    noise = draw(
        st.binary(max_size=30) | st.sampled_from(["\x00", "\u202e", "{}", "[", '"', "'", "\n", ": "]).map(str.encode)
    )
    return good[:start] + draw(st.sampled_from([noise, good[start:end] * 2, b""])) + good[end:]


@st.composite
def altered(draw: st.DrawFn, good: dict[str, Any]) -> dict[str, Any]:
    """The document with other values at some of its places, or places of its own."""
    document: dict[str, Any] = json.loads(json.dumps(good))
    for _ in range(draw(st.integers(1, 3))):
        place: Any = document
        while True:
            name = draw(st.sampled_from([*(place if isinstance(place, dict) else range(len(place))), CANARY]))
            inner = place.get(name) if isinstance(place, dict) else None
            if not isinstance(inner, dict) or not inner or draw(st.booleans()):
                break
            place = inner
        if isinstance(place, dict):
            place[name] = draw(values)
    return document
