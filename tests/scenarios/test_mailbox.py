"""A partner with a mailbox on our own SFTP server."""

from __future__ import annotations

from pathlib import Path

from hub.node.arrivals import process_pending
from hub.states import DocumentStatus
from hub.store.store import Store
from tests.integration.x12_text import Isa, group, purchase_order
from tests.mailboxes import CHANNEL, running_door

ORDER = Isa().around(group("PO", purchase_order()))


def test_a_file_is_an_arrival_once_it_is_closed_and_is_answered(store: Store, tmp_path: Path) -> None:
    with running_door(store, tmp_path) as door:
        with door.paramiko() as client:
            client.chdir("/in")
            with client.open("order.edi", "wb") as file:
                file.write(ORDER)
                assert door.taken() == []
            assert client.listdir("/in") == ["order.edi"]
            assert client.stat("/in/order.edi").st_size == len(ORDER)
        (taken,) = door.taken()
        assert (taken.channel, taken.partner, taken.transport_id) == (CHANNEL, "acme", "order.edi")
        assert door.body(taken) == ORDER
        process_pending(door.hub.services, "test")
        (order,) = [one for one in door.hub.documents_of(taken) if one.direction == "inbound"]
        assert order.status == DocumentStatus.ROUTED
        door.hub.leave()
        (answer,) = [one for one in door.hub.departures("sent") if one.channel == CHANNEL]
        assert "AK5*A" in door.hub.text(answer)
