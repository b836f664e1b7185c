"""What lay in an API channel's outbox before outboxes were kept: it is still listed, and nobody is told of it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from sqlalchemy import create_engine, insert

from hub.channel_names import box_of_partner
from hub.store import migration
from hub.store.engine import dialects
from hub.store.outbound import outbox
from hub.store.schema.tables import metadata
from hub.store.store import Store
from tests.integration.store.test_upgrade import NOW, arrival

BEFORE = "0016"


def test_what_lay_there_is_listed_in_order_and_nobody_is_asked_whether_it_was_fetched(
    store_url: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    engine = create_engine(dialects.database_url(store_url, data))
    with engine.begin() as tx:
        command.upgrade(migration._config(tx), BEFORE)
        for id, target, status, told in (
            ("tr_1", "channel:acme/api", "sent", "in the outbox"),
            ("tr_2", "channel:acme/files", "sent", "written"),
            ("tr_3", "channel:acme/api", "due", None),
            ("tr_4", "channel:acme/api", "sent", "in the outbox"),
        ):
            left = arrival(id, id.encode(), status=status) | {"direction": "out", "target": target}
            tx.execute(insert(metadata.tables["transmissions"]), left)
            attempt = {"departure_id": id, "number": 1, "started_at": NOW, "ended_at": NOW, "status": told}
            tx.execute(insert(metadata.tables["attempts"]), attempt)
    engine.dispose()
    store = Store(store_url, data)
    try:
        store.migrate()
        with store.read() as tx:
            lying = outbox.page(tx, {box_of_partner("acme")}, 0, 10)
            assert [one.departure.id for one in lying] == ["tr_1", "tr_4"]
            assert {one.offer.available_at for one in lying} == {NOW}
            assert outbox.waiting(tx) == {}
    finally:
        store.close()
