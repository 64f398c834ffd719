"""The trials, each with what would be right."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_bytes

from tellusonce.simulation.conformance.endpoint import BATCH_MEDIA_TYPE, Endpoint, Reply
from tellusonce.simulation.conformance.messages import InventedReport, Message, encoded
from tellusonce.simulation.conformance.words import complaint, outcomes

OVERSIZED_BYTES = 256 * 1024
_STALE = timedelta(minutes=10)


@dataclass(frozen=True)
class Finding:
    """What one trial showed."""

    trial: str
    holds: bool
    saw: str
    """What the endpoint did."""
    right: str
    """What would be right."""


@dataclass(frozen=True)
class Saw:
    """What the endpoint did, and whether that was right."""

    holds: bool
    what: str


@dataclass(frozen=True)
class _Trial:
    name: str
    right: str
    run: Callable[[Endpoint], Saw]
    applies: Callable[[Endpoint], bool] = lambda _: True


def try_all(endpoint: Endpoint) -> Iterator[Finding]:
    """Put the endpoint through every trial that its configuration calls for, one after the other."""
    for trial in _TRIALS:
        if trial.applies(endpoint):
            saw = trial.run(endpoint)
            yield Finding(trial.name, saw.holds, saw.what, trial.right)


def _good(endpoint: Endpoint) -> Saw:
    return _taken(endpoint, InventedReport().original())


def _doubled(endpoint: Endpoint) -> Saw:
    message = InventedReport().original()
    first, second = (endpoint.send(message["id"], encoded(message)) for _ in range(2))
    if not (first.is_taken and second.is_taken):
        return Saw(False, f"{first}, then {second}")
    if outcomes(first.body) != outcomes(second.body):
        return Saw(False, "said another thing the second time")
    return _judged(second, message)


def _corrected(endpoint: Endpoint) -> Saw:
    report = InventedReport()
    return _all_taken(endpoint, report.original(), report.correction())


def _out_of_order(endpoint: Endpoint) -> Saw:
    report = InventedReport()
    original = report.original()
    return _all_taken(endpoint, report.correction(), original)


def _withdrawn(endpoint: Endpoint) -> Saw:
    report = InventedReport()
    return _all_taken(endpoint, report.original(), report.withdrawal(2))


def _unknown_withdrawn(endpoint: Endpoint) -> Saw:
    return _taken(endpoint, InventedReport().withdrawal(2))


def _without_facts(endpoint: Endpoint) -> Saw:
    message = InventedReport().withdrawal(2)
    message["data"]["facts"] = {}
    return _taken(endpoint, message)


def _oversized(endpoint: Endpoint) -> Saw:
    message = InventedReport().original()
    message["data"]["padding"] = "x" * (OVERSIZED_BYTES - len(encoded(message)) - len(',"padding":""'))
    reply = endpoint.send(message["id"], encoded(message))
    if reply.status is None or not (reply.is_taken or reply.is_refused):
        return Saw(False, str(reply))
    after = _good(endpoint)
    return Saw(after.holds, f"{reply}; a good message after it: {after.what}")


def _another_secret(endpoint: Endpoint) -> Saw:
    return _refused(endpoint, secrets=[_new_secret()])


def _unsigned(endpoint: Endpoint) -> Saw:
    return _refused(endpoint, secrets=[])


def _altered(endpoint: Endpoint) -> Saw:
    return _refused(endpoint, signed_body=b'{"specversion":"1.0"}')


def _stale(endpoint: Endpoint) -> Saw:
    return _refused(endpoint, age=_STALE)


def _early(endpoint: Endpoint) -> Saw:
    return _refused(endpoint, age=-_STALE)


def _rotated(endpoint: Endpoint) -> Saw:
    """In both orders: which of two signatures holds is not for the endpoint to count on."""
    other = _new_secret()
    for secrets in ([other, *endpoint.secrets], [*endpoint.secrets, other]):
        message = InventedReport().original()
        reply = endpoint.send(message["id"], encoded(message), secrets=secrets)
        if not reply.is_taken:
            which = "last" if secrets[0] == other else "first"
            return Saw(False, f"{reply} where the signature that holds stood {which}")
    return _judged(reply, message)


def _unknown_field(endpoint: Endpoint) -> Saw:
    message = InventedReport().original()
    message["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    message["data"]["added_later"] = {"of": "a kind that is not known yet"}
    return _taken(endpoint, message)


def _slow(endpoint: Endpoint) -> Saw:
    message = InventedReport().original()
    reply = endpoint.send(message["id"], encoded(message), slowly=True)
    return _judged(reply, message)


def _compressed(endpoint: Endpoint) -> Saw:
    message = InventedReport().original()
    return _judged(endpoint.send(message["id"], encoded(message), compressed=True), message)


def _batch(endpoint: Endpoint) -> Saw:
    messages = [InventedReport().original() for _ in range(min(3, endpoint.batch_limit))]
    reply = endpoint.send(
        f"batch-{messages[0]['id']}", encoded(messages), media_type=BATCH_MEDIA_TYPE, compressed=endpoint.gzip
    )
    return _judged(reply, *messages)


def _taken(endpoint: Endpoint, message: Message) -> Saw:
    return _judged(endpoint.send(message["id"], encoded(message)), message)


def _all_taken(endpoint: Endpoint, *messages: Message) -> Saw:
    for message in messages:
        saw = _taken(endpoint, message)
        if not saw.holds:
            return Saw(False, f"{saw.what}, to the {message['type'].rpartition('.')[2]}")
    return saw


def _judged(reply: Reply, *messages: Message) -> Saw:
    if not reply.is_taken:
        return Saw(False, str(reply))
    wrong = complaint(reply.body, messages)
    said = ", ".join(dict.fromkeys(word for _, word in outcomes(reply.body)))
    return Saw(wrong is None, wrong or (f"{reply}: {said}" if said else str(reply)))


def _refused(endpoint: Endpoint, **wrongly: object) -> Saw:
    message = InventedReport().original()
    reply = endpoint.send(message["id"], encoded(message), **wrongly)  # type: ignore[arg-type]
    return Saw(reply.is_refused and reply.status != _GONE, str(reply))


def _new_secret() -> str:
    return "whsec_" + b64encode(token_bytes(32)).decode()


_GONE = 410
_TAKE = "answer 2xx"
_REFUSE = "answer 4xx but 410, and take nothing"
_TRIALS = (
    _Trial("good", _TAKE, _good),
    _Trial("doubled", "answer 2xx both times, say the same, do nothing twice", _doubled),
    _Trial("corrected", f"{_TAKE}; apply what changed", _corrected),
    _Trial("out of order", f"{_TAKE} to the older one too, and do not apply it", _out_of_order),
    _Trial("withdrawn", f"{_TAKE}; say reversed, or ask by query", _withdrawn),
    _Trial("withdrawn, not known", f"{_TAKE}: there is nothing to reverse, so say reversed", _unknown_withdrawn),
    _Trial("withdrawn, without facts", f"{_TAKE}: know the report by its reference", _without_facts),
    _Trial("unknown field", f"{_TAKE}: pass over what you do not know", _unknown_field),
    _Trial("oversized (256 KB)", "answer 2xx or 4xx, and take the next message", _oversized),
    _Trial("slow body", f"{_TAKE}: wait a few seconds for the rest", _slow),
    _Trial("signed by another secret", _REFUSE, _another_secret),
    _Trial("unsigned", _REFUSE, _unsigned),
    _Trial("altered after signing", _REFUSE, _altered),
    _Trial("stale (10 minutes old)", f"{_REFUSE}: it may be a replay", _stale),
    _Trial("early (10 minutes ahead)", _REFUSE, _early),
    _Trial("key rotation", f"{_TAKE} where one of several signatures holds", _rotated),
    _Trial("gzip", f"{_TAKE}: unpack, then verify", _compressed, lambda endpoint: endpoint.gzip),
    _Trial("batch", f"{_TAKE}: take every message of the list", _batch, lambda endpoint: endpoint.batch_limit > 1),
)
