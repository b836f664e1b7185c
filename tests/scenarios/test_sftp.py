"""A partner with an SFTP server of its own: OpenSSH's, which the hub polls and puts its answers on."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.store.store import Store
from samples.partner_side import Folder
from tests.scenarios.running import RunningHub, running_hub, sample_profiles
from tests.sshd import Server, running_sshd

pytestmark = pytest.mark.external("sshd")

KEY = "corner-hardware"


def on_its_server(server: Server, partner: Folder) -> dict[str, str]:
    """The sample profiles, with the customer's files on its own server."""
    profiles = sample_profiles()
    before, after = profiles[KEY].split("\nchannels:\n")[0], profiles[KEY].split("\ndocuments:\n")[1]
    there = str(partner.root)
    fetched = {"path": f"{there}/in", "patterns": ["*.edi"], "after": "archive", "archive": f"{there}/archive"}
    channel = server.channel(inbound=[fetched], outbound=f"{there}/out", poll_seconds=1)
    profiles[KEY] = f"{before}\n\nchannels:\n{channel}\ndocuments:\n{after}"
    return profiles


async def test_an_order_on_the_partner_s_server_reaches_the_erp_and_is_answered_there(
    store: Store, tmp_path: Path
) -> None:
    partner = Folder(tmp_path / "corner")
    partner.make()
    with running_sshd(tmp_path) as server:
        async with running_hub(store, tmp_path, on_its_server(server, partner)) as hub:
            body = hub.case("customer-order")
            partner.put("order.edi", body)
            await hub.erp.wait_for(1, 30)
            (answer,) = await hub.until(lambda: partner.taken("997"), 30)
            await hub.until(lambda: [path.read_bytes() for path in (partner.root / "archive").glob("*")] == [body])
            await _answers_by_855(hub, partner)
    assert "AK5*A" in answer
    (order,) = hub.erp.effects.values()
    assert (order.body["partner"]["key"], order.body["document"]["type"]) == (KEY, "purchase_order")
    assert list((partner.root / "in").iterdir()) == []
    assert not [path for path in (partner.root / "out").iterdir() if path.name.startswith(".")]


async def _answers_by_855(hub: RunningHub, partner: Folder) -> None:
    hub.desk("system", "erp").accept_document(hub.document("erp-acknowledgment-CH-20771.json"), "answer-1")
    (acknowledgment,) = await hub.until(lambda: partner.taken("855"), 30)
    assert "CH-20771" in acknowledgment
