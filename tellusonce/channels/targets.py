"""Where pushes may go: to public addresses by HTTPS, and elsewhere only where the operator said so."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from pyreqwest.http import Url

from tellusonce.domain.channel import Push

# What is not globally reachable by IANA's registry of special-purpose addresses (RFC 6890), multicast (RFC 5771),
# and one public address by which Azure's machines reach their host.
_SPECIAL_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers' customers
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",  # link-local: clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# All of IPv6 that is in use publicly; mapped, unique local, link-local and multicast addresses are outside it.
_UNICAST_V6 = IPv6Network("2000::/3")
_SPECIAL_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # among them Teredo, which holds an IPv4 address
        "2001:db8::/32",
        "2002::/16",  # 6to4, which holds one too
        "3fff::/20",
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_SCHEMES = ("http", "https")


@dataclass(frozen=True)
class PushTarget:
    """Where and how an agency is pushed to."""

    agency: str
    push: Push
    private_allowed: bool = False
    """Whether the operator named the agency's address: it may then be private, and spoken to in plain HTTP."""

    @property
    def url(self) -> Url:
        """The address, read by the same code as connects to it, so that what is checked is what is used."""
        return Url(str(self.push.url))


def is_public(address: str) -> bool:
    """Whether this IP address is one that anybody on the internet could connect to."""
    try:
        return _is_public(ip_address(address))
    except ValueError:
        return False


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_V4)
    if address in _NAT64:  # how a network without IPv4 reaches a public IPv4 address, or a private one (RFC 6052)
        return _is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in _UNICAST_V6 and not any(address in network for network in _SPECIAL_V6)


def literal_address(url: Url) -> str | None:
    """The IP address that stands in the URL itself, however it was written; None where a name stands there."""
    host = (url.host_str or "").strip("[]")
    try:
        return str(ip_address(host))
    except ValueError:
        return None


def complaint(url: str, private_allowed: bool) -> str | None:
    """What is wrong with an address by its looks, before anything is looked up; None where nothing is."""
    if not Url.is_valid(url):
        return "should be a URL"
    parsed = Url(url)
    if parsed.scheme not in _SCHEMES or not parsed.host_str:
        return "should be an https URL"
    if parsed.username or parsed.password:
        return "should not hold a user name or password"
    if private_allowed:
        return None
    if parsed.scheme != "https":
        return "should be an https URL"
    return "should not be a private, loopback or other special address" if _looks_private(parsed) else None


def _looks_private(url: Url) -> bool:
    address = literal_address(url)
    if address is not None:
        return not is_public(address)
    return (url.host_str or "").rstrip(".").rpartition(".")[2] == "localhost"  # RFC 6761 §6.3
