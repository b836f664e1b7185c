"""What must be true after every run, whatever happened in it: invariants (a) to (i) of the catalogue.

Pure: evidence in, violations in plain words out. ``test_invariants.py`` has a made-up violation of each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.faults.harness.history import Kind, Op

FINAL = frozenset({"routed", "reconciled", "rejected"})
"""Where documents of senders may end in a run whose every message is good."""

WORKED = frozenset({"processed", "duplicate"})
"""Where arrivals may end in such a run."""

DELIVERED = frozenset({"delivered", "acknowledged"})


@dataclass(frozen=True, slots=True)
class Arrived:
    """A stored arrival. ``sets`` is what its scan counted."""

    id: str
    sha256: str
    size: int
    status: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored document of a sender."""

    key: str
    status: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """A stored delivery to a target over HTTP."""

    target: str
    idempotency_key: str
    key: str
    status: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What a receiver holds, in the order in which it came."""

    target: str
    idempotency_key: str
    key: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What one file said of one group of a partner's: AK102 and AK901."""

    group: int
    verdict: str


@dataclass
class Evidence:
    """All that is left of a run. ``kills`` are the instants at which the only node was found dead, ``interruptions``
    counts what else may have cut attempts off: breaks of what a node rests on, answers of targets that were lost, and
    kills where there are several nodes."""

    history: list[Op] = field(default_factory=list)
    arrivals: list[Arrived] = field(default_factory=list)
    documents: list[Stored] = field(default_factory=list)
    deliveries: list[Delivered] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    sends: Mapping[str, Sequence[float]] = field(default_factory=dict)  # instants, by idempotency key
    kills: Sequence[float] = ()
    interruptions: int = 0
    answers: list[Answered] = field(default_factory=list)
    files: list[str] = field(default_factory=list)  # keys of documents in partners' folders, one for each file
    numbers: Mapping[str, list[int]] = field(default_factory=dict)  # ISA13s and GS06s of files that a partner has
    bytes_in: int = 0  # by the ledger
    bytes_difference: int = 0
    in_flight: int = 0
    defects: list[tuple[str, str]] = field(default_factory=list)  # of ``hub verify``: check, what it says
    leftovers: list[str] = field(default_factory=list)  # after the sweep


def _acknowledged_is_stored(run: Evidence) -> Iterator[str]:
    stored = {arrival.sha256 for arrival in run.arrivals}
    ids = {arrival.id for arrival in run.arrivals}
    for op in _with(run, Kind.OK):
        if op.sha256 not in stored or (op.id and op.id not in ids):
            yield f"{op.door} took {op.keys[0]} as {op.id or 'a file'}, and it is not stored"


def _one_final_state(run: Evidence) -> Iterator[str]:
    by_key = defaultdict(list)
    for document in run.documents:
        by_key[document.key].append(document.status)
    for key in _taken(run):
        counted = [status for status in by_key[key] if status not in ("duplicate", "replaced")]
        if len(counted) != 1 or counted[0] not in FINAL:
            yield f"{key} ended as {counted or 'nothing'}"
    for arrival in run.arrivals:
        if arrival.status not in WORKED:
            yield f"arrival {arrival.id} ended as {arrival.status}"
    if run.in_flight:
        yield f"{run.in_flight} documents are still in flight"


def _one_effect(run: Evidence) -> Iterator[str]:
    effects = Counter((effect.target, effect.idempotency_key) for effect in run.effects)
    about = Counter((effect.target, effect.key) for effect in run.effects)
    for delivery in run.deliveries:
        count = effects.pop((delivery.target, delivery.idempotency_key), 0)
        if delivery.status not in DELIVERED or count != 1:
            yield f"{delivery.key} is {delivery.status} to {delivery.target} and took effect {count} times"
    for target, key in effects:
        yield f"{target} holds {key}, which no delivery has"
    yield from (f"{key} took effect {n} times at {target}" for (target, key), n in about.items() if n > 1)
    yield from (f"{key} lies in {n} files of its partner" for key, n in Counter(run.files).items() if n > 1)
    reached = {effect.key for effect in run.effects} | set(run.files)
    lost = _taken(run) - reached
    yield from (f"{key} was taken and arrived nowhere" for key in sorted(lost))


