"""Which departures leave: held back by what a target, its breaker, its hours or an operator say, and by no other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from channels.errors import CertificateError, ChannelError, CredentialError, ThrottledError, TransientError
from hub.node.dispatch import IN_FLIGHT, Dispatch
from hub.operator import targets
from hub.pipeline import health
from hub.services import HubServices
from hub.store.configuration import configurations
from hub.store.outbound import targets as target_states
from hub.store.schema.records import Transmission, WorkItem
from hub.store.store import Store
from hub.store.traffic import transmissions
from hub.store.trail import events, work_items
from hub.targets.standing import Gate, report
from tests.integration.store.rows_for_tests import departure
from tests.integration.web.running_hub import Clock

SETTINGS = """
targets:
  - {key: erp, kind: http, url: "https://erp.example/", retry: {first_delay_seconds: 10, jitter: 0}}
  - {key: wms, kind: http, url: "https://wms.example/", concurrency: 2}
  - {key: slow, kind: http, url: "https://slow.example/", rate: {requests: 30, per: minute}}
  - {key: night, kind: file, path: night, maintenance: [{start: "22:00", end: "04:00", zone: Europe/Berlin}]}
"""


class Yard:
    """A hub of which only the dispatch of departures runs, when the test says so."""

    def __init__(self, services: HubServices, clock: Clock) -> None:
        self.services = services
        self.store = services.store
        self.clock = clock
        self.dispatch = Dispatch(services, "node-1")

    def due(self, target: str, count: int = 1, **columns: object) -> list[Transmission]:
        with self.store.begin() as tx:
            return [departure(tx, target, due_at=self.clock(), **columns) for _ in range(count)]

    def leave(self, **in_flight: int) -> list[Transmission]:
        return self.dispatch.claim(in_flight).claimed

    def targets_of_what_leaves(self, **in_flight: int) -> list[str]:
        return [one.target or "" for one in self.leave(**in_flight)]

    def take(self, sent: Transmission) -> None:
        """The target took it."""
        with self.store.begin() as tx:
            transmissions.fenced_update(tx, sent, status="sent", finished_at=self.clock())
            health.note_success(tx, sent.target or "", self.clock())

    def fail(self, sent: Transmission, error: ChannelError | None = None) -> None:
        sending = self.services.catalog().sending(sent.target or "")
        with self.store.begin() as tx:
            transmissions.fenced_update(tx, sent, status="due", due_at=self.clock())
            health.note_failure(tx, sent, error or TransientError("no route to host"), sending, self.clock())

    def gate(self, target: str) -> Gate:
        with self.store.read() as tx:
            found = {one.target: one for one in report(tx, self.services.catalog(), self.clock())}
        return found[target].standing.gate

    def items(self) -> list[WorkItem]:
        with self.store.read() as tx:
            return work_items.open_items(tx)


@pytest.fixture
def yard(store: Store, tmp_path: Path) -> Iterator[Yard]:
    clock = Clock(datetime.fromisoformat("2026-03-04T12:00:00+00:00"))
    with ThreadPoolExecutor(2) as executor:
        services = HubServices(store, tmp_path / "data", executor, clock)
        with store.begin() as tx:
            configurations.apply(tx, "hub", "hub", SETTINGS, "test", clock())
        services.configuration_changed()
        yield Yard(services, clock)


def test_no_more_leave_than_the_target_takes_at_one_time(yard: Yard) -> None:
    yard.due("wms", 5)
    first, _ = yard.leave()
    assert yard.leave() == []
    yard.take(first)
    assert len(yard.leave()) == 1
    yard.clock.pass_by(seconds=91)  # whoever had claimed them is gone
    assert len(yard.leave()) == 2


def test_a_clock_set_forward_that_nobody_has_noticed_yet_sends_nothing_twice(yard: Yard) -> None:
    yard.due("wms")
    (sent,) = yard.leave()
    with yard.services.leases.held(sent):
        yard.clock.pass_by(days=4)
        assert yard.leave() == [], "it is under way from here"
    assert [one.id for one in yard.leave()] == [sent.id], "whoever had claimed it is gone"


def test_what_another_node_has_under_way_counts(yard: Yard) -> None:
    yard.due("wms", 5)
    assert len(yard.leave()) == 2
    assert Dispatch(yard.services, "node-2").claim({}).claimed == []


def test_a_rate_spreads_requests_and_outlives_a_restart(yard: Yard) -> None:
    yard.due("slow", 4)
    left = []
    for _ in range(8):
        dispatched = Dispatch(yard.services, "node-1").claim({})
        left += [yard.clock()] * len(dispatched.claimed)
        for one in dispatched.claimed:
            yard.take(one)
        yard.clock.pass_by(seconds=1)
    gaps = [after - before for before, after in pairwise(left)]
    assert gaps == [timedelta(seconds=2)] * 3


def test_hours_of_maintenance_hold_the_backlog_and_nobody_else(yard: Yard) -> None:
    yard.clock.now = datetime.fromisoformat("2026-03-04T21:30:00+00:00")
    yard.due("night", 2), yard.due("erp", 1)
    dispatched = yard.dispatch.claim({})
    assert [one.target for one in dispatched.claimed] == ["erp"]
    assert dispatched.following == datetime.fromisoformat("2026-03-05T03:00:00+00:00")
    assert yard.gate("night") is Gate.MAINTENANCE
    yard.take(dispatched.claimed[0])
    yard.clock.now = dispatched.following
    assert yard.targets_of_what_leaves() == ["night", "night"]


def test_after_five_failures_in_a_row_one_probe_at_a_time_leaves(yard: Yard) -> None:
    yard.due("erp", 8), yard.due("wms", 1)
    for one in yard.leave():
        if one.target == "wms":
            yard.take(one)
        else:
            yard.fail(one)
    assert yard.gate("erp") is Gate.OPEN, "four have failed"
    assert not yard.items()
    last, *others = yard.leave()
    yard.fail(last)
    assert yard.gate("erp") is Gate.BREAKER
    (item,) = yard.items()
    assert (item.kind, item.key) == ("target", "target:erp")
    assert "no route to host" in item.summary
    assert yard.leave() == []
    yard.clock.pass_by(seconds=10)
    (probe,) = yard.leave()
    assert yard.leave() == [], "the probe is under way"
    for late in others:
        yard.fail(late)  # they had left before
    yard.fail(probe)
    yard.clock.pass_by(seconds=19)
    assert yard.leave() == [], "the second pause is longer"
    yard.clock.pass_by(seconds=1)
    (probe,) = yard.leave()
    yard.take(probe)
    assert yard.items() == []
    assert len(yard.leave()) == 4
    with yard.store.read() as tx:
        state = target_states.get(tx, "erp")
        assert state is not None
        assert [event.kind for event in events.of_subject(tx, state.id)] == [
            "target.opened",
            "target.opened",
            "target.closed",
        ]


def test_a_probe_whose_node_was_killed_is_followed_by_another(yard: Yard) -> None:
    yard.due("erp", 2)
    yard.fail(yard.leave()[0], CredentialError("401"))
    yard.clock.pass_by(seconds=900)
    (lost,) = yard.leave()
    yard.clock.pass_by(seconds=89)
    assert yard.leave() == []
    yard.clock.pass_by(seconds=1)
    (other,) = yard.leave()
    assert other.id in {lost.id, other.id}
    yard.take(other)
    assert yard.gate("erp") is Gate.OPEN


def test_refused_credentials_open_the_breaker_at_once(yard: Yard) -> None:
    yard.due("erp", 3)
    yard.fail(yard.leave()[0], CredentialError("HTTP 401"))
    assert yard.gate("erp") is Gate.BREAKER
    (item,) = yard.items()
    assert item.kind == "credentials"


def test_an_untrusted_certificate_is_a_work_item_at_once_and_gone_with_the_first_success(yard: Yard) -> None:
    yard.due("erp", 2)
    first, second = yard.leave()
    yard.fail(first, CertificateError("the TLS certificate of https://erp.example is not trusted"))
    (item,) = yard.items()
    assert item.kind == "certificate"
    assert yard.gate("erp") is Gate.OPEN, "it is tried again"
    yard.take(second)
    assert yard.items() == []


def test_a_wish_for_patience_holds_everything_of_that_target(yard: Yard) -> None:
    yard.due("erp", 6), yard.due("wms", 1)
    for one in yard.leave():
        if one.target == "erp":
            yard.fail(one, ThrottledError("HTTP 429", 120))
        else:
            yard.take(one)
    yard.clock.pass_by(seconds=119)
    assert yard.gate("erp") is Gate.HELD
    assert yard.leave() == []
    yard.clock.pass_by(seconds=1)
    assert yard.targets_of_what_leaves() == ["erp"] * 4


def test_targets_take_turns_however_long_the_backlog_of_one(yard: Yard) -> None:
    yard.due("erp", 40)
    yard.clock.pass_by(seconds=1)
    yard.due("wms", 4)
    assert yard.targets_of_what_leaves().count("wms") == 2


def test_a_target_has_room_for_one_however_many_of_the_others_hang(yard: Yard) -> None:
    yard.due("wms", 3)
    assert yard.targets_of_what_leaves(erp=IN_FLIGHT) == ["wms"]
    assert yard.targets_of_what_leaves(erp=IN_FLIGHT, wms=1) == []


def test_an_operator_pauses_and_resumes(yard: Yard) -> None:
    yard.due("erp", 1)
    (paused,) = targets.pause(yard.services, ["erp"], reason="month end", actor="operator:mira")
    assert paused.done
    assert yard.leave() == []
    with yard.store.read() as tx:
        found = next(one for one in report(tx, yard.services.catalog(), yard.clock()) if one.target == "erp")
    assert (found.standing.gate, found.standing.reason) == (Gate.PAUSED, "operator:mira: month end")
    (again,) = targets.pause(yard.services, ["erp"], reason="once more", actor="operator:mira")
    assert not again.done
    (resumed,) = targets.resume(yard.services, ["erp"], reason="done", actor="operator:mira")
    assert resumed.done
    assert len(yard.leave()) == 1


def test_an_operator_opens_and_closes_a_breaker(yard: Yard) -> None:
    yard.due("erp", 3)
    (opened,) = targets.open_breaker(yard.services, ["erp"], reason="being restarted", actor="operator:mira")
    assert opened.done
    assert yard.leave() == []
    assert [item.kind for item in yard.items()] == ["target"]
    later = yard.clock() + timedelta(hours=1)
    with yard.store.begin() as tx:
        waits = departure(tx, "erp", due_at=later)
    (closed,) = targets.close_breaker(yard.services, ["erp"], reason="it is back", actor="operator:mira")
    assert closed.done
    assert yard.items() == []
    assert waits.id in {one.id for one in yard.leave()}, "what waits for it is due at once"
    (unknown,) = targets.close_breaker(yard.services, ["nobody"], reason="typo", actor="operator:mira")
    assert not unknown.done


def test_the_state_survives_a_restart_and_a_change_of_hub_yaml(yard: Yard) -> None:
    yard.due("erp", 1)
    yard.fail(yard.leave()[0], CredentialError("HTTP 401"))
    with yard.store.begin() as tx:
        text = SETTINGS.replace("first_delay_seconds: 10", "first_delay_seconds: 20")
        configurations.apply(tx, "hub", "hub", text, "test", yard.clock())
    yard.services.configuration_changed()
    restarted = replace(yard.services, _catalog=None)
    assert Dispatch(restarted, "node-1").claim({}).claimed == []
