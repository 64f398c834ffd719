"""Connecting to agencies: only to addresses that were looked up and checked, and as the certificates say."""

import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import structlog

from tellusonce.channels.certificates import CertificateUnusable, read_authorities
from tellusonce.channels.connecting import TargetRefused, check_target
from tellusonce.services.deliver import Result
from tests.channels.authority import Authority
from tests.channels.hostile import after, answering, reply
from tests.channels.pushing import (
    NOWHERE,
    Names,
    a_letter,
    a_target,
    all_answers,
    an_outbox,
    channel,
    push,
    raw_agency,
)
from tests.persistence.racing import wait_until

END = b"-----END CERTIFICATE-----"
HOST = "notifications.agency.example.org"


def test_a_name_is_connected_to_where_it_was_looked_up() -> None:
    """The address that was checked is the one connected to, under the agency's own name."""
    names = Names(["127.0.0.1"])
    with raw_agency(answering(reply(202))) as agency, channel(resolve=names) as opened:
        (answer,) = push(opened, f"http://{HOST}:{agency.port}/", a_letter())
        assert answer.result is Result.DELIVERED
        assert agency.requests[0].headers["host"] == f"{HOST}:{agency.port}"
    assert names.asked == [HOST]


def test_no_other_answer_comes_between() -> None:
    """A name that others resolve to this machine is connected to at the address that was checked, and nowhere else."""
    with raw_agency(answering(reply(202))) as agency, channel(resolve=Names([NOWHERE])) as opened:
        assert socket.gethostbyname("localhost") == "127.0.0.1"
        for name in ("localhost", "LOCALHOST", "localhost."):
            (answer,) = push(opened, f"http://{name}:{agency.port}/", a_letter())
            assert answer.result in (Result.UNREACHABLE, Result.TIMED_OUT)
    assert agency.connections == 0


def test_a_name_that_turns_private_is_not_connected_to() -> None:
    """A name whose answer changes from a public address to a private one is refused when it is looked up again (S2)."""
    names = Names([NOWHERE], ["127.0.0.1"])
    with raw_agency(answering(reply(202))) as agency, channel(resolve=names, checked_for_seconds=0.05) as opened:
        for _ in range(4):
            (answer,) = push(opened, f"https://{HOST}:{agency.port}/", a_letter(), private_allowed=False)
            assert answer.result in (Result.UNREACHABLE, Result.TIMED_OUT)
            time.sleep(0.06)
    assert agency.connections == 0
    assert len(names.asked) >= 2


@pytest.mark.parametrize(
    "answer", [["127.0.0.1"], [NOWHERE, "127.0.0.1"], ["127.0.0.1", NOWHERE], ["::ffff:127.0.0.1"]]
)
def test_one_private_address_refuses_the_name(answer: list[str]) -> None:
    """Where any of a name's addresses is private none of them is connected to."""
    with raw_agency(answering(reply(202))) as agency, channel(resolve=Names(answer)) as opened:
        url = f"https://{HOST}:{agency.port}/"
        assert push(opened, url, a_letter(), private_allowed=False)[0].result is Result.UNREACHABLE
    assert agency.connections == 0


def test_a_refusal_is_logged_without_the_address() -> None:
    """What is refused is said once, by the agency's code, and no part of its address."""
    with structlog.testing.capture_logs() as logged, channel(resolve=Names(["10.1.2.3"])) as opened:
        for _ in range(3):
            push(opened, f"https://{HOST}/secret-path", *[a_letter() for _ in range(3)], private_allowed=False)
    (line,) = logged
    assert (line["event"], line["agency"]) == ("push target refused", "dwp-state-pension")
    assert not any(part in str(line) for part in (HOST, "secret-path", "10.1.2.3"))


def test_a_name_is_looked_up_once_in_a_while() -> None:
    """However many pushes there are, one look-up serves them until its time is over."""
    names = Names(["127.0.0.1"])
    with raw_agency(answering(reply(202))) as agency, channel(resolve=names, checked_for_seconds=0.3) as opened:
        url = f"http://{HOST}:{agency.port}/"
        began = time.monotonic()
        for _ in range(3):
            push(opened, url, *[a_letter() for _ in range(8)])
        asked = len(names.asked)
        assert asked <= 1 + (time.monotonic() - began) / 0.3
        time.sleep(0.35)
        push(opened, url, a_letter())
    assert len(names.asked) == asked + 1
    assert agency.connections <= 4  # they outlive a look-up that gives the same address


