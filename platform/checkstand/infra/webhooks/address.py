"""Where a webhook may go: resolve the host once, judge every address it has, connect to one that was judged.

Connecting to the judged address and not to the name closes the gap in which a name server could
answer first with a public address and then with 169.254.169.254 (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from checkstand.infra.webhooks.errors import WebhookAddressRefused, WebhookNeedsHttps, WebhookUrlInvalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Reachable from inside a cloud although they look public or merely shared.
CLOUD_METADATA: Final = frozenset(
    map(ipaddress.ip_address, ("168.63.129.16", "100.100.100.200", "169.254.169.254", "fd00:ec2::254"))
)
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")  # the last 32 bits are an IPv4 address


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """What one mode allows."""

    https_only: bool
    loopback: bool
    private: bool = False

    @classmethod
    def of(cls, mode: str, *, allow_private: bool = False) -> AddressPolicy:
        """Live mode: public https addresses and nothing else, whatever the settings say."""
        if mode == "live":
            return cls(https_only=True, loopback=False)
        return cls(https_only=False, loopback=True, private=allow_private)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart; `host` is what the certificate must say, `authority` what the Host header says."""

    scheme: str
    host: str
    port: int
    authority: str
    path: str

    def url_at(self, address: Address) -> str:
        """The same request, addressed to the machine instead of the name."""
        host = f"[{address}]" if address.version == 6 else str(address)
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def parse_target(url: str, policy: AddressPolicy) -> Target:
    """Check everything about the URL that can be known without asking the network."""
    parts, port = _split(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > 2000:
        raise WebhookUrlInvalid(f"{url[:200]!r} is not a complete http or https address")
    if parts.username is not None or parts.fragment or any(c <= " " or c in '\\"<>' or c == "\x7f" for c in url):
        raise WebhookUrlInvalid(f"{_without_user(parts)!r} has a user name, a fragment or a forbidden character")
    if policy.https_only and parts.scheme != "https":
        raise WebhookNeedsHttps(f"{url!r} is not an https address")
    try:
        host = parts.hostname.encode("idna").decode() if not parts.hostname.isascii() else parts.hostname
    except UnicodeError:
        raise WebhookUrlInvalid(f"{parts.hostname!r} is not a host name") from None
    literal = _literal(host)
    if literal is not None:
        judge([literal], policy, host)
    default = 443 if parts.scheme == "https" else 80
    shown = f"[{host}]" if ":" in host else host
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or default, shown if port in (None, default) else f"{shown}:{port}", path)


def judge(addresses: Sequence[Address], policy: AddressPolicy, host: str) -> Address:
    """The first address, if every one may be asked; one bad address among good ones is how rebinding looks."""
    for address in addresses:
        reason = why_refused(address, policy)
        if reason:
            raise WebhookAddressRefused(f"{host} is {address}: {reason}", host=host)
    return addresses[0]


def why_refused(address: Address, policy: AddressPolicy) -> str | None:
    """Why this address may not be asked; None when it may."""
    inner = _embedded(address)
    if inner is not None:
        return why_refused(inner, policy)
    if address in CLOUD_METADATA:
        return "a cloud metadata service"
    if address.is_loopback:
        return None if policy.loopback else "this machine"
    if address.is_multicast or address.is_unspecified or address.is_link_local:
        return "a multicast, unspecified or link-local address"
    if address.is_private or not address.is_global:
        return None if policy.private and address.is_private else "a private or shared network"
    if address.is_reserved or (isinstance(address, ipaddress.IPv6Address) and address.is_site_local):
        return "a reserved address"
    return None


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside an IPv6 one, in any of the forms a gateway would unpack."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        raise WebhookUrlInvalid(f"{url[:200]!r} is not an address") from None


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _without_user(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.hostname}{parts.path}"  # a password in the URL must not reach the log
