"""How long documents take on their way is measured of those that went it once, by themselves."""

from __future__ import annotations

from pathlib import Path

from hub.observe.commits import Teller
from hub.observe.traces import Traces
from hub.operator import operations
from hub.store.store import Store
from tests.integration.stepping import stepped_hub
from tests.integration.test_replays import ACTOR, arriving, invoices, mend


def test_what_is_resent_or_replayed_counts_as_delivered_and_not_as_a_way(store: Store, tmp_path: Path) -> None:
    with stepped_hub(store, tmp_path) as hub:
        metrics = hub.services.metrics
        hub.store.listener = Teller(metrics, Traces())

        def seen(name: str) -> float:
            samples = [sample for family in metrics.registry.collect() for sample in family.samples]
            return sum(sample.value for sample in samples if sample.name == name)

        hub.take(arriving(1))
        hub.leave()
        (delivery,) = [one for one in hub.deliveries_of(hub.take(arriving(2))) if one.target == "erp"]
        hub.leave()
        ways = seen("hub_way_seconds_count")
        delivered = seen("hub_attempts_total")
        (outcome,) = operations.resend(hub.services, [delivery.id], reason="again", actor=ACTOR)
        assert outcome.done
        hub.leave()
        mend(hub, "HB-1", to="NEW-")
        first = next(one for one in invoices(hub) if one.number == "INV-1")
        (outcome,) = operations.replay(hub.services, [first.id], reason="mended", actor=ACTOR)
        assert outcome.done
        hub.leave()
        assert seen("hub_attempts_total") >= delivered + 2
        assert seen("hub_way_seconds_count") == ways > 0
