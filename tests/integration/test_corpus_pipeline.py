"""Real files through the whole pipeline and into the store: each ends in a state that a person can find."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from channels.x12.envelope import PartyId, scan
from hub.catalog import INGEST_CHANNEL
from hub.node.arrivals import process_pending
from hub.pipeline.compose import compose_due
from hub.services import HubServices
from hub.states import ArrivalStatus, DocumentStatus
from hub.store.configuration import configurations
from hub.store.store import Store
from hub.store.traffic import documents, transmissions
from tests.receiving import Arrival, receive

SIZE_LIMIT = 2_000_000

PROFILE = """
partner: p{number}
name: Partner {number}
role: supplier
usage_indicator: {usage}
identifiers: [{{qualifier: "{qualifier}", id: "{id}"}}]
channels: [{{name: files, kind: folder, inbound: p{number}/in, outbound: p{number}/out}}]
documents:
  - {{type: invoice, direction: inbound, channel: files}}
  - {{type: purchase_order, direction: inbound, channel: files}}
  - {{type: advance_ship_notice, direction: inbound, channel: files}}
  - {{type: purchase_order_acknowledgment, direction: inbound, channel: files}}
"""

SETTINGS = """
identities: [{identities}]
targets: [{{key: erp, kind: file, path: erp}}, {{key: test-erp, kind: file, path: test, usage: test}}]
routes:
  - documents: [purchase_order, purchase_order_acknowledgment, advance_ship_notice, invoice]
    to: [erp, test-erp]
"""


def usable(party: PartyId) -> bool:
    """Whether a profile can name it: what the sample writers made up is not always an identifier."""
    plain = all(character.isalnum() or character in "-_ ." for character in party.qualifier + party.id)
    return (
        plain
        and len(party.qualifier) == 2
        and party.qualifier.isupper() | party.qualifier.isdigit()
        and 0 < len(party.id) < 16
    )


def configure(store: Store, services: HubServices, files: list[bytes]) -> None:
    """A profile for every sender and an identity for every receiver, so that the documents themselves decide."""
    senders: dict[tuple[str, str], str] = {}
    receivers: set[tuple[str, str]] = set()
    for interchange in (found for data in files for found in scan(data).interchanges):
        if usable(interchange.sender) and usable(interchange.receiver):
            key = (interchange.sender.qualifier, interchange.sender.id.upper())
            senders.setdefault(key, "test" if interchange.usage_indicator == "T" else "production")
            receivers.add((interchange.receiver.qualifier, interchange.receiver.id.upper()))
    identities = ", ".join(
        f'{{key: i{number}, qualifier: "{qualifier}", id: "{id}", default: {str(number == 0).lower()}}}'
        for number, (qualifier, id) in enumerate(sorted(receivers))
    )
    with store.begin() as tx:
        now = services.clock()
        configurations.apply(tx, "hub", "hub", SETTINGS.format(identities=identities), "test", now)
        for number, ((qualifier, id), usage) in enumerate(sorted(senders.items())):
            text = PROFILE.format(number=number, qualifier=qualifier, id=id, usage=usage)
            configurations.apply(tx, "partner", f"p{number}", text, "test", now)
    services.configuration_changed()


def test_every_real_file_ends_in_a_state_of_its_own(store: Store, tmp_path: Path, shared_dir: Path) -> None:
    paths = [*sorted((shared_dir / "corpus/open").rglob("*")), *sorted((shared_dir / "odd").glob("*.edi"))]
    files = [path.read_bytes() for path in paths if path.is_file() and path.stat().st_size <= SIZE_LIMIT]
    assert files
    with ThreadPoolExecutor(1) as executor:
        services = HubServices(store=store, data_dir=tmp_path / "data", executor=executor)
        configure(store, services, files)
        taken = []
        for data in files:
            arrival = Arrival(INGEST_CHANNEL, data, "application/edi-x12", "file")
            taken.append(receive(store, arrival, partner=None, actor="test", now=services.clock()).id)
        assert process_pending(services, "test") == len(files)
        while compose_due(services):
            pass
    arrivals: Counter[str] = Counter()
    outcomes: Counter[tuple[str, str]] = Counter()
    with store.read() as tx:
        for one in taken:
            transmission = transmissions.get(tx, one)
            assert transmission is not None
            arrivals[transmission.status] += 1
            assert "could not" not in (transmission.reason or ""), transmission.reason
            outcomes.update((d.set_type or "", d.status) for d in documents.of_transmission(tx, one))
    assert set(arrivals) <= set(ArrivalStatus) - {ArrivalStatus.RECEIVED, ArrivalStatus.PROCESSING}
    faults = [outcome for outcome in outcomes if outcome[1] == DocumentStatus.QUARANTINED]
    assert not faults, "a fault of ours"
    assert outcomes["850", DocumentStatus.ROUTED] > 50
    assert outcomes["810", DocumentStatus.ROUTED] > 50
