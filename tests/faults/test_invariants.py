"""The checker itself: a run in which all was well has no violation, and each invariant finds its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.faults.harness.history import Kind, Op
from tests.faults.harness.invariants import (
    INVARIANTS,
    Answered,
    Arrived,
    Delivered,
    Effect,
    Evidence,
    Stored,
    violations,
)

ORDER, CHANGE, OURS = "purchase_order:1", "purchase_order_change:1", "purchase_order:2"


def good() -> Evidence:
    """An order, its change, and an order of ours that went out as a file."""
    taken = [Op(Kind.OK, "api", (key,), group, f"sha{group}", 10, 0.0, f"tr{group}") for key, group in _GOOD]
    return Evidence(
        history=taken,
        arrivals=[Arrived(f"tr{group}", f"sha{group}", 10, "processed") for _, group in _GOOD],
        documents=[Stored(key, "routed") for key, _ in _GOOD],
        deliveries=[Delivered("erp", f"k-{key}", key, "delivered") for key in (ORDER, CHANGE)],
        effects=[Effect("erp", f"k-{key}", key) for key in (ORDER, CHANGE)],
        sends={f"k-{ORDER}": [1.0, 3.0, 4.0], f"k-{CHANGE}": [5.0]},
        kills=[2.0],
        interruptions=1,
        answers=[Answered(1, "A"), Answered(2, "A")],
        files=[OURS],
        numbers={"customer": [1, 2]},
        bytes_in=30,
    )


_GOOD = ((ORDER, 1), (CHANGE, 2), (OURS, 0))


def test_a_run_in_which_all_was_well_has_no_violation() -> None:
    assert violations(good()) == []


BAD: dict[str, tuple[str, Callable[[Evidence], Evidence]]] = {
    "an acknowledged arrival is gone": (
        "a acknowledged is stored",
        lambda run: replace(run, arrivals=[*run.arrivals[1:], Arrived("tr9", "sha9", 10, "processed")]),
    ),
    "it is stored under another id than the door named": (
        "a acknowledged is stored",
        lambda run: replace(run, arrivals=[Arrived("tr9", "sha1", 10, "processed"), *run.arrivals[1:]]),
    ),
    "a document is gone": ("b one final state", lambda run: replace(run, documents=run.documents[1:])),
    "a document is there twice": (
        "b one final state",
        lambda run: replace(run, documents=[*run.documents, run.documents[0]]),
    ),
    "something good was quarantined": (
        "b one final state",
        lambda run: replace(run, documents=[Stored(ORDER, "quarantined"), *run.documents[1:]]),
    ),
    "an arrival was quarantined": (
        "b one final state",
        lambda run: replace(run, arrivals=[replace(run.arrivals[0], status="quarantined"), *run.arrivals[1:]]),
    ),
    "documents hang in the middle": ("b one final state", lambda run: replace(run, in_flight=1)),
    "a delivery took no effect": ("c one effect", lambda run: replace(run, effects=run.effects[:1])),
    "an order took effect under two keys": (
        "c one effect",
        lambda run: replace(run, effects=[*run.effects, Effect("erp", "k-other", ORDER)]),
    ),
    "a delivery is a dead letter": (
        "c one effect",
        lambda run: replace(run, deliveries=[replace(run.deliveries[0], status="dead"), *run.deliveries[1:]]),
    ),
    "an order of ours lies in two files": ("c one effect", lambda run: replace(run, files=[OURS, OURS])),
    "an order of ours went nowhere": ("c one effect", lambda run: replace(run, files=[])),
    "more was sent than interruptions explain": (
        "c no more sends than interruptions",
        lambda run: replace(run, interruptions=0),
    ),
    "it was sent again without a kill in between": (
        "c no more sends than interruptions",
        lambda run: replace(run, kills=[4.5]),
    ),
    "a group was not answered": ("d answered once", lambda run: replace(run, answers=run.answers[1:])),
    "a group was answered twice": (
        "d answered once",
        lambda run: replace(run, answers=[*run.answers, Answered(1, "A")]),
    ),
    "an answer contradicts": (
        "d answered once",
        lambda run: replace(run, answers=[Answered(1, "R"), Answered(2, "A")]),
    ),
    "something was answered that nobody sent": (
        "d answered once",
        lambda run: replace(run, answers=[*run.answers, Answered(7, "A")]),
    ),
    "two interchanges have one number": (
        "e control numbers unique",
        lambda run: replace(run, numbers={"customer": [1, 2, 2]}),
    ),
    "a change came before its order": ("f order of a key", lambda run: replace(run, effects=run.effects[::-1])),
    "a change came without its order": (
        "f order of a key",
        lambda run: replace(run, effects=run.effects[1:], deliveries=run.deliveries[1:]),
    ),
    "the ledger misses bytes": ("g bytes accounted", lambda run: replace(run, bytes_in=29)),
    "the ledger does not balance": ("g bytes accounted", lambda run: replace(run, bytes_difference=1)),
    "fewer bytes are stored than were sent": (
        "g bytes accounted",
        lambda run: replace(run, arrivals=[replace(run.arrivals[0], size=9), *run.arrivals[1:]], bytes_in=29),
    ),
    "the audit chain is broken": ("h audit chain", lambda run: replace(run, defects=[("audit", "broken")])),
    "a temporary file is left": ("i nothing left over", lambda run: replace(run, leftovers=[".x.part"])),
    "hub verify finds a defect": ("verify", lambda run: replace(run, defects=[("bytes", "damaged")])),
}


@pytest.mark.parametrize("case", BAD)
def test_each_violation_is_found_by_its_invariant(case: str) -> None:
    name, spoil = BAD[case]
    assert any(found.startswith(f"{name}: ") for found in violations(spoil(good()))), case


def test_every_invariant_has_a_violation_here() -> None:
    assert {name for name, _ in BAD.values()} == set(INVARIANTS)
