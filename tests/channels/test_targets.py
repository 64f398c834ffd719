"""Where pushes may go, and that nothing is connected to where they may not (S2)."""

# What looks like something else is the point here.
# ruff: noqa: RUF001

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellusonce.channels.connecting import TargetRefused, check_target
from tellusonce.channels.targets import complaint, is_public
from tellusonce.services.deliver import Result
from tests.channels.pushing import NOWHERE, Names, a_letter, a_target, channel, push

_THE_SAME_AS_127_0_0_1 = (
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7F.0x0.0x0.0x1",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0177.0.0.01",
    "00000177.0.0.1",
    "127.0.0.0x1",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "①②⑦.⓪.⓪.①",
    "１２７.０.０.１",
    "127。0。0。1",
    "127．0．0．1",
    "127｡0｡0｡1",
    "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
)
_PRIVATE_V4 = (
    "127.0.0.53",
    "127.255.255.254",
    "0.0.0.0",
    "0",
    "0.1.2.3",
    "10.0.0.1",
    "012.1.2.3",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.1.1",
    "3232235777",
    "100.64.0.1",
    "100.127.255.254",
    "100.100.100.200",  # a cloud's metadata
    "169.254.169.254",  # most clouds' metadata
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "168.63.129.16",  # another's
    "192.0.0.192",  # and another's
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
)
_PRIVATE_V6 = (
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000::0001]",
    "[::]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b::10.0.0.1]",
    "[64:ff9b:1::a00:1]",
    "[100::1]",
    "[2001::1]",
    "[2001:0:7f00:1::]",  # Teredo
    "[2001:db8::1]",
    "[2002:7f00:1::]",  # 6to4 of 127.0.0.1
    "[2002:a9fe:a9fe::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",  # a cloud's metadata
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
)
_LOCALHOSTS = ("localhost", "LOCALHOST", "localhost.", "ｌｏｃａｌｈｏｓｔ", "agency.localhost", "loc%61lhost")
_NAMES = (
    "localtest.me",
    "127.0.0.1.nip.io",
    "agency.internal",
    "metadata.google.internal",
    "ip6-localhost",
    "a",
    "0x7g",
)
_LITERALS = _THE_SAME_AS_127_0_0_1 + _PRIVATE_V4 + _PRIVATE_V6 + _LOCALHOSTS


@pytest.mark.parametrize("host", _LITERALS)
def test_a_private_address_is_refused_by_its_looks(host: str) -> None:
    """However it is written, an address that is not public is refused when configured, with nothing looked up."""
    said = complaint(f"https://{host}:8443/secret-path", private_allowed=False)
    assert said == "should not be a private, loopback or other special address"
    assert complaint(f"https://{host}:8443/secret-path", private_allowed=True) is None


def test_nothing_connects_to_a_hostile_target(subtests: pytest.Subtests) -> None:
    """Of so many addresses and names for this machine and its network none is connected to, and all are answered."""
    assert len(_LITERALS + _NAMES) >= 60
    with _listening() as (port, connected), channel(resolve=Names(["127.0.0.1"])) as opened:
        for host in _LITERALS + _NAMES:
            with subtests.test(host):
                (answer,) = push(opened, f"https://{host}:{port}/", a_letter(), private_allowed=False)
                assert (answer.result, answer.status) == (Result.UNREACHABLE, None)
        assert connected == []
        for host in ("127.0.0.1", "[::1]"):
            push(opened, f"https://{host}:{port}/", a_letter())
        assert connected  # where the operator allows it, the same listener is reached