def _few_sends(run: Evidence) -> Iterator[str]:
    """A kill explains that what was sent before is sent again after it, and nothing else."""
    for key, instants in run.sends.items():
        again = [(one, next) for one, next in pairwise(instants) if not any(one <= kill <= next for kill in run.kills)]
        if len(again) > run.interruptions:
            yield f"{key} was sent at {instants}: no kill explains {again}, and there were {run.interruptions} breaks"


def _answered_once(run: Evidence) -> Iterator[str]:
    verdicts = defaultdict(list)
    for answer in run.answers:
        verdicts[answer.group].append(answer.verdict)
    taken = {op.group for op in _with(run, Kind.OK) if op.group}
    sent = {op.group for op in run.history}
    for group in sorted(taken | verdicts.keys()):
        if group not in sent:
            yield f"group {group} was answered, and nobody sent it"
        elif verdicts[group] != ["A"]:
            yield f"group {group} was answered {verdicts[group] or 'by nothing'}"


def _numbers_unique(run: Evidence) -> Iterator[str]:
    for partner, numbers in run.numbers.items():  # of each kind
        twice = [number for number, count in Counter(numbers).items() if count > 1]
        if twice:
            yield f"{partner} has {twice} twice"


def _in_order(run: Evidence) -> Iterator[str]:
    """An order before its change, at every target: both have one number."""
    place: dict[tuple[str, str], int] = {}
    for at, effect in enumerate(run.effects):
        place.setdefault((effect.target, effect.key), at)
    for (target, key), at in place.items():
        kind, _, number = key.partition(":")
        if kind == "purchase_order_change" and place.get((target, f"purchase_order:{number}"), at) >= at:
            yield f"{target} had the change of {number} before the order"


def _bytes_accounted(run: Evidence) -> Iterator[str]:
    arrived = sum(arrival.size for arrival in run.arrivals)
    if run.bytes_difference or run.bytes_in != arrived:
        yield f"{arrived} bytes came in, the ledger has {run.bytes_in} and a difference of {run.bytes_difference}"
    sizes = {arrival.sha256: arrival.size for arrival in run.arrivals}
    for op in _with(run, Kind.OK):
        if sizes.get(op.sha256, op.size) != op.size:
            yield f"of {op.keys[0]} {op.size} bytes were sent and {sizes[op.sha256]} stored"


def _chain_verifies(run: Evidence) -> Iterator[str]:
    yield from (what for check, what in run.defects if check == "audit")


def _verified(run: Evidence) -> Iterator[str]:
    yield from (f"hub verify, {check}: {what}" for check, what in run.defects if check != "audit")


def _nothing_left_over(run: Evidence) -> Iterator[str]:
    yield from (f"{path} is left over" for path in run.leftovers)


INVARIANTS: dict[str, Callable[[Evidence], Iterator[str]]] = {
    "a acknowledged is stored": _acknowledged_is_stored,
    "b one final state": _one_final_state,
    "c one effect": _one_effect,
    "c no more sends than interruptions": _few_sends,
    "d answered once": _answered_once,
    "e control numbers unique": _numbers_unique,
    "f order of a key": _in_order,
    "g bytes accounted": _bytes_accounted,
    "h audit chain": _chain_verifies,
    "i nothing left over": _nothing_left_over,
    "verify": _verified,
}


def violations(run: Evidence) -> list[str]:
    """Every violation, each with the name of its invariant; none of a run in which all was well."""
    return [f"{name}: {what}" for name, check in INVARIANTS.items() for what in check(run)]


def _taken(run: Evidence) -> set[str]:
    """What the hub took responsibility for."""
    return {key for op in _with(run, Kind.OK) for key in op.keys}


def _with(run: Evidence, kind: Kind) -> Iterator[Op]:
    return (op for op in run.history if op.kind is kind)
