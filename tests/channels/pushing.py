"""Pushing letters and waiting for what comes of them."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Any, TypeVar
from uuid import UUID

from tellusonce.channels.connecting import Resolve, system_addresses
from tellusonce.channels.push import PushChannel, PushOutbox
from tellusonce.channels.push_limits import PushLimits
from tellusonce.channels.targets import PushTarget
from tellusonce.domain.channel import Push
from tellusonce.rendering.message import MessageRenderer
from tellusonce.services.deliver import Answer, Claimed
from tests.builders import an_agency
from tests.channels.hostile import Answering, RawAgency
from tests.rendering.claims import a_claimed, at_noon

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PROMPT_SECONDS = 10
LIMITS = PushLimits(
    connect_seconds=0.5,
    total_seconds=1,
    reply_limit_bytes=4096,
    claim_limit=200,
    lease_seconds=45,
    send_within_seconds=30,
)
AT_ONCE = 4

# Public by the rules, and of a network that was given back (RFC 3701): nobody is there.
NOWHERE = "3ffe::1"

Letter = tuple[Claimed, bytes]
_Given = TypeVar("_Given")


class Names:
    """A resolver that gives these answers in turn, the last one again and again."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def a_letter(**overrides: Any) -> Letter:
    """A claimed notification and its message."""
    claimed = a_claimed(**overrides)
    return claimed, MessageRenderer({claimed.agency: an_agency()}, "https://tellusonce.example.org", at_noon).render(
        claimed
    )


def a_word(notification: UUID, **overrides: Any) -> bytes:
    """An acknowledgement as JSON: by default that it was actioned."""
    word = {"notification": str(notification), "kind": "outcome", "outcome": "actioned", "at": "2026-03-19T14:30:00Z"}
    return json.dumps(word | overrides).encode()


def a_target(url: str, private_allowed: bool = True, **options: Any) -> PushTarget:
    """An agency that the operator lets be at any address, and that takes so many pushes at once."""
    push = Push.model_validate({"kind": "push", "url": url, "at_once": AT_ONCE} | options)
    return PushTarget("dwp-state-pension", push, private_allowed)


@contextmanager
def channel(
    authorities: Sequence[bytes] = (), resolve: Resolve = system_addresses, **limits: Any
) -> Iterator[PushChannel]:
    """A push channel with tight limits, closed afterwards."""
    opened = PushChannel(replace(LIMITS, **limits), lambda: datetime.now(UTC), authorities, resolve)
    yield opened
    opened.close()


@contextmanager
def raw_agency(answering: Answering, tls: ssl.SSLContext | None = None) -> Iterator[RawAgency]:
    """A raw agency, closed afterwards."""
    agency = RawAgency(answering, tls)
    yield agency
    agency.close()


def push(opened: PushChannel, url: str, *letters: Letter, **options: Any) -> list[Answer]:
    """The answers to these letters, in the order of the letters; fails where they take too long."""
    outbox = an_outbox(opened, url, **options)
    outbox.send(letters)
    answers = {(answer.claimed.id, answer.claimed.attempt): answer for answer in all_answers(outbox)}
    return [answers[claimed.id, claimed.attempt] for claimed, _ in letters]


def an_outbox(opened: PushChannel, url: str, **options: Any) -> PushOutbox:
    """An outbox to an agency that has one secret."""
    return opened.outbox(a_target(url, **options), [SECRET])


def push_once(answering: Answering, letter: Letter | None = None, **limits: Any) -> Answer:
    """What comes of one letter to an agency that answers so."""
    with raw_agency(answering) as agency, channel(**limits) as opened:
        (answer,) = push(opened, agency.url, letter or a_letter())
        return answer


def all_answers(outbox: PushOutbox) -> Sequence[Answer]:
    """All answers to what is under way; fails where they take too long."""
    return in_time(lambda: _collect(outbox))


def in_time(call: Callable[[], _Given]) -> _Given:
    """What the call gives; fails where it takes too long, and leaves it to itself."""
    given: SimpleQueue[_Given] = SimpleQueue()
    threading.Thread(target=lambda: given.put(call()), daemon=True).start()
    return given.get(timeout=PROMPT_SECONDS)


def _collect(outbox: PushOutbox) -> list[Answer]:
    answers: list[Answer] = []
    while outbox.under_way:
        answers += outbox.answers()
    return answers
