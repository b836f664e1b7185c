"""What makes an arrival of a file that a partner puts into its mailbox, and what does not."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import paramiko
import pytest

from hub.node.arrivals import process_pending
from hub.store.errors import StoreUnavailable
from hub.store.kept.uploads import UPLOADS
from hub.store.store import Store
from tests.integration.x12_text import Isa, group, purchase_order
from tests.mailboxes import Door, running_door
from tests.waiting import until

pytestmark = pytest.mark.sqlite_suffices

ORDER = Isa().around(group("PO", purchase_order()))
LARGE = os.urandom(300_000)


def begun(door: Door) -> dict[str, int]:
    """What lies in ``/in``, unfinished, by a new session's word."""
    with door.paramiko() as client:
        return {one.filename: one.st_size or 0 for one in client.listdir_attr("/in")}


@pytest.mark.parametrize("temporary", ["order.edi.part", "order.edi.TMP", "order.edi.filepart", ".order.edi"])
def test_a_file_under_a_temporary_name_is_an_arrival_when_it_is_renamed(door: Door, temporary: str) -> None:
    with door.paramiko() as client:
        with client.open(f"/in/{temporary}", "wb") as file:
            file.write(LARGE)
        assert door.taken() == []
        assert client.listdir("/in") == [temporary]
        client.rename(f"/in/{temporary}", "/in/order.edi")
        assert client.listdir("/in") == ["order.edi"]
    (taken,) = door.taken()
    assert (taken.transport_id, door.body(taken)) == ("order.edi", LARGE)
    assert list((door.hub.services.data_dir / UPLOADS).iterdir()) == []


def test_blocks_may_come_in_any_order_and_a_gap_is_refused(door: Door) -> None:
    with door.paramiko() as client:
        with client.open("/in/turned.edi", "wb") as file:
            for start in (200_000, 100_000, 0):
                file.seek(start)
                file.write(LARGE[start : start + 100_000])
        with client.open("/in/gap.edi", "wb") as file:
            file.write(b"start")
            file.seek(100_000)
            file.write(b"end")
            with pytest.raises(OSError, match="99995 bytes are missing"):
                file.sftp._request(4, file.handle)  # paramiko's own close tells no failure
        with client.open("/in/gap.part", "wb") as file:
            file.seek(100_000)
            file.write(b"end")
        with pytest.raises(OSError, match="was not closed by who sent it"):
            client.rename("/in/gap.part", "/in/renamed.edi")
    assert [door.body(one) for one in door.taken()] == [LARGE]
    assert begun(door) == {"gap.edi": 5, "gap.part": 0}


def test_sf01_a_session_that_ends_before_the_close_brings_nothing_in_at_100_offsets(door: Door) -> None:
    chance = random.Random(20261126)
    offsets = [chance.randrange(1, len(LARGE)) for _ in range(100)]
    for number, offset in enumerate(offsets):
        _drop(door, f"cut-{number:03}.edi", LARGE[:offset], channel_only=bool(number % 2))
    assert door.taken() == []
    until(lambda: len(begun(door)) == len(offsets))
    kept = begun(door)
    assert [kept[f"cut-{number:03}.edi"] for number in range(100)] == offsets


def _drop(door: Door, name: str, data: bytes, *, channel_only: bool) -> None:
    """Writes and goes away: the connection breaks, or its client closes the channel without closing the file."""
    with door.transport() as transport:
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        file = client.open(f"/in/{name}", "wb")
        file.write(data)
        if channel_only:
            client.get_channel().close()  # type: ignore[union-attr]
        else:
            transport.sock.close()


def test_sf01_an_upload_that_was_cut_off_is_gone_on_with_and_then_arrives_whole(door: Door) -> None:
    _drop(door, "order.edi", LARGE[:123_456], channel_only=False)
    until(lambda: begun(door) == {"order.edi": 123_456})
    with door.paramiko() as client, client.open("/in/order.edi", "r+b") as file:
        file.seek(123_456)
        file.write(LARGE[123_456:])
    (taken,) = door.taken()
    assert door.body(taken) == LARGE
    _drop(door, "small.edi", ORDER[:50], channel_only=False)
    until(lambda: begun(door) == {"small.edi": 50})
    with door.paramiko() as client, client.open("/in/small.edi", "ab") as file:
        file.write(ORDER[50:])
    assert door.body(door.taken()[1]) == ORDER


