"""The list of hosts that may be asked, and what an address is judged by. Pure.

An entry is a host name (`shop.example.com`), a domain with all below it (`*.example.com`), an address or a network
(`10.1.2.3`, `10.1.2.0/24`); a name or a single address may carry a port (`shop.example.com:8443`), else the ports are
80 and 443. A name alone never opens a private network: the address that it leads to has to be listed as well, so that
nobody who can change a name's record reaches the machines inside.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from office.outbound.problems import NotAllowed

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

WEB_PORTS = {"http": 80, "https": 443}
LONGEST = 2_000
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Target(NamedTuple):
    """A judged address. `host` is ASCII and lower case; `path` begins with "/" and carries the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == WEB_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


@dataclass(frozen=True, slots=True)
class _Name:
    host: str
    port: int | None
    below: bool

    def fits(self, host: str, port: int) -> bool:
        if self.port is None and port not in WEB_PORTS.values():
            return False
        if self.port is not None and port != self.port:
            return False
        return host.endswith(f".{self.host}") if self.below else host == self.host


class AllowedHosts:
    """The list, read once. Raises ValueError naming an entry that is none of the four forms."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._names: list[_Name] = []
        self._networks: list[Network] = []
        for entry in entries:
            if entry.strip():
                self._add(entry.strip())

    def __bool__(self) -> bool:
        return bool(self._names or self._networks)

    def _add(self, entry: str) -> None:
        try:
            self._networks.append(ipaddress.ip_network(entry.strip("[]")))
        except ValueError:
            pass
        else:
            return
        below = entry.startswith("*.")
        try:
            parts = urlsplit(f"//{entry[2:] if below else entry}")
            host, port = ascii_host(parts.hostname or ""), parts.port
        except (ValueError, NotAllowed):
            raise ValueError(f"not a host, a domain or a network: {entry!r}") from None
        if parts.path or parts.query or parts.fragment or parts.username is not None:
            raise ValueError(f"not a host, a domain or a network: {entry!r}")
        self._names.append(_Name(host, port, below))
        if address := _literal(host):
            self._networks.append(ipaddress.ip_network(address))

    def judge(self, url: str) -> Target:
        """The address taken apart. Raises NotAllowed: no web address, or a host that is not listed."""
        target = read_url(url)
        address = _literal(target.host)
        listed = address is not None and target.port in WEB_PORTS.values() and self._inside(address)
        if not listed and not any(name.fits(target.host, target.port) for name in self._names):
            raise NotAllowed("not_listed")
        return target

    def may_connect(self, address: Address) -> bool:
        """Whether an address that a listed name led to may be asked: a public one, or one that is listed itself."""
        return is_public(address) or self._inside(address)

    def _inside(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self._networks)


def read_url(url: str) -> Target:
    """An http(s) address in parts, whether listed or not. Raises NotAllowed("address")."""
    if len(url) > LONGEST or any(letter <= " " or letter == "\x7f" for letter in url) or "\\" in url:
        raise NotAllowed("address")
    try:
        parts = urlsplit(url)
        scheme, port = parts.scheme.lower(), parts.port
        host = ascii_host(parts.hostname or "")
        path = parts.path or "/"
        whole = f"{path}?{parts.query}" if parts.query else path
    except ValueError:
        raise NotAllowed("address") from None
    if scheme not in WEB_PORTS or parts.username is not None or parts.password is not None or port == 0:
        raise NotAllowed("address")
    return Target(scheme, host, port or WEB_PORTS[scheme], _quoted(whole))


def ascii_host(host: str) -> str:
    """`Bücher.example.` → `xn--bcher-kva.example`; an address in its usual spelling. Raises NotAllowed("address")."""
    name = host.rstrip(".").lower()
    if address := _literal(name):
        return str(address)
    try:
        encoded = name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise NotAllowed("address") from None
    labels = encoded.split(".")
    if not all(label.replace("-", "").replace("_", "").isalnum() for label in labels):
        raise NotAllowed("address")
    return encoded


def is_public(address: Address) -> bool:
    """Whether anybody on the internet can reach it. An IPv4 address that hides inside IPv6 is judged as itself."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address.teredo is not None:
            return False
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _quoted(path: str) -> str:
    """Letters beyond ASCII as their UTF-8 in percent signs; what is already quoted stays."""
    return "".join(
        letter if letter.isascii() else "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "replace"))
        for letter in path
    )
