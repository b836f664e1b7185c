"""An order and its changes on their way: in order, each change once, and both ways."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from channels.x12.envelope import scan
from hub.services import utc_now
from hub.states import DocumentStatus
from hub.store.store import Store
from tests.builders import make_purchase_order, make_purchase_order_change
from tests.integration.stepping import SETTINGS, SteppedHub, profile, stepped_hub
from tests.integration.x12_text import Isa, group, purchase_order, transaction_set

CHANGES = """
  - {type: purchase_order_change, direction: inbound, channel: files}
  - {type: purchase_order_change, direction: outbound, channel: files}
"""
ROUTED = SETTINGS.replace("{documents: [purchase_order,", "{documents: [purchase_order, purchase_order_change,")
POSTED = ROUTED.replace("documents: [purchase_order]", "documents: [purchase_order, purchase_order_change]")


def change(sequence: str, quantity: int = 20) -> str:
    return transaction_set(
        "860",
        [
            f"BCH*04*SA*PO-1**{sequence}*20261120*****20261121",
            f"POC*1*QI*{quantity}*{quantity}*EA*9.95",
            f"CTT*1*{quantity}",
        ],
    )


def at_erp(hub: SteppedHub) -> list[tuple[str, str]]:
    """Type and change number of what the ERP has."""
    bodies = [json.loads(path.read_text())["document"] for path in sorted(hub.erp.iterdir())]
    return sorted((body["type"], body.get("change_order_sequence", "")) for body in bodies)


def test_a_change_never_overtakes_its_order(store: Store, tmp_path: Path) -> None:
    """The ERP is away when the order is due and back before it is tried again: the change waits all the same."""
    with stepped_hub(store, tmp_path, profile() + CHANGES) as hub:
        hub.apply(profile() + CHANGES, settings=ROUTED)
        now = utc_now()
        hub.services.clock = lambda: now
        hub.erp.rmdir()
        hub.take(Isa().around(group("PO", purchase_order())))
        hub.leave()
        hub.erp.mkdir()
        hub.take(Isa(number="000000043").around(group("PC", change("1"), number="8")))
        hub.leave()
        assert at_erp(hub) == []
        now += timedelta(hours=1)
        hub.leave()
        assert at_erp(hub) == [("purchase_order", "")]
        hub.leave()
        assert at_erp(hub) == [("purchase_order", ""), ("purchase_order_change", "1")]


def test_changes_of_one_order_are_told_apart_by_their_number(store: Store, tmp_path: Path) -> None:
    """The same again is a duplicate; other content under the same number waits for a person; the next number goes."""
    with stepped_hub(store, tmp_path, profile() + CHANGES) as hub:
        hub.apply(profile() + CHANGES, settings=ROUTED)
        taken = [
            hub.take(Isa(number=f"{number:09}").around(group("PC", content, number=str(number))))
            for number, content in enumerate((change("1"), change("2"), change("2"), change("2", quantity=30)), 50)
        ]
        found = [d.status for one in taken for d in hub.documents_of(one) if d.direction == "inbound"]
        assert found == [
            DocumentStatus.ROUTED,
            DocumentStatus.ROUTED,
            DocumentStatus.DUPLICATE,
            DocumentStatus.HELD,
        ]


def test_a_change_that_the_erp_posts_leaves_behind_its_order(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path, profile() + CHANGES) as hub:
        hub.apply(profile() + CHANGES, settings=POSTED)
        hub.post(make_purchase_order())
        hub.post(make_purchase_order_change())
        sent = [*hub.leave(), *hub.leave()]
        types = [s.type for text in sent for i in scan(text.encode()).interchanges for g in i.groups for s in g.sets]
        assert types == ["850", "860"]
        assert "GS*PC*" in sent[1]
        assert "~BCH*04*SA*PO-1001**1*20250303*****20250305~" in sent[1]
        assert "~POC*1*QI*20*20*EA*9.95*PE*" in sent[1]
