"""Which addresses the hub connects to: only those of the networks that settings name. Looked at twice, when settings
are saved and, since a name may resolve to anything, when a socket is about to be connected."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PUBLIC = "public"
"""The word for every address of the public internet."""

NAMED_NETWORKS: dict[str, tuple[Network, ...]] = {
    "loopback": (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128")),
    "private": (
        IPv4Network("10.0.0.0/8"),
        IPv4Network("172.16.0.0/12"),
        IPv4Network("192.168.0.0/16"),
        IPv6Network("fc00::/7"),
    ),
}
"""Words for networks: the host itself, and the private ranges of RFC 1918 and RFC 4193. Link-local addresses, where
clouds keep their credentials, are in neither."""

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_IPV4_COMPATIBLE = IPv6Network("::/96")
_RESERVED = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("2001::/23"),
    IPv6Network("3fff::/20"),
)
"""Special-purpose ranges (IANA's registries) that not every version of Python calls so."""


_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
"""The last label of a host that is an IPv4 address, however it is spelt: no name of the internet ends in one."""


@dataclass(frozen=True, slots=True)
class AllowedNetworks:
    """``called`` is how the setting that names them is called, for those who read a refusal."""

    networks: tuple[Network, ...]
    public: bool
    called: str = "the target's allow_networks"

    @classmethod
    def parse(cls, names: Iterable[str], called: str = "the target's allow_networks") -> AllowedNetworks:
        """From networks in CIDR form and the words ``public``, ``private`` and ``loopback``. Raises ValueError."""
        networks: list[Network] = []
        public = False
        for name in names:
            if name == PUBLIC:
                public = True
            elif name in NAMED_NETWORKS:
                networks += NAMED_NETWORKS[name]
            else:
                try:
                    networks.append(ip_network(name))
                except ValueError as error:
                    words = ", ".join([PUBLIC, *NAMED_NETWORKS])
                    raise ValueError(f"{name!r} is no network: write one as 10.1.0.0/16, or one of {words}") from error
        return cls(tuple(networks), public, called)

    def permit(self, address: Address) -> bool:
        """Whether the address, or the IPv4 address that it stands for, lies in an allowed network."""
        meant = embedded(address)
        return any(meant in network for network in self.networks) or (self.public and _is_public(meant))

    @property
    def unencrypted(self) -> AllowedNetworks:
        """Where may be sent what everybody on the way can read: networks that are named, never the internet."""
        return replace(self, public=False)

    def objection(self, host: str, *, encrypted: bool = True) -> str | None:
        """Why a host must not be connected to, as far as the way it is written tells; None when it may, or when only
        its addresses tell."""
        allowed = self if encrypted else self.unencrypted
        if not encrypted and not allowed.networks:
            return f"http:// is not encrypted, and {self.called} names no network in which it may be used: use https://"
        try:
            address = literal_address(host)
        except ValueError as error:
            return str(error)
        if address is None or allowed.permit(address):
            return None
        return f"{host} is in none of {self.called}" + ("" if encrypted else " that http:// may be used in")

    def socket_factory(
        self, info: tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]
    ) -> socket.socket:
        """A socket for an address that is about to be connected to: after every name was resolved, so that no answer
        of a name server gets around the check. Raises PermissionError."""
        family, kind, protocol, _, destination = info
        host = str(destination[0]).partition("%")[0]  # without an IPv6 zone
        if not self.permit(ip_address(host)):
            raise PermissionError(f"address {host} is in none of {self.called}")
        return socket.socket(family, kind, protocol)

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """A connection to the first address of the host that takes one. Raises PermissionError when none of them is
        allowed, OSError when none answers within ``timeout`` seconds each."""
        failure: OSError | None = None
        for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            try:
                connected = self.socket_factory(info)
            except PermissionError:
                failure = failure or PermissionError(f"no address of {host} is in an allowed network")
                continue
            try:
                connected.settimeout(timeout)
                connected.connect(info[4])
            except OSError as error:
                connected.close()
                failure = error
            else:
                return connected
        raise failure or OSError(f"{host} has no address")


def embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for: mapped and compatible (RFC 4291), 6to4 (RFC 3056), NAT64
    (RFC 6052). Any other address is returned as it is."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64 or (address in _IPV4_COMPATIBLE and int(address) > 1):  # :: and ::1 are their own
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def literal_address(host: str) -> Address | None:
    """The address that a URL's host is written as, or None when it is a name that has yet to be resolved.

    Spellings that only resolvers understand (decimal, octal, hexadecimal, short) count as addresses, and so do the
    names of the host itself (RFC 6761). Raises ValueError for what looks like an address and is none."""
    plain = host.removeprefix("[").removesuffix("]").rstrip(".").lower()
    try:
        return ip_address(plain.partition("%")[0])
    except ValueError:
        pass
    if plain == "localhost" or plain.endswith(".localhost"):
        return IPv4Address("127.0.0.1")
    if not _NUMBER.fullmatch(plain.rpartition(".")[2]):
        return None
    try:
        return IPv4Address(socket.inet_aton(plain))
    except OSError as error:
        raise ValueError(f"{host} is neither a name nor an address") from error


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    reserved = any(address in network for network in _RESERVED)
    return address.is_global and not address.is_multicast and not reserved
