from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.networks import AllowedNetworks, embedded

PUBLIC = AllowedNetworks.parse(["public"])

DISGUISES = ("::ffff:{}", "::{}", "64:ff9b::{}", "2002:{hex}::1")
"""Ways to write an IPv4 address as an IPv6 address."""


def disguised(address: IPv4Address, form: str) -> IPv6Address:
    high, low = divmod(int(address), 0x10000)
    return IPv6Address(form.format(address, hex=f"{high:x}:{low:x}"))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
     "192.0.0.1", "192.0.0.192", "192.88.99.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["{}", *DISGUISES])
def test_no_inner_address_is_public_in_any_disguise(address: str, form: str) -> None:
    plain = IPv4Address(address)
    assert not PUBLIC.permit(plain if form == "{}" else disguised(plain, form))


@pytest.mark.parametrize(
    "address",
    ["::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "64:ff9b:1::7f00:1", "100::1",
     "2001::1", "2001:1::1", "3fff::1", "fec0::1"],
)  # fmt: skip
def test_no_inner_ipv6_address_is_public(address: str) -> None:
    assert not PUBLIC.permit(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_the_internet_is_public(address: str) -> None:
    assert PUBLIC.permit(ip_address(address))


def test_only_named_networks_are_reached() -> None:
    allowed = AllowedNetworks.parse(["loopback", "10.1.0.0/16", "2001:db8:1::/48"])
    assert allowed.permit(ip_address("127.0.0.1"))
    assert allowed.permit(ip_address("::1"))
    assert allowed.permit(ip_address("10.1.2.3"))
    assert allowed.permit(ip_address("2001:db8:1::7"))
    assert not allowed.permit(ip_address("10.2.0.1"))
    assert not allowed.permit(ip_address("8.8.8.8"))
    assert not allowed.permit(ip_address("169.254.169.254"))


def test_no_name_reaches_nothing() -> None:
    assert not AllowedNetworks.parse([]).permit(ip_address("127.0.0.1"))


@pytest.mark.parametrize("name", ["", "Public", "10.0.0.1/8", "erp.example", "10.0.0.0/33"])
def test_what_is_no_network_is_named(name: str) -> None:
    with pytest.raises(ValueError, match="no network: write one as"):
        AllowedNetworks.parse([name])


@given(address=st.ip_addresses(v=4).filter(lambda a: int(a) > 1), form=st.sampled_from(DISGUISES))
def test_every_disguise_is_seen_through(address: IPv4Address, form: str) -> None:
    assert embedded(disguised(address, form)) == address
