"""Connections on which nobody has signed in: counted before a byte is read, and told clearly when they are too many."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ipaddress import ip_network

import pytest

from hub.services import HubServices
from hub.web.app import make_app
from hub.web.connections import Patience
from hub.web.newcomers import Newcomers
from tests.integration.web.running_hub import Client, Site, serving_app
from tests.integration.web.wire import head, statuses, until_closed

TOTAL, OF_ADDRESS = 5, 3
IDLE = 5.0
PROXY = "127.0.0.9"

Connect = Callable[..., socket.socket]


@pytest.fixture
def port(site: Site) -> Iterator[int]:
    """A door of the same hub with little room."""
    metrics = site.services.metrics
    newcomers = Newcomers(
        TOTAL,
        OF_ADDRESS,
        proxies=[ip_network(PROXY)],
        told=metrics.newcomers,
        turned_away=metrics.turned_away,
    )
    with serving_app(make_app(site.services), newcomers, Patience(idle=IDLE)) as port:
        yield port


@pytest.fixture
def connected(port: int) -> Iterator[Connect]:
    """Connects to it, from the address that is named."""
    with ExitStack() as stack:
        yield lambda address="127.0.0.1": stack.enter_context(
            socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(address, 0))
        )


def answered(connection: socket.socket, key: str = "") -> bytes:
    """What one request on it, whose connection stays open, is answered."""
    connection.sendall(head("GET /v1/documents HTTP/1.1" if key else "GET /healthz HTTP/1.1", key=key))
    return connection.recv(65_536)


def counted(services: HubServices) -> list[str]:
    lines = services.metrics.exposition().decode().splitlines()
    return [line.removeprefix("hub_http_") for line in lines if line.startswith("hub_http_")]


def test_one_more_of_an_address_is_told_to_use_what_it_has_and_others_come_in(site: Site, connected: Connect) -> None:
    quiet = [connected() for _ in range(OF_ADDRESS)]
    assert statuses(answered(quiet[0])) == [200], "who asks without a credential stays a newcomer"
    refused = until_closed(connected())
    assert statuses(refused) == [429], "though nothing was asked yet"
    assert b"Retry-After: 10\r\n" in refused
    assert b"application/problem+json" in refused
    assert b"on which nobody has signed in" in refused
    other = connected("127.0.0.2")
    assert statuses(answered(other)) == [200]
    assert counted(site.services) == ["newcomers 4.0", 'turned_away_total{by="address"} 1.0']


def test_whoever_has_signed_in_is_no_newcomer_any_more(site: Site, port: int, connected: Connect) -> None:
    key = site.key("partner", "birch-paper")
    held = []
    for _ in range(TOTAL * 2):
        held.append(connected())
        assert statuses(answered(held[-1], key)) == [200]
    assert counted(site.services)[0] == "newcomers 0.0"
    assert Client(port).sign_in().status == 303, "people come in beside them"


def test_when_there_is_no_room_at_all_those_at_work_go_on_and_room_comes_back(site: Site, connected: Connect) -> None:
    key = site.key("partner", "birch-paper")
    working = connected()
    assert statuses(answered(working, key)) == [200]
    crowd = [connected(f"127.0.0.{2 + number // 2}") for number in range(TOTAL)]
    for connection in crowd:
        assert statuses(answered(connection)) == [200]
    assert statuses(until_closed(connected("127.0.0.8"))) == [503]
    assert statuses(answered(working, key)) == [200]
    for connection in crowd:
        assert until_closed(connection) == b"", "after the idle time as any other"
    later = connected("127.0.0.8")
    assert statuses(answered(later)) == [200]


def test_a_trusted_proxy_connects_for_many(connected: Connect) -> None:
    through = [connected(PROXY) for _ in range(OF_ADDRESS + 1)]
    assert [statuses(answered(connection)) for connection in through] == [[200]] * len(through)
