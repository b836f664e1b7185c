"""Which addresses a target may have: only those of the networks that its settings name."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class AllowedNetworks:
    networks: tuple[Network, ...]
    public: bool

    @classmethod
    def parse(cls, names: Iterable[str]) -> AllowedNetworks:
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
        return cls(tuple(networks), public)

    def permit(self, address: Address) -> bool:
        """Whether the address, or the IPv4 address that it stands for, lies in an allowed network."""
        meant = embedded(address)
        return any(meant in network for network in self.networks) or (self.public and _is_public(meant))

    def permit_host(self, host: str) -> bool:
        """False for an address outside; of a name only its addresses tell, when it is connected to."""
        address = literal_address(host)
        return address is None or self.permit(address)

    def socket_factory(
        self, info: tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]
    ) -> socket.socket:
        """A socket for an address that is about to be connected to: after every name was resolved, so that no answer
        of a name server gets around the check. Raises PermissionError."""
        family, kind, protocol, _, destination = info
        host = str(destination[0]).partition("%")[0]  # without an IPv6 zone
        if not self.permit(ip_address(host)):
            raise PermissionError(f"address {host} is in none of the target's allow_networks")
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
    """The address that a URL's host is written as, or None when it is a name that has yet to be resolved."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast
