"""The main path, told as what partners, ERP and WMS see."""

from __future__ import annotations

from pathlib import Path

from hub.store.store import Store
from tests.scenarios.running import running_hub


async def test_a_supplier_s_ship_notice_reaches_erp_and_the_wms_of_its_ship_to(store: Store, tmp_path: Path) -> None:
    async with running_hub(store, tmp_path) as hub:
        acme = hub.partner("acme-fasteners")
        acme.put("asn.edi", hub.case("shipment-cartons"))
        await hub.erp.wait_for(1, 20)
        await hub.wms.wait_for(1, 20)
        answers = await hub.until(lambda: acme.taken("997"))
    assert len(answers) == 1
    assert "AK5*A~" in answers[0]
