"""Pushes that were not signed by us, for this agency, for this message and now, are refused (S5)."""

import hmac
import inspect
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from unittest.mock import patch
from uuid import uuid4

import pytest
import standardwebhooks.webhooks
from hypothesis import example, given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from tellusonce.channels.signing import signed_headers, signing_secret
from tellusonce.simulation.notification import Refused, read_push
from tests.simulation.running import an_event

MASTER = b"a master secret"
AGENCY, OTHER_AGENCY = "dwp-state-pension", "holmshire-council-tax"
IDS = str(uuid4()), str(uuid4())
Headers = dict[str, str]


def webhook(agency: str = AGENCY, generation: int = 1, master: bytes = MASTER) -> Webhook:
    return Webhook(signing_secret(master, agency, generation))


def body_of(message_id: str) -> str:
    return json.dumps(an_event(message_id))


def pushed(*webhooks: Webhook, message_id: str = IDS[0], age: timedelta = timedelta()) -> Headers:
    """The headers of a push, by our own signing."""
    return signed_headers(webhooks or [webhook()], message_id, datetime.now(UTC) - age, body_of(message_id))


def taken(headers: Headers, body: str = "", *webhooks: Webhook) -> bool:
    """Whether the sample agency takes the push; it may refuse with 401 alone."""
    try:
        read_push(webhooks or [webhook()], headers, (body or body_of(IDS[0])).encode())
    except Refused as refused:
        status = refused.status
    else:
        return True
    assert status == 401
    return False


def test_what_we_sign_is_taken() -> None:
    """An honest push, at both ends of the five minutes that clocks may differ."""
    for seconds in (0, 290, -290):
        assert taken(pushed(age=timedelta(seconds=seconds)))


@given(st.integers(0, 10_000), st.integers(0, 7), st.sampled_from([*pushed(), "body"]))
@example(0, 0, "webhook-signature")
@example(3, 0, "webhook-signature")
def test_a_flipped_bit_is_refused(place: int, bit: int, where: str) -> None:
    """Wherever one bit of the id, the time, the signature or the body is another, the push is refused."""
    headers, body = pushed(), body_of(IDS[0])
    flipped = bytearray((headers | {"body": body})[where].encode())
    flipped[place % len(flipped)] ^= 1 << bit
    text = flipped.decode("latin-1")
    if where == "body":
        with pytest.raises(Refused, match="signature"):
            read_push([webhook()], headers, bytes(flipped))
    else:
        refused = not taken(headers | {where: text})
        assert refused or text.strip() == headers[where].strip() or means_the_same(headers[where], text)


def means_the_same(one: str, other: str) -> bool:
    """The last character of base64 has bits that say nothing."""
    return one[:-2] == other[:-2] and one[-1] == other[-1] == "="


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(lambda: pushed(age=timedelta(seconds=310)), id="expired"),
        pytest.param(lambda: pushed(age=timedelta(seconds=-310)), id="from the future"),
        pytest.param(lambda: pushed(age=timedelta(days=36_500)), id="a century old"),
        pytest.param(lambda: pushed() | {"webhook-timestamp": "NaN"}, id="no time"),
        pytest.param(lambda: pushed() | {"webhook-timestamp": "1e309"}, id="no time that there is"),
        pytest.param(lambda: pushed() | {"webhook-timestamp": "9" * 400}, id="a time beyond counting"),
        pytest.param(lambda: pushed(message_id=IDS[1]), id="another message's"),
        pytest.param(lambda: pushed(message_id=IDS[1]) | {"webhook-id": IDS[0]}, id="another's under this id"),
        pytest.param(lambda: pushed(webhook(OTHER_AGENCY)), id="another agency's"),
        pytest.param(lambda: pushed(webhook(master=b"another")), id="another service's"),
        pytest.param(lambda: pushed(webhook(generation=2)), id="a key to come"),
        pytest.param(lambda: pushed() | {"webhook-signature": ""}, id="empty"),
        pytest.param(lambda: pushed() | {"webhook-signature": "v1,"}, id="nothing signed"),
        pytest.param(lambda: pushed() | {"webhook-signature": "v1a," + "A" * 88}, id="another scheme"),
        pytest.param(lambda: pushed() | {"webhook-signature": "v1,é"}, id="no base64"),
        pytest.param(lambda: pushed() | {"webhook-signature": "v1," + "A" * 100_000}, id="very long"),
        pytest.param(lambda: pushed() | {"webhook-signature": " ".join(["v1,QUFB"] * 10_000)}, id="very many"),
        pytest.param(dict, id="none"),
    ],
)
def test_what_is_not_signed_for_this_is_refused(headers: Callable[[], Headers]) -> None:
    """A signature is worth something for its own agency, message and five minutes."""
    assert not taken(headers())


def test_an_old_key_is_refused_once_it_is_retired() -> None:
    """While keys are changed both hold; after that who holds the old one cannot push, and cannot make the new one."""
    old, new = webhook(), webhook(generation=2)
    both = pushed(new, old)
    assert taken(both, "", old)
    assert taken(both, "", new)
    assert not taken(pushed(old), "", new)


def test_a_signature_is_compared_in_constant_time() -> None:
    """The library compares by `compare_digest`, a right one and a wrong one alike."""
    assert "hmac.compare_digest" in inspect.getsource(standardwebhooks.webhooks.Webhook.verify)
    with patch.object(hmac, "compare_digest", wraps=hmac.compare_digest) as compared:
        assert taken(pushed())
        assert not taken(pushed(webhook(OTHER_AGENCY)))
    assert compared.call_count == 2
