"""What is told of a mailbox: one id in every log line of a connection, counts, and whether the door listens."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from structlog.contextvars import get_contextvars

from hub.health.readiness import readiness
from tests.mailboxes import CHANNEL, Door

pytestmark = pytest.mark.sqlite_suffices


class Lines(logging.Handler):
    """What the log's formatter would have: the line, and what the work at hand is about."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.of: dict[str, dict[str, Any]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.of[record.getMessage()] = {**get_contextvars(), **vars(record)}


def test_each_line_of_a_connection_has_its_id_from_the_sign_in_to_the_arrival(door: Door) -> None:
    lines, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.INFO)
    try:
        with door.paramiko() as client:
            with client.open("/in/order.edi", "wb") as file:
                file.write(b"ISA")
            with pytest.raises(PermissionError):
                client.open("/in/..\\order.edi", "wb")
    finally:
        root.removeHandler(lines)
        root.setLevel(level)
    (taken,) = door.taken()
    told = [
        lines.of["signed in by SFTP with a key"],
        lines.of["a file has arrived by SFTP"],
        next(line for text, line in lines.of.items() if text.startswith("refused by SFTP")),
    ]
    assert len({line["connection"] for line in told}) == 1
    assert {line["channel"] for line in told} == {CHANNEL}
    assert told[1]["transmission"] == taken.id


def test_the_door_is_counted_and_known(door: Door) -> None:
    with door.paramiko() as client, client.open("/in/order.edi", "wb") as file:
        file.write(b"ISA")
    exposed = door.hub.services.metrics.exposition().decode()
    assert 'hub_sftp_total{outcome="signed_in"} 1.0' in exposed
    assert 'outcome="received"' in exposed
    doors = next(check for check in readiness(door.hub.services).checks if check.name == "doors")
    assert f"sftp at 127.0.0.1 port {door.port}" in doors.detail
    assert "sftp" in door.hub.services.watch.silent()