def test_a_moved_agency_is_followed() -> None:
    """Once a name resolves to another address, pushes go there and the connections to the old one are dropped."""
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    with raw_agency(answering(reply(202))) as agency, channel(resolve=names, checked_for_seconds=0.05) as opened:
        url = f"http://{HOST}:{agency.port}/"
        assert push(opened, url, a_letter())[0].result is Result.DELIVERED
        time.sleep(0.06)
        assert push(opened, url, a_letter())[0].result is Result.UNREACHABLE
        wait_until(lambda: agency.open_connections == 0)
    assert agency.connections == 1


def test_what_is_under_way_to_a_moved_agency_is_seen_through() -> None:
    """A push that has been sent gets its answer, also where the next one goes to another address meanwhile."""
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    with raw_agency(after(0.3, reply(202))) as agency, channel(resolve=names, checked_for_seconds=0.05) as opened:
        url = f"http://{HOST}:{agency.port}/"
        under_way = an_outbox(opened, url)
        under_way.send([a_letter()])
        wait_until(lambda: bool(agency.requests))
        time.sleep(0.06)
        assert push(opened, url, a_letter())[0].result is Result.UNREACHABLE
        (answer,) = all_answers(under_way)
    assert answer.result is Result.DELIVERED


def test_an_address_that_fails_gives_way_to_the_next() -> None:
    """Where one of a name's addresses cannot be connected to the next attempt goes to another."""
    names = Names(["127.0.0.2", "127.0.0.1"])
    with raw_agency(answering(reply(202))) as agency, channel(resolve=names) as opened:
        results = [push(opened, f"http://{HOST}:{agency.port}/", a_letter())[0].result for _ in range(3)]
    assert results == [Result.UNREACHABLE, Result.DELIVERED, Result.DELIVERED]


