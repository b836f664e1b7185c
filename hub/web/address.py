"""Where a request comes from. A proxy's word is taken from the proxies that hub.yaml names, and from nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web

Network = IPv4Network | IPv6Network

TRUSTED_PROXIES = web.AppKey("trusted_proxies", Sequence[Network])


def address_of(request: web.Request) -> str:
    """The peer's address or, where a trusted proxy speaks for it, the last one of ``X-Forwarded-For`` that is none of
    those proxies; what a client wrote there itself stands before it and is not looked at."""
    trusted = request.config_dict[TRUSTED_PROXIES]
    address = request.remote or ""
    if not trusted or not within(address, trusted):
        return address
    forwarded = [part.strip() for line in request.headers.getall("X-Forwarded-For", ()) for part in line.split(",")]
    for told in reversed(forwarded):
        if not _is_address(told):
            break
        address = told
        if not within(told, trusted):
            break
    return address


def within(address: str, networks: Sequence[Network]) -> bool:
    """Whether it is an address of one of them, also where IPv6 carries one of IPv4."""
    if not _is_address(address):
        return False
    found = ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None) or found
    return any(mapped in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
