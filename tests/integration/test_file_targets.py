"""ER09: the folder that an ERP reads from is full, gone, has the name already, or does not answer."""

from __future__ import annotations

import asyncio
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from channels.errors import TransientError
from channels.folder.atomic import deliver_file
from channels.folder.sender import FolderSender
from hub.operator.operations import resend
from hub.store.store import Store
from tests.contract.sender_contract import departure
from tests.integration.outbound import Outbound, outbound

HOUR = timedelta(hours=1)
SETTINGS = "targets: [{key: erp, kind: file, path: erp, retry: {first_delay_seconds: 10, jitter: 0}}]"


@pytest.fixture
def hub(store: Store, tmp_path: Path) -> Iterator[Outbound]:
    with outbound(store, tmp_path, SETTINGS) as started:
        (started.services.data_dir / "erp").mkdir(parents=True)
        yield started


@contextmanager
def full_disk() -> Iterator[None]:
    """Files of this process end after 100 bytes, as on a disk that has no more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_er09_a_full_disk_is_written_to_again_and_shows_no_half_file(tmp_path: Path) -> None:
    with full_disk(), pytest.raises(TransientError, match="File too large"):
        deliver_file(tmp_path, ".", "order.json", b"x" * 1000)
    assert list(tmp_path.iterdir()) == []
    assert deliver_file(tmp_path, ".", "order.json", b"x" * 1000)


async def test_er09_a_folder_that_is_gone_is_tried_again_until_it_is_back(hub: Outbound) -> None:
    folder = hub.services.data_dir / "erp"
    folder.rename(folder.with_name("unmounted"))
    orders = [hub.order(f"PO-{n}") for n in range(8)]
    await hub.leave()
    hub.clock.pass_by(seconds=10)
    await hub.leave()
    assert [item.kind for item in hub.items()] == ["target"], "the breaker is open"
    assert "No such file or directory" in hub.items()[0].summary
    folder.with_name("unmounted").rename(folder)
    await hub.leave_all(HOUR)
    assert {hub.state(order).status for order in orders} == {"delivered"}
    assert len(list(folder.iterdir())) == 8
    assert hub.items() == []


async def test_er09_a_name_that_is_taken_is_never_replaced_and_tried_again(hub: Outbound) -> None:
    order = hub.order()
    name = f"purchase_order_{order.document_id}_1.json"
    other = hub.services.data_dir / "erp" / name
    other.write_bytes(b"somebody else's")
    await hub.leave()
    assert "already exists" in (hub.departure(order).reason or "")
    assert other.read_bytes() == b"somebody else's"
    other.unlink()  # its reader took it
    await hub.leave_all(HOUR)
    assert hub.state(order).status == "delivered"
    assert b"PO-1" in other.read_bytes()


async def test_er09_a_file_written_by_an_attempt_that_was_cut_off_is_found_there(hub: Outbound) -> None:
    order = hub.order()
    await hub.leave()
    (written,) = (hub.services.data_dir / "erp").iterdir()
    before = written.stat().st_ino
    hub.clock.pass_by(seconds=1)
    resend(hub.services, [order.id], reason="as after a kill", actor="operator:test")
    await hub.leave()
    assert [attempt.status for attempt in hub.attempts(order)] == ["written", "already there"]
    assert written.stat().st_ino == before


async def test_er09_a_share_that_hangs_holds_up_nobody_and_gets_no_second_write(tmp_path: Path) -> None:
    let_go, calls = threading.Event(), 0

    def dead_share(root: Path, path: str, name: str, body: bytes) -> bool:
        nonlocal calls
        calls += 1
        let_go.wait(60)
        return deliver_file(root, path, name, body)

    hanging = [FolderSender(tmp_path, ".", 0.1, dead_share) for _ in range(40)]
    alive = FolderSender(tmp_path, ".", 60.0)
    try:
        outcomes = await asyncio.gather(*(one.send(departure()) for one in hanging), return_exceptions=True)
        assert all("did not answer within 0.1 seconds" in str(one) for one in outcomes)
        async with asyncio.timeout(60):
            while calls < 40:
                await asyncio.sleep(0.01)
        assert (await alive.send(departure(name="other.json"))).status == "written"
        with pytest.raises(TransientError, match="an earlier write to it still hangs"):
            await hanging[0].send(departure())
        assert calls == 40
    finally:
        let_go.set()
    hanging[0]._timeout = 60.0  # it answers again, however slowly
    async with asyncio.timeout(60):
        while (tmp_path / "01J0000000.json").exists() is False:
            await asyncio.sleep(0.01)
        while True:
            try:
                assert (await hanging[0].send(departure())).status == "already there"
                break
            except TransientError:
                await asyncio.sleep(0.01)
