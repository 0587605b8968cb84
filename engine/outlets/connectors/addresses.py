"""Which addresses a call may go to: origins that an administrator allowed, at addresses of the open internet only.

A name is resolved once and every address it has must be public; the call then goes to one of those, so that a name
that changes its mind between check and call changes nothing. It must never open a connection.

Source: RFC 6890 and IANA's special-purpose registries, as Python's `ipaddress` has them; RFC 4291 (mapped), RFC 3056
(6to4), RFC 6052 (NAT64).
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from engine.errors import BadInput
from engine.outlets import OutletFailed

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], list[str]]
PORTS = {"https": 443, "http": 80}
_LONGEST = 200
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+")
_NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port: what an administrator allows, and what the same-origin rule means by it."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == PORTS[self.scheme] else f":{self.port}")


def written_origin(text: str) -> str:
    """Return the origin that an administrator wrote: `api.exemplo.gov.br`, `host:8443` or `http://host`.

    Without a scheme https is meant. Raises: BadInput (origin: unreadable, not-a-name, only-origin).
    """
    text = text.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        origin = origin_of(parts)
    except (OutletFailed, ValueError):
        raise BadInput(errors={"origin": ["unreadable"]}) from None
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise BadInput(errors={"origin": ["only-origin"]})
    if not _NAME.fullmatch(origin.host) or origin.host.rpartition(".")[2].isdigit():
        raise BadInput(errors={"origin": ["not-a-name"]})
    return str(origin)


def origin_of(parts: SplitResult) -> Origin:
    """Return the origin of a URL, its host in lower case and as ASCII. Raises: OutletFailed(url-unfit)."""
    try:
        host = (parts.hostname or "").rstrip(".").encode("idna").decode().lower()
        port = parts.port
    except (ValueError, UnicodeError):
        raise OutletFailed("url-unfit", retry=False) from None
    unsound = not host or len(host) > _LONGEST or parts.username is not None or parts.password is not None
    if parts.scheme not in PORTS or unsound or port == 0:
        raise OutletFailed("url-unfit", retry=False)
    return Origin(parts.scheme, host, port or PORTS[parts.scheme])


def resolved(host: str, port: int) -> list[str]:
    """Return the addresses of a name, as the system knows them. Raises: OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked(origin: Origin, resolve: Resolve, trusted: Collection[Network] = ()) -> list[str]:
    """Return the addresses of a host, every one of which is public or in a trusted network.

    Raises: OutletFailed: name-not-resolved (again later), address-refused.
    """
    try:
        found = resolve(origin.host, origin.port)
    except (OSError, UnicodeError):
        raise OutletFailed("name-not-resolved", retry=True, host=str(origin)) from None
    refused = [one for one in found if not _permitted(one, trusted)]
    if refused or not found:
        raise OutletFailed("address-refused", retry=False, host=str(origin))
    return found


def _permitted(text: str, trusted: Collection[Network]) -> bool:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return is_public(address) or any(address in network for network in trusted)


def is_public(address: Address) -> bool:
    """Whether an address is of the open internet; what carries another address inside is what it carries."""
    inner = _carried(address) if isinstance(address, IPv6Address) else None
    if inner is not None:
        return is_public(inner)
    special = address.is_multicast or address.is_reserved or address.is_link_local or address.is_unspecified
    return address.is_global and not special and not getattr(address, "is_site_local", False)


def _carried(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64 or not int(address) >> 32:  # the last: IPv4-compatible, long deprecated, and ::1
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None
