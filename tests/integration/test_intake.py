"""What there is no room for waits with its sender, visibly, and comes in when there is room again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.entry.intake import AtWork, NoRoom, Shortage
from hub.node.arrivals import process_pending
from hub.node.polls import Polls
from hub.store.store import Store
from hub.store.traffic import transmissions
from tests.integration.stepping import SETTINGS, SteppedHub, profile, stepped_hub
from tests.integration.x12_text import Isa, group, purchase_order


def order(number: int) -> bytes:
    return Isa(number=f"{number:09}").around(group("PO", purchase_order(order=f"PO-{number}"), number=str(number)))


@pytest.fixture
def hub(store: Store, tmp_path: Path) -> Iterator[SteppedHub]:
    with stepped_hub(store, tmp_path) as stepped:
        yield stepped


def limits(hub: SteppedHub, **intake: int) -> None:
    hub.apply(profile(), settings=f"{SETTINGS}intake: {intake}\n")


def put(hub: SteppedHub, *numbers: int) -> Path:
    folder = hub.services.folder_root / "acme" / "in"
    for number in numbers:
        path = folder / f"order-{number}.edi"
        path.write_bytes(order(number))
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
    return folder


def waiting(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


async def test_files_wait_where_they_are_while_too_many_before_them_are_not_worked(
    hub: SteppedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.entry.intake.BACKLOG_SECONDS", 3600)  # however long it takes
    limits(hub, partner_backlog=2)
    folder, polls = put(hub, 1, 2, 3, 4), Polls(hub.services)
    await polls.poll("acme/files")
    assert not await polls.poll("acme/files")
    assert waiting(folder) == ["order-3.edi", "order-4.edi"], "the oldest came in"
    (item,) = hub.work_items()
    assert (item.kind, "its files stay where they are" in item.summary) == ("intake", True)
    process_pending(hub.services, "test")
    hub.services.intake._backlogs.clear()  # as a second later
    assert await polls.poll("acme/files")
    assert waiting(folder) == []
    assert hub.work_items() == []


async def test_a_disk_that_is_nearly_full_takes_nothing_and_recovers_unaided(hub: SteppedHub) -> None:
    limits(hub, disk_floor_bytes=1 << 60)
    folder, polls = put(hub, 1), Polls(hub.services)
    await polls.poll("acme/files")
    assert not await polls.poll("acme/files")
    assert waiting(folder) == ["order-1.edi"]
    limits(hub, disk_floor_bytes=0)
    for _ in range(2):  # a file is complete when it is the same in two polls
        assert await polls.poll("acme/files")
    assert waiting(folder) == []


async def test_a_file_that_was_stored_and_not_put_away_is_put_away_and_not_taken_twice(hub: SteppedHub) -> None:
    """As a hub that was killed in between leaves it (k10, k11)."""
    folder, polls = put(hub, 1), Polls(hub.services)
    found = polls._channel("acme/files")
    assert found is not None
    transport = polls._transport(found)
    await transport.poll(10)
    files = await transport.poll(10)
    assert len(polls._store(found, files).files) == 1
    assert waiting(folder) == ["order-1.edi"]
    polls = Polls(hub.services)
    await polls.poll("acme/files")
    assert await polls.poll("acme/files")
    assert waiting(folder) == []
    with hub.store.read() as tx:
        assert len(tx.execute(transmissions.table.select()).all()) == 1


async def test_a_copy_of_a_file_that_was_taken_is_a_duplicate_and_answered(hub: SteppedHub) -> None:
    folder, polls = put(hub, 1), Polls(hub.services)
    for _ in range(2):
        await polls.poll("acme/files")
        assert await polls.poll("acme/files")
        put(hub, 1)
    assert waiting(folder) == ["order-1.edi"]
    with hub.store.read() as tx:
        assert len(tx.execute(transmissions.table.select()).all()) == 2


def test_room_is_limited_for_each_sender_and_for_all_and_given_back(hub: SteppedHub) -> None:
    limits(hub, in_flight=3, partner_in_flight=2, partner_in_flight_bytes=100)
    intake = hub.services.intake
    with intake.room("acme", 60), pytest.raises(NoRoom) as refused, intake.room("acme", 60):
        pass
    assert refused.value.shortage is Shortage.PARTNER
    with intake.room("acme", 5000), intake.room("beta", 1), intake.room("gamma", 1):  # one alone is never too large
        with pytest.raises(NoRoom) as refused, intake.room("delta", 1):
            pass
        assert refused.value.shortage is Shortage.HUB
        assert refused.value.seconds > 0
    with intake.room("acme", 50), intake.room("acme", 50):
        pass


def test_a_key_is_worked_by_one_request_at_a_time(hub: SteppedHub) -> None:
    intake = hub.services.intake
    with intake.exclusively("acme", "k"), intake.exclusively("beta", "k"), intake.exclusively("acme", ""):
        with pytest.raises(AtWork), intake.exclusively("acme", "k"):
            pass
        with intake.exclusively("acme", ""):
            pass
    with intake.exclusively("acme", "k"):
        pass
