"""Whose fault it is: told of the partner, the target or the hub, in plain words, worst first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from channels.sending import Sending
from hub.health import faults
from hub.health.faults import Fault, Gravity, Where
from hub.health.readiness import Check, Readiness
from hub.health.rhythm import Rhythm
from hub.store.questions.backlog import Matter
from hub.store.traffic.tallies import Queue
from hub.targets.standing import Gate, Standing, TargetReport
from hub.web.words import WORK_ITEMS

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def report(target: str, standing: Standing, **queues: Queue) -> TargetReport:
    return TargetReport(target, standing, "closed", None, 0, queues, Sending(), True)


def waiting(count: int, **ago: float) -> Queue:
    return Queue(count, NOW - timedelta(**ago))


def test_a_target_whose_breaker_is_open_is_at_fault_with_its_own_words_and_what_waits() -> None:
    standing = Standing(Gate.BREAKER, NOW - timedelta(minutes=14), None, "HTTP 503")
    (fault,) = faults.of_targets([report("erp", standing, composed=waiting(41, minutes=20))], {}, {}, NOW)
    assert (fault.where, fault.who, fault.gravity, fault.count) == (Where.TARGET, "erp", Gravity.GRAVE, 41)
    assert fault.says == "It takes nothing; it is probed by itself: HTTP 503. 41 deliveries wait."
    assert fault.since == NOW - timedelta(minutes=20), "what waits for longest, as each probe opens the breaker anew"


def test_a_target_that_fails_now_and_then_is_told_when_something_waits_for_long() -> None:
    slow = report("erp", Standing(Gate.OPEN), pending=waiting(1, minutes=6))
    quick = report("wms", Standing(Gate.OPEN), pending=waiting(9, minutes=1))
    (fault,) = faults.of_targets([slow, quick], {}, {"erp": "HTTP 500: no such\nitem"}, NOW)
    assert fault.says == "1 delivery waits: HTTP 500: no such\\nitem."


def test_what_a_target_has_and_is_to_confirm_waits_for_nobody_here() -> None:
    handed_over = report("erp", Standing(Gate.OPEN), awaiting=waiting(3, hours=2))
    assert faults.of_targets([handed_over], {}, {}, NOW) == []


def test_what_is_paused_or_being_maintained_is_no_fault_while_nothing_waits() -> None:
    idle = [report("erp", Standing(gate, None, None, "x")) for gate in (Gate.PAUSED, Gate.MAINTENANCE, Gate.HELD)]
    assert faults.of_targets(idle, {}, {}, NOW) == []


def test_a_partner_s_channel_is_the_partner_s_fault() -> None:
    dead = {"channel:acme/files": (waiting(2, hours=1), "no such folder")}
    (fault,) = faults.of_targets([report("channel:acme/files", Standing(Gate.OPEN))], dead, {}, NOW)
    assert (fault.where, fault.who, fault.kind) == (Where.PARTNER, "acme", "dead-letter")
    assert fault.says == "2 deliveries could not be made: no such folder."


def test_what_a_webhook_was_not_told_is_the_fault_of_whose_webhook_it_is() -> None:
    reports = [report(f"webhook:{owner}/all", Standing(Gate.BREAKER)) for owner in ("partner:acme", "system:wms")]
    dead = {"webhook:partner:acme/all": (waiting(1, hours=1), "HTTP 410")}
    acme, untold, wms = faults.of_targets(reports, dead, {}, NOW)
    assert (untold.where, untold.who, untold.kind) == (Where.PARTNER, "acme", faults.NOTIFICATION)
    assert untold.says == "1 notification could not be sent to its webhook 'all': HTTP 410."
    assert [(one.where, one.who) for one in (acme, wms)] == [(Where.PARTNER, "acme"), (Where.TARGET, "wms")]
    assert acme.says.startswith("Its webhook 'all' takes nothing")
    assert "Nothing waits" not in acme.says, "nobody has counted"


def test_every_work_item_that_pages_know_is_told_of_somebody() -> None:
    kinds = sorted(WORK_ITEMS)
    told = faults.of_matters(Matter(kind, "acme", 3, NOW, "the newest") for kind in kinds)
    assert {fault.kind for fault in told} == set(kinds) - {
        "dead-letter",
        "target",
        "credentials",
        "certificate",
        "kept",
    }
    assert set(faults.KINDS) == {fault.kind for fault in told}
    assert all("3" in fault.says for fault in told)
    (alone,) = faults.of_matters([Matter("crosswalk", "acme", 1, NOW, "Item 88-7 has no entry.")])
    assert (alone.where, alone.says) == (Where.HUB, "Item 88-7 has no entry.")
    (new,) = faults.of_matters([Matter("never heard of", None, 2, NOW, "x")])
    assert (new.where, new.says) == (Where.HUB, "2 work items: never heard of")


def test_the_hub_is_at_fault_when_arrivals_or_the_clock_wait() -> None:
    assert faults.of_queues(waiting(5, seconds=30), waiting(1, seconds=5), NOW) == []
    told = faults.of_queues(waiting(5, minutes=3), waiting(1, minutes=3), NOW)
    assert [(f.where, f.gravity) for f in told] == [(Where.HUB, Gravity.STOPPED)] * 2


def test_what_this_node_lacks_is_told_check_by_check() -> None:
    checks = (Check("store", True, "a commit took 2 ms"), Check("disk", False, "0.1 GB free, at least 0.3 GB needed"))
    (fault,) = faults.of_node(Readiness(checks))
    assert (fault.says, fault.gravity) == ("Disk: 0.1 GB free, at least 0.3 GB needed.", Gravity.STOPPED)


def test_storage_that_is_away_is_grave_and_keeps_nobody_from_sending_what_is_small() -> None:
    readiness = Readiness((Check("store", True, "fine"), Check("storage", False, "no answer", vital=False, since=NOW)))
    assert (readiness.ready, readiness.sound) == (True, False)
    (fault,) = faults.of_node(readiness)
    assert (fault.who, fault.says, fault.gravity, fault.since) == (
        "storage",
        "There is trouble with larger files: no answer.",
        Gravity.GRAVE,
        NOW,
    )
    assert faults.of_storage("no answer", NOW) == fault


def test_a_partner_that_is_late_by_its_habits_is_told() -> None:
    late = Rhythm("acme", NOW - timedelta(hours=30), timedelta(hours=4))
    fine = Rhythm("birch", NOW - timedelta(hours=3), timedelta(hours=4))
    assert [f.who for f in faults.of_partners([late, fine], NOW)] == ["acme"]


def test_worst_first_is_what_stops_then_what_is_grave_and_concerns_most() -> None:
    def fault(who: str, gravity: Gravity, count: int, minutes: int | None) -> Fault:
        since = None if minutes is None else NOW - timedelta(minutes=minutes)
        return Fault(Where.TARGET, who, gravity, "", since, "", count=count)

    mixed = [
        fault("look", Gravity.LOOK, 900, 900),
        fault("one", Gravity.GRAVE, 1, 500),
        fault("many", Gravity.GRAVE, 41, 14),
        fault("one, later", Gravity.GRAVE, 1, 5),
        fault("all", Gravity.STOPPED, 1, None),
    ]
    assert [f.who for f in faults.worst_first(mixed)] == ["all", "many", "one", "one, later", "look"]