def test_a_name_that_is_unknown() -> None:
    """A name without an address is unreachable, and looked up again for the next attempt."""

    def unknown_at_first(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        if len(asked) == 1:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [] if len(asked) == 2 else ["127.0.0.1"]

    asked: list[str] = []
    with raw_agency(answering(reply(202))) as agency, channel(resolve=unknown_at_first) as opened:
        results = [push(opened, f"http://{HOST}:{agency.port}/", a_letter())[0].result for _ in range(3)]
    assert results == [Result.UNREACHABLE, Result.UNREACHABLE, Result.DELIVERED]


def test_a_look_up_that_hangs_is_given_up_and_not_doubled() -> None:
    """A resolver that hangs costs the time for connecting; it is asked once meanwhile, and holds up no other agency."""
    asked: list[str] = []
    over = threading.Event()

    def hang(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        over.wait(10)
        return ["127.0.0.1"]

    with raw_agency(answering(reply(202))) as agency, channel(resolve=hang, connect_seconds=0.2) as opened:
        url = f"http://{HOST}:{agency.port}/"
        for _ in range(2):
            results = {answer.result for answer in push(opened, url, *[a_letter() for _ in range(4)])}
            assert results == {Result.TIMED_OUT}
        assert push(opened, agency.url, a_letter())[0].result is Result.DELIVERED
        assert len(asked) == 1
        over.set()
        assert push(opened, url, a_letter())[0].result is Result.DELIVERED


def test_a_literal_address_is_not_looked_up() -> None:
    """An address that stands in the URL itself needs no resolver."""
    names = Names(["192.0.2.1"])
    with raw_agency(answering(reply(202))) as agency, channel(resolve=names) as opened:
        assert push(opened, agency.url, a_letter())[0].result is Result.DELIVERED
    assert names.asked == []


def test_two_agencies_at_one_host_are_judged_each_by_its_own() -> None:
    """That the operator allows one agency's address lets no other be there."""
    with raw_agency(answering(reply(202))) as agency, channel(resolve=Names(["127.0.0.1"])) as opened:
        assert push(opened, f"http://{HOST}:{agency.port}/", a_letter())[0].result is Result.DELIVERED
        refused = push(opened, f"https://{HOST}:{agency.port}/", a_letter(), private_allowed=False)
    assert refused[0].result is Result.UNREACHABLE
    assert agency.connections == 1


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def test_an_agency_of_a_private_authority(authority: Authority, tmp_path: Path) -> None:
    """An agency whose certificate one of the operator's authorities signed is pushed to, whichever of them it is."""
    bundle = tmp_path / "authorities.pem"
    bundle.write_bytes(b"# the county's own\n" + Authority("another").pem + b"\n# and ours\n" + authority.pem + b"\n\n")
    tls = authority.serving(authority.issue(tmp_path, HOST))
    with (
        raw_agency(answering(reply(202)), tls) as agency,
        channel(read_authorities(bundle), Names(["127.0.0.1"])) as opened,
    ):
        url = f"https://{HOST}:{agency.port}/"
        assert [answer.result for answer in push(opened, url, a_letter(), a_letter())] == [Result.DELIVERED] * 2


def test_an_agency_that_nobody_vouches_for(authority: Authority, tmp_path: Path) -> None:
    """A certificate of an unknown authority, or for another host, gets nothing sent."""
    for authorities, host in (
        ([], HOST),
        ([Authority("another").pem], HOST),
        ([authority.pem], "elsewhere.example.org"),
    ):
        tls = authority.serving(authority.issue(tmp_path, host))
        with (
            raw_agency(answering(reply(202)), tls) as agency,
            channel(authorities, Names(["127.0.0.1"])) as opened,
        ):
            (answer,) = push(opened, f"https://{HOST}:{agency.port}/", a_letter())
        assert answer.result is Result.UNREACHABLE
        assert agency.requests == []


def test_the_service_shows_who_it_is(authority: Authority, tmp_path: Path) -> None:
    """An agency that asks for a certificate gets the one declared for it, and takes no push without (mutual TLS)."""
    ours = authority.issue(tmp_path, "tellusonce.example.org")
    strangers = Authority("another").issue(tmp_path, "tellusonce.example.org")
    tls = authority.serving(authority.issue(tmp_path, HOST), clients_of=authority)
    with (
        raw_agency(answering(reply(202)), tls) as agency,
        channel([authority.pem], Names(["127.0.0.1"])) as opened,
    ):
        url = f"https://{HOST}:{agency.port}/"
        results = [
            push(opened, url, a_letter(), client_certificate=certificate)[0].result
            for certificate in (None, strangers, ours)
        ]
    assert results == [Result.UNREACHABLE, Result.UNREACHABLE, Result.DELIVERED]
    assert len(agency.requests) == 1


def test_a_renewed_certificate_is_used_without_a_restart(authority: Authority, tmp_path: Path) -> None:
    """The file is read again from time to time, and what stands in it then is shown."""
    certificate = Authority("another").issue(tmp_path, "tellusonce.example.org")
    tls = authority.serving(authority.issue(tmp_path, HOST), clients_of=authority)
    with (
        raw_agency(answering(reply(202)), tls) as agency,
        channel([authority.pem], Names(["127.0.0.1"]), checked_for_seconds=0.05) as opened,
    ):
        url = f"https://{HOST}:{agency.port}/"
        assert push(opened, url, a_letter(), client_certificate=certificate)[0].result is Result.UNREACHABLE
        certificate.write_bytes(authority.issue(tmp_path, "tellusonce.example.org").read_bytes())
        time.sleep(0.06)
        assert push(opened, url, a_letter(), client_certificate=certificate)[0].result is Result.DELIVERED


def test_a_certificate_that_cannot_be_used(tmp_path: Path, authority: Authority) -> None:
    """A file that is missing or holds no certificate is told when configured, and refused when connecting."""
    unusable = tmp_path / "unusable.pem"
    unusable.write_text("-----BEGIN CERTIFICATE-----\nnot\n-----END CERTIFICATE-----\n")
    without_key = tmp_path / "without-key.pem"
    without_key.write_bytes(authority.pem)
    anothers_key = tmp_path / "anothers-key.pem"
    anothers_key.write_bytes(authority.pem + authority.issue(tmp_path, HOST).read_bytes().partition(END)[2])
    for certificate in (tmp_path / "missing.pem", unusable, without_key, anothers_key):
        target = a_target("http://127.0.0.1:1/", client_certificate=certificate)
        with pytest.raises(TargetRefused, match=r"^client_certificate: "):
            check_target(target)
        with raw_agency(answering(reply(202))) as agency, channel() as opened:
            (answer,) = push(opened, agency.url, a_letter(), client_certificate=certificate)
        assert (answer.result, agency.connections) == (Result.UNREACHABLE, 0)
    check_target(a_target("http://127.0.0.1:1/", client_certificate=authority.issue(tmp_path, "good.example.org")))


def test_authorities_that_cannot_be_used(tmp_path: Path, authority: Authority) -> None:
    """A file of authorities that is missing, empty, or in part no certificate is refused as a whole."""
    path = tmp_path / "authorities.pem"
    with pytest.raises(CertificateUnusable, match="cannot be read: No such file"):
        read_authorities(path)
    for content in (b"", b"not a certificate", authority.pem + authority.pem.replace(b"M", b"N"), authority.pem[:-40]):
        path.write_bytes(content)
        with pytest.raises(CertificateUnusable, match="should hold certificates as PEM"):
            read_authorities(path)
