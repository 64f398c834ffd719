"""Signatures as the Standard Webhooks library and its specification have them."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from tellusonce.channels.signing import signed_headers, signing_secret

_MASTER = bytes(range(32))
_ID = "0199f3c2-0000-7000-8000-000000000001"
_SECRET = signing_secret(_MASTER, "holmshire-council-tax")


@given(st.text(st.characters(codec="utf-8")))
def test_the_library_verifies_what_is_signed(body: str) -> None:
    """Whatever the message holds, the agency's library verifies it with the agency's secret."""
    headers = signed_headers([Webhook(_SECRET)], _ID, datetime.now(UTC), body)
    Webhook(_SECRET).verify(body, headers, json_parse=False)


def test_the_example_of_the_specification() -> None:
    """The signature of the specification's own example comes out as it stands there."""
    webhook = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    assert signed_headers([webhook], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}') == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "0199f3c2-0000-7000-8000-000000000002"},
        {"webhook-timestamp": "1"},
        {"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_changed_header_does_not_verify(changed: dict[str, str]) -> None:
    """Id, time and signature belong together: with one of them changed the message is refused."""
    headers = signed_headers([Webhook(_SECRET)], _ID, datetime.now(UTC), "{}")
    with pytest.raises(WebhookVerificationError):
        Webhook(_SECRET).verify("{}", headers | changed)


@pytest.mark.parametrize("age", [timedelta(seconds=301), timedelta(seconds=-302)], ids=["old", "early"])
def test_a_signature_has_its_time(age: timedelta) -> None:
    """A signature that is more than five minutes old, or ahead, is refused (F11)."""
    headers = signed_headers([Webhook(_SECRET)], _ID, datetime.now(UTC) - age, "{}")
    with pytest.raises(WebhookVerificationError):
        Webhook(_SECRET).verify("{}", headers)


@given(st.text("abcdefghijklmnopqrstuvwxyz-", min_size=2))
def test_a_secret_is_the_agencys_own(agency: str) -> None:
    """Each agency has a secret of its own, the same on every start, of 256 bits."""
    secret = signing_secret(_MASTER, agency)
    assert secret == signing_secret(_MASTER, agency)
    assert len(b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert (secret == _SECRET) == (agency == "holmshire-council-tax")
    assert secret != signing_secret(bytes(32), agency)


def test_a_secret_tells_nothing_of_the_master_secret() -> None:
    """An agency's secret holds no part of the one that it is derived from."""
    derived = b64decode(_SECRET.removeprefix("whsec_"))
    assert not any(_MASTER[start : start + 4] in derived for start in range(len(_MASTER) - 4))


def test_one_agencys_secret_does_not_verify_anothers() -> None:
    """What is signed for one agency is refused by another (S5)."""
    headers = signed_headers([Webhook(_SECRET)], _ID, datetime.now(UTC), "{}")
    with pytest.raises(WebhookVerificationError):
        Webhook(signing_secret(_MASTER, "holmshire-housing-benefit")).verify("{}", headers)


def test_each_generation_is_another_secret() -> None:
    """An agency's generations differ, none is another agency's first, and the first is the one it always had."""
    secrets = [signing_secret(_MASTER, "holmshire-council-tax", generation) for generation in range(1, 12)]
    assert len(set(secrets)) == 11
    assert secrets[0] == _SECRET == "whsec_j+8fbQuImscsmx7VlaP6t/RTYYZDfpieM7dPLsYx4G8="
    assert not set(secrets) & {
        signing_secret(_MASTER, f"holmshire-council-tax-{generation}") for generation in range(12)
    }


def test_two_secrets_make_two_signatures() -> None:
    """With two secrets live the newer one's signature comes first, and the library verifies by either."""
    at, older = datetime.now(UTC), signing_secret(_MASTER, "holmshire-council-tax")
    newer = signing_secret(_MASTER, "holmshire-council-tax", 2)
    headers = signed_headers([Webhook(newer), Webhook(older)], _ID, at, "{}")
    assert headers["webhook-signature"] == f"{Webhook(newer).sign(_ID, at, '{}')} {Webhook(older).sign(_ID, at, '{}')}"
    for secret in (newer, older):
        Webhook(secret).verify("{}", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(signing_secret(_MASTER, "holmshire-council-tax", 3)).verify("{}", headers)
