"""The web inbox as a channel."""

from tellusonce.channels.inbox import InboxOutbox
from tellusonce.services.deliver import Result
from tests.rendering.claims import a_claimed


def test_what_is_put_in_is_delivered() -> None:
    """Notifications can be opened from the moment they are claimed, so each is delivered, once."""
    outbox, claims = InboxOutbox(claim_limit=200, lease_seconds=60), [a_claimed() for _ in range(3)]
    outbox.send([(claimed, b"") for claimed in claims])
    assert outbox.under_way == 3
    answers = outbox.answers()
    assert [(answer.claimed, answer.result) for answer in answers] == [(each, Result.DELIVERED) for each in claims]
    assert outbox.under_way == 0
