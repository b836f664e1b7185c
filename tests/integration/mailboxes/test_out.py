"""``/out`` and ``/archive``: what a partner fetches, what is noted of it, and what it sees afterwards."""

from __future__ import annotations

from collections.abc import Sequence

import paramiko
import pytest

from channels.ports import OutboxEntry
from hub.desk.desk import Desk
from hub.principal import Principal
from hub.store.schema.records import Transmission
from tests.builders import make_purchase_order
from tests.integration.x12_text import Isa, group, purchase_order
from tests.mailboxes import CHANNEL, Door
from tests.waiting import until

pytestmark = pytest.mark.sqlite_suffices


def offer(door: Door, *numbers: str) -> list[Transmission]:
    """Orders for the partner, in its mailbox."""
    for number in numbers:
        door.hub.post(make_purchase_order(purchase_order_number=number))
    door.hub.leave()
    return [one for one in door.hub.departures("sent") if one.channel == CHANNEL][-len(numbers) :]


def offered(door: Door) -> Sequence[OutboxEntry]:
    return Desk(door.hub.services, Principal("partner", "acme")).outbox().page()


def fetch(client: paramiko.SFTPClient, path: str) -> bytes:
    with client.open(path, "rb") as file:
        return file.read()


def test_a_file_of_ours_is_fetched_and_who_fetched_it_is_noted_once(door: Door) -> None:
    first, second = offer(door, "PO-1", "PO-2")
    assert [one.fetched_at for one in offered(door)] == [None, None]
    with door.paramiko() as client:
        assert client.listdir("/out") == [first.file_name, second.file_name]
        assert client.stat(f"/out/{first.file_name}").st_size == first.size
        assert fetch(client, f"/out/{first.file_name}") == door.body(first)
        noted = offered(door)[0].fetched_at
        assert noted is not None
        assert fetch(client, f"/out/{first.file_name}") == door.body(first)
        assert offered(door)[0].fetched_at == noted
        assert client.listdir("/out") == [first.file_name, second.file_name]
    until(lambda: len(offered(door)) == 1)
    with door.paramiko() as client:
        assert client.listdir("/out") == [second.file_name]
        (archived,) = client.listdir("/archive")
        assert archived.startswith(first.file_name.rpartition(".")[0])
        assert fetch(client, f"/archive/{archived}") == door.body(first)
        client.remove(f"/out/{first.file_name}")  # as a script does that fetches and removes in two sessions
        with pytest.raises(PermissionError, match="has not been fetched yet"):
            client.remove(f"/out/{second.file_name}")
        with pytest.raises(FileNotFoundError):
            client.remove("/out/never-there.edi")


def test_a_file_that_was_read_in_part_stays_as_it_was(door: Door) -> None:
    (only,) = offer(door, "PO-1")
    with door.paramiko() as client, client.open(f"/out/{only.file_name}", "rb") as file:
        file.read(only.size - 1)
    with door.paramiko() as client:
        assert client.listdir("/out") == [only.file_name]
        assert client.listdir("/archive") == []
    assert [one.fetched_at for one in offered(door)] == [None]


def test_what_was_fetched_may_be_kept_until_the_partner_removes_it(door: Door) -> None:
    door.apply(", after_fetch: keep")
    (only,) = offer(door, "PO-1")
    for _ in range(2):
        with door.paramiko() as client:
            assert client.listdir("/out") == [only.file_name]
            fetch(client, f"/out/{only.file_name}")
    with door.paramiko() as client:
        client.remove(f"/out/{only.file_name}")
        assert client.listdir("/out") == []
    assert offered(door) == []


def test_files_of_one_name_have_each_its_own(door: Door) -> None:
    door.apply(', file_name: "order-{control_number}.edi"')
    first, second = offer(door, "PO-1", "PO-2")
    assert first.file_name != second.file_name
    with door.paramiko() as client:
        for path in ("in/same.edi", "in/same.edi"):
            with client.open(path, "wb") as file:
                file.write(Isa().around(group("PO", purchase_order())))
        names = client.listdir("/archive")
        assert len(set(names)) == 2
        assert all(name.startswith("same.") and name.endswith(".edi") for name in names)


def test_out_and_archive_are_read_only(door: Door) -> None:
    (only,) = offer(door, "PO-1")
    with door.paramiko() as client:
        for change in (
            lambda: client.open("/out/new.edi", "wb"),
            lambda: client.open(f"/out/{only.file_name}", "ab"),
            lambda: client.rename(f"/out/{only.file_name}", "/out/other.edi"),
            lambda: client.rename(f"/out/{only.file_name}", "/in/other.edi"),
            lambda: client.open("/archive/new.edi", "wb"),
            lambda: client.remove("/archive/anything"),
        ):
            with pytest.raises(PermissionError):
                change()
    assert door.names() == ["request"]