@pytest.mark.parametrize(
    "url",
    [
        "https://agency.example.org/",
        "https://agency.example.org:8443/notifications?from=tellusonce",
        "HTTPS://AGENCY.example.org",
        "https://bücher.example.org/",
        "https://1.1.1.1/",
        "https://172.32.0.1/",
        "https://100.128.0.1/",
        "https://[2606:4700:4700::1111]/",
        "https://[64:ff9b::1.1.1.1]/",
    ],
)
def test_a_public_address_is_taken(url: str) -> None:
    """Names and public addresses are fine by their looks."""
    assert complaint(url, private_allowed=False) is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://agency.example.org/", "should be an https URL"),
        ("ftp://agency.example.org/", "should be an https URL"),
        ("file:///etc/passwd", "should be an https URL"),
        ("gopher://agency.example.org/", "should be an https URL"),
        ("data:text/plain,x", "should be an https URL"),
        ("https://registrar@agency.example.org/", "should not hold a user name or password"),
        ("https://agency.example.org@127.0.0.1/", "should not hold a user name or password"),
        ("https://:secret@agency.example.org/", "should not hold a user name or password"),
        ("https://agency.example.org:secret@127.0.0.1/", "should not hold a user name or password"),
        ("https://agency.example.org\\@127.0.0.1/", None),  # a backslash is a slash: the host is the agency's
        ("https://127.0.0.1\\@agency.example.org/", "should not be a private, loopback or other special address"),
        ("https://127.0.0.1#@agency.example.org/", "should not be a private, loopback or other special address"),
        ("https://127.0.0.1?@agency.example.org/", "should not be a private, loopback or other special address"),
        ("https:127.0.0.1/", "should not be a private, loopback or other special address"),
        ("https:///127.0.0.1/", "should not be a private, loopback or other special address"),
        ("https://127.0.0.1\t/", "should not be a private, loopback or other special address"),
        ("https://12\n7.0.0.1/", "should not be a private, loopback or other special address"),
        ("https://[fe80::1%25eth0]/", "should be a URL"),
        ("https://1.2.3.4.5/", "should be a URL"),
        ("https://256.256.256.256/", "should be a URL"),
        ("https://4294967296/", "should be a URL"),
        ("https://[::ffff:127.0.0.1/", "should be a URL"),
        ("https://127.0.0.1 .example.org/", "should be a URL"),
        ("https://", "should be a URL"),
        ("//127.0.0.1/", "should be a URL"),
        ("", "should be a URL"),
    ],
)
def test_what_is_wrong_with_a_url_is_said(url: str, said: str | None) -> None:
    """Each fault is named, and no part of the address is repeated."""
    assert complaint(url, private_allowed=False) == said


def test_the_operators_word_allows_plain_http_and_no_more() -> None:
    """An address that the operator named may be private and plain, but holds no password and is no other scheme."""
    assert complaint("http://10.0.0.1:9001/", private_allowed=True) is None
    assert complaint("http://localhost/", private_allowed=True) is None
    assert complaint("http://user:password@10.0.0.1/", private_allowed=True) is not None
    assert complaint("file:///etc/passwd", private_allowed=True) is not None


def test_a_target_is_checked_when_configured() -> None:
    """A declared address is refused or taken before anything is sent, by the same rules."""
    check_target(a_target("https://agency.example.org/", private_allowed=False))
    check_target(a_target("http://127.0.0.1:9001/"))
    with pytest.raises(TargetRefused, match=r"^url: should be an https URL$"):
        check_target(a_target("http://agency.example.org/", private_allowed=False))


def test_a_plain_target_is_not_connected_to() -> None:
    """What was refused when configured is refused when connecting too."""
    with _listening() as (port, connected), channel(resolve=Names([NOWHERE])) as opened:
        for url in (f"http://127.0.0.1:{port}/", f"http://agency.example.org:{port}/", f"https://u:p@[::1]:{port}/"):
            assert push(opened, url, a_letter(), private_allowed=False)[0].result is Result.UNREACHABLE
    assert connected == []


@given(st.ip_addresses(v=4))
def test_no_private_ipv4_address_is_public(address: IPv4Address) -> None:
    """What Python's own table calls private, or not global, is never taken for public, in whatever it is wrapped."""
    public = is_public(str(address))
    if not address.is_global or address.is_multicast:
        assert not public
    assert is_public(f"64:ff9b::{address}") == public
    assert not is_public(f"::ffff:{address}")
    assert not is_public(str(IPv6Address((0x2002 << 112) | (int(address) << 80))))


@given(st.ip_addresses(v=6))
def test_no_private_ipv6_address_is_public(address: IPv6Address) -> None:
    """What Python's own table calls private, or not global, is never taken for public."""
    if not address.is_global or address.is_multicast or address.ipv4_mapped or address.sixtofour or address.teredo:
        assert not is_public(str(address))


@pytest.mark.parametrize("host", ["", "agency.example.org", "fe80::1%eth0", "1.1.1", "[1::1]", "127.0.0.1\x00"])
def test_what_is_no_address_is_not_public(host: str) -> None:
    """What a resolver gives that is no plain IP address is not connected to."""
    assert not is_public(host)


@contextmanager
def _listening() -> Iterator[tuple[int, list[str]]]:
    """A listener on all of this machine's addresses, and from where it was connected to."""
    connected: list[str] = []

    def accept() -> None:
        while True:
            try:
                connection, address = listener.accept()
            except OSError:
                return
            connected.append(str(address[0]))
            connection.close()

    both = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both else socket.AF_INET
    with socket.create_server(("", 0), family=family, dualstack_ipv6=both) as listener:
        Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1], connected
        listener.shutdown(socket.SHUT_RDWR)