def test_sf01_what_was_begun_outlives_the_node_and_is_swept_when_nobody_goes_on(store: Store, tmp_path: Path) -> None:
    with running_door(store, tmp_path) as door:
        _drop(door, "order.edi", LARGE[:200_000], channel_only=False)
        with door.paramiko() as client, client.open("/in/later.edi.part", "wb") as file:
            file.write(ORDER)
        until(lambda: len(begun(door)) == 2)
    with running_door(store, tmp_path) as door:
        assert begun(door) == {"order.edi": 200_000, "later.edi.part": len(ORDER)}
        with door.paramiko() as client:
            client.rename("/in/later.edi.part", "/in/later.edi")
        assert [door.body(one) for one in door.taken()] == [ORDER]
        uploads = door.hub.store.uploads
        assert uploads.sweep(time.time() - 3600) == []
        assert len(uploads.sweep(time.time() + 1)) == 2  # the bytes, and what they are called
        assert begun(door) == {}


def test_sf01_a_file_whose_upload_broke_off_is_not_brought_in_by_renaming_it(door: Door) -> None:
    _drop(door, "order.edi.part", LARGE[:1000], channel_only=False)
    until(lambda: begun(door) == {"order.edi.part": 1000})
    with door.paramiko() as client, pytest.raises(OSError, match="was not closed by who sent it"):
        client.rename("/in/order.edi.part", "/in/order.edi")
    assert door.taken() == []


def test_a_newer_session_takes_an_upload_over_from_one_that_hangs(door: Door) -> None:
    with door.paramiko() as hanging, door.paramiko() as newer:
        old = hanging.open("/in/order.edi", "wb")
        old.write(ORDER[:100])
        with newer.open("/in/order.edi", "wb") as file:
            file.write(ORDER)
        with pytest.raises(OSError, match="taken this upload over"):
            old.write(b"more")
    assert [door.body(one) for one in door.taken()] == [ORDER]


def test_sf02_a_name_that_is_used_again_is_another_arrival(door: Door) -> None:
    bodies = [ORDER.replace(b"000000042", b"%09d" % number) for number in range(1, 4)]
    with door.paramiko() as client:
        for body in bodies:
            with client.open("/in/order.edi", "wb") as file:
                file.write(body)
    assert [door.body(one) for one in door.taken()] == bodies
    assert door.names() == ["order.edi"] * 3


def test_sf05_what_was_received_is_not_changed_any_more(door: Door) -> None:
    with door.paramiko() as client:
        with client.open("/in/order.edi", "wb") as file:
            file.write(ORDER)
        for change in (
            lambda: client.open("/in/order.edi", "ab"),
            lambda: client.open("/in/order.edi", "r+b"),
            lambda: client.truncate("/in/order.edi", 10),
            lambda: client.remove("/in/order.edi"),
            lambda: client.rename("/in/order.edi", "/in/other.edi"),
            lambda: client.open("/in/order.edi", "rb"),
        ):
            with pytest.raises(PermissionError):
                change()
        assert client.stat("/in/order.edi").st_size == len(ORDER)
    assert [door.body(one) for one in door.taken()] == [ORDER]


def test_sf08_an_empty_file_arrives_and_is_rejected_with_its_reason(door: Door) -> None:
    with door.paramiko() as client:
        client.open("/in/empty.edi", "wb").close()
    process_pending(door.hub.services, "test")
    (taken,) = door.taken()
    assert (taken.size, taken.status) == (0, "rejected")
    assert [item.kind for item in door.hub.work_items()] == ["unreadable"]


def test_a_node_that_stops_cuts_sessions_off_and_keeps_what_they_have_begun(store: Store, tmp_path: Path) -> None:
    with running_door(store, tmp_path) as door, door.paramiko() as client:
        file = client.open("/in/order.edi", "wb")
        file.write(LARGE)
        until(lambda: begun(door) == {"order.edi": len(LARGE)})
        channel = client.get_channel()
        assert channel is not None
        door.stop()
        until(lambda: channel.closed)
        assert door.taken() == []
    with running_door(store, tmp_path) as door:
        assert begun(door) == {"order.edi": len(LARGE)}


@pytest.mark.parametrize(("body", "left"), [(ORDER, {"order.edi": len(ORDER)}), (LARGE, {})], ids=["small", "large"])
def test_a_store_that_does_not_answer_fails_the_close_and_takes_the_file_when_it_comes_again(
    door: Door, monkeypatch: pytest.MonkeyPatch, body: bytes, left: dict[str, int]
) -> None:
    def away(_arriving: object) -> None:
        raise StoreUnavailable("the database is away")

    with door.paramiko() as client:
        monkeypatch.setattr(door.hub.services.intake, "take", away)
        file = client.open("/in/order.edi", "wb")
        file.write(body)
        with pytest.raises(OSError, match="can store nothing at the moment"):
            client._request(4, file.handle)  # paramiko's own close tells no failure
        assert door.taken() == []
        assert {one.filename: one.st_size for one in client.listdir_attr("/in")} == left
        monkeypatch.undo()
        with client.open("/in/order.edi", "wb") as again:
            again.write(body)
    assert [door.body(one) for one in door.taken()] == [body]
