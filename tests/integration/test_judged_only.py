"""Sets that the tables hold and no canonical document carries: judged, acknowledged, kept, shown; nothing is lost."""

from __future__ import annotations

from pathlib import Path

from hub.inspection.stored import stored_tree
from hub.store.questions import search
from hub.store.questions.search import DocumentFilter
from hub.store.store import Store
from tests.integration.stepping import profile, stepped_hub

ORDER = b"""ISA*00*          *00*          *ZZ*ACME           *ZZ*BUYER          *260306*1105*U*00401*%09d*0*P*>~
GS*%s*ACME*BUYER*20260306*1105*%d*X*004010~
%s
GE*1*%d~
IEA*1*%09d~
"""

SHIP = b"""ST*940*0001~
W05*N*DO-55817*10045~
N1*DE*Acme Fasteners*92*ACME~
LX*1~
W01*100*BX**VN*HB-0810~
W76*100~
SE*7*0001~"""


def interchange(number: int, group: bytes = b"OW", sets: bytes = SHIP) -> bytes:
    return ORDER % (number, group, number, sets, number, number)


def test_it_is_acknowledged_and_kept_and_goes_to_no_system(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        arrival = hub.take(interchange(1))
        (document,) = [d for d in hub.documents_of(arrival) if d.direction == "inbound"]
        assert (document.type, document.number, document.status) == ("x12_940", "DO-55817", "unrouted")
        assert document.verdict == "accepted"
        assert "Warehouse Shipping Order documents are read, judged, acknowledged and kept" in (document.reason or "")
        assert hub.deliveries_of(arrival) == [d for d in hub.deliveries_of(arrival) if d.target.startswith("channel:")]
        (answer,) = hub.leave()
        assert "AK2*940*0001~AK5*A~AK9*A*1*1*1~" in answer.replace("\n", "")


def test_many_of_a_kind_are_one_thing_to_take_note_of(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path, profile(), profile("zeta", "ZETA")) as hub:
        for number in range(1, 4):
            hub.take(interchange(number))
        hub.take(interchange(9).replace(b"ACME ", b"ZETA "), partner="zeta")
        items = [(item.kind, item.partner, len(item.subjects)) for item in hub.work_items()]
        assert items == [("kept", "acme", 3), ("kept", "zeta", 1)]


def test_one_that_breaks_the_standard_is_rejected_as_any_other(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        arrival = hub.take(interchange(1, sets=SHIP.replace(b"W05*N*DO-55817*10045~\n", b"").replace(b"SE*7", b"SE*6")))
        (document,) = [d for d in hub.documents_of(arrival) if d.direction == "inbound"]
        assert (document.type, document.status, document.verdict) == ("x12_940", "rejected", "rejected")
        assert "AK3*W05*2**3~" in hub.leave()[0].replace("\n", "")
        assert hub.work_items() == []


def test_a_set_that_no_table_holds_stays_unsupported(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        arrival = hub.take(interchange(1, b"WA", SHIP.replace(b"ST*940", b"ST*417")))
        (document,) = [d for d in hub.documents_of(arrival) if d.direction == "inbound"]
        assert (document.type, document.status) == ("unknown", "rejected")
        assert "AK5*R*1~" in hub.leave()[0].replace("\n", "")


def test_it_is_found_by_its_number_and_read_again_from_its_bytes(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        arrival = hub.take(interchange(1))
        with store.read() as tx:
            (document,) = search.documents(tx, DocumentFilter(text="DO-55817", limit=10))
        tree = stored_tree(store, arrival, document)
        assert tree is not None
        assert (tree.name, tree.number, tree.segment_count) == ("Warehouse Shipping Order", "DO-55817", 7)
