"""Replays of many documents: shown before anything is written, confirmed with a reason, told one by one.

A preview writes one line of the audit trail and nothing else: who looked at what, and the fingerprint of what each
document would become. Confirming names that line. Each document is replayed in a transaction of its own that is taken
back when it would become anything else than was shown; what is done stays done, and confirming again goes on with the
rest, whatever broke off.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from hashlib import sha256

from canonical.finding import Finding
from hub.errors import OperationRefused
from hub.inspection.comparison import Difference, document_differences
from hub.inspection.side_by_side import Row, side_by_side
from hub.operator.operations import Outcome, in_words
from hub.operator.selection import Selection, to_replay
from hub.pipeline.basis import Basis
from hub.pipeline.effect import Act, DeliveryEffect, Effect
from hub.pipeline.replay import Decision, HasChanged, NotReplayable, Replays, replay_transmission
from hub.services import HubServices
from hub.store.ids import new_id
from hub.store.schema.records import StoredDelivery, StoredDocument, StoredEvent, Transmission
from hub.store.traffic import documents, transmissions
from hub.store.trail import events

LIMIT = 1000
"""Documents of one preview."""

LINES = 2000
"""Lines of a payload that are compared for people to see; a longer one is told apart by its digest alone."""

PREVIEWED = "replay.previewed"
REFUSED = "replay.refused"
ARRIVES_AGAIN = "arrives once more"


@dataclass(frozen=True, slots=True)
class Line:
    """What one document would become, in short. ``acts`` says of each target what becomes of its delivery; ``refused``
    why the document cannot be replayed."""

    id: str
    label: str
    was: str = ""
    becomes: str = ""
    reason: str | None = None
    fields: int = 0
    gone: int = 0
    come: int = 0
    lifted: int = 0
    acts: dict[str, str] | None = None
    refused: str | None = None
    fingerprint: str = ""

    @property
    def sends(self) -> bool:
        return any(act in (Act.MADE, Act.REPLACED) for act in (self.acts or {}).values())


@dataclass(frozen=True, slots=True)
class Preview:
    """What was shown to whom. ``id`` is what a confirmation names."""

    id: str
    actor: str
    basis: Basis
    selection: Selection
    lines: tuple[Line, ...]

    def counts(self) -> dict[str, int]:
        """How many documents end how, and how many deliveries are made, replaced, kept, ended or left."""
        told: dict[str, int] = {}
        for line in self.lines:
            words = ["not replayable"] if line.refused else [line.becomes, *(line.acts or {}).values()]
            for word in words:
                told[word] = told.get(word, 0) + 1
        return told


@dataclass(frozen=True, slots=True)
class DeliveryDetail:
    """One target: what it got under ``replaced_key``, what it would get under ``key``, line beside line. ``note`` says
    what the rows do not."""

    act: Act
    target: str
    key: str
    replaced: str | None
    replaced_key: str | None
    replaced_status: str | None
    rows: list[Row]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """One document of a preview in full. ``stale``: it would not become any more what was shown."""

    line: Line
    document: StoredDocument | None = None
    profile_version: int | None = None
    crosswalk_revision: int | None = None
    differences: tuple[Difference, ...] = ()
    gone: tuple[Finding, ...] = ()
    come: tuple[Finding, ...] = ()
    deliveries: tuple[DeliveryDetail, ...] = ()
    lifted: tuple[StoredDelivery, ...] = ()
    waiting: int = 0
    answers: tuple[str, ...] = ()
    stale: bool = False


def preview(services: HubServices, selection: Selection, basis: Basis, *, actor: str) -> Preview:
    """Looks at a replay of all that is selected. Raises OperationRefused when that is nothing, or more than LIMIT."""
    with services.store.read() as tx:
        ids = to_replay(tx, selection, LIMIT)
    replays = Replays(services, basis)
    shown = Preview(new_id("pv"), actor, basis, selection, tuple(_look(services, replays, one)[0] for one in ids))
    data = {
        "profile": basis.value,
        "selection": selection.model_dump(mode="json", exclude={"ids"}, exclude_none=True),
        "chosen_by": selection.in_words(),
        "lines": [asdict(line) for line in shown.lines],
    }
    now = services.clock()
    with services.store.begin() as tx:
        events.record(tx, PREVIEWED, shown.id, partner=selection.partner, actor=actor, data=data, now=now)
    return shown


def shown(services: HubServices, preview_id: str) -> Preview:
    """A preview as it was shown. Raises OperationRefused when there is none of this id."""
    with services.store.read() as tx:
        told = next((one for one in events.of_subject(tx, preview_id) if one.kind == PREVIEWED), None)
    if told is None:
        raise OperationRefused("There is no preview of this id.")
    return _preview(told)


def _preview(told: StoredEvent) -> Preview:
    lines = tuple(Line(**line) for line in told.data["lines"])
    named = Selection.model_validate(told.data["selection"])
    selection = named if named.filter else Selection(ids=tuple(line.id for line in lines))
    return Preview(told.subject_id, told.actor, Basis(told.data["profile"]), selection, lines)


def details(services: HubServices, of: Preview, first: int, count: int) -> list[Detail]:
    """Some documents of a preview in full, computed anew."""
    replays, found = Replays(services, of.basis), []
    for line in of.lines[first : first + count]:
        now, effect = _look(services, replays, line.id)
        found.append(_detail(effect, line, stale=now.fingerprint != line.fingerprint))
    return found


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of the documents of one round; ``left`` are still to be done."""

    outcomes: list[Outcome]
    left: int


def confirm(
    services: HubServices, preview_id: str, *, reason: str, actor: str, seconds: float | None = None
) -> Confirmed:
    """Replays what a preview showed, in its order, for as long as ``seconds`` say. What is done already is passed over.
    Raises OperationRefused without a reason."""
    if not reason.strip():
        raise OperationRefused("Say why: the reason is kept with the trace.")
    of = shown(services, preview_id)
    replays, outcomes = Replays(services, of.basis), list[Outcome]()
    decision = Decision(reason, actor, {"preview": of.id, "chosen_by": of.selection.in_words()})
    done = {outcome.id for outcome in done_of(services, of).outcomes}
    todo = [line for line in of.lines if line.refused is None and line.id not in done]
    began = time.monotonic()
    while todo and (seconds is None or not outcomes or time.monotonic() - began < seconds):
        outcomes.append(_confirm(services, replays, todo.pop(0), decision))
    services.wake()
    return Confirmed(outcomes, len(todo))


def look_again(services: HubServices, preview_id: str, *, seconds: float) -> Confirmed:
    """Whether confirming a preview now would still do what it showed, document by document; nothing is written."""
    of = shown(services, preview_id)
    replays, outcomes = Replays(services, of.basis), list[Outcome]()
    done = {outcome.id for outcome in done_of(services, of).outcomes}
    todo = [line for line in of.lines if line.refused is None and line.id not in done]
    began = time.monotonic()
    while todo and (not outcomes or time.monotonic() - began < seconds):
        line = todo.pop(0)
        now, _ = _look(services, replays, line.id)
        same = now.fingerprint == line.fingerprint
        told = f"would be replayed: {now.becomes}" if same else "It has changed since it was shown: look at it again."
        outcomes.append(Outcome(line.id, same, told))
    return Confirmed(outcomes, len(todo))


@dataclass(frozen=True, slots=True)
class Done:
    """What confirming a preview has made so far of its documents, or why one was left as it is."""

    outcomes: list[Outcome]
    reason: str = ""
    actor: str = ""


def done_of(services: HubServices, of: Preview) -> Done:
    with services.store.read() as tx:
        found = [(line, event) for line in of.lines for event in events.of_subject(tx, line.id)]
    told = [(line, event) for line, event in found if event.data.get("preview") == of.id]
    if not told:
        return Done([])
    _, last = told[-1]
    return Done([_outcome(line, event) for line, event in told], last.data["reason"], last.actor)


def _outcome(line: Line, event: StoredEvent) -> Outcome:
    if event.kind == REFUSED:
        return Outcome(line.id, False, event.data["refused"])
    return Outcome(line.id, True, f"replayed as {event.data['as']}: {event.data.get('outcome', ARRIVES_AGAIN)}")


def _confirm(services: HubServices, replays: Replays, line: Line, decision: Decision) -> Outcome:
    document, arrival = _found(services, line.id)
    try:
        if document is not None:
            return Outcome(line.id, True, in_words(replays.perform(document, decision, line.fingerprint)))
        if arrival is None or _of_arrival(arrival).fingerprint != line.fingerprint:
            raise HasChanged("It has changed since it was shown: look at it again.")
        return Outcome(line.id, True, f"replayed as {replay_transmission(services, arrival, decision).id}")
    except NotReplayable as refusal:
        _note_refusal(services, document or arrival, line, decision, str(refusal))
        return Outcome(line.id, False, str(refusal))


def _note_refusal(
    services: HubServices, of: StoredDocument | Transmission | None, line: Line, decision: Decision, why: str
) -> None:
    data, now = {"reason": decision.reason, "refused": why} | decision.more, services.clock()
    partner = of.partner if of else None
    with services.store.begin() as tx:
        events.record(tx, REFUSED, line.id, partner=partner, actor=decision.actor, data=data, now=now)


def _look(services: HubServices, replays: Replays, one: str) -> tuple[Line, Effect | None]:
    document, arrival = _found(services, one)
    if document is None:
        missing = Line(one, one, refused="There is no document or arrival of this id.")
        return (_of_arrival(arrival) if arrival else missing), None
    label = f"{document.type.replace('_', ' ')} {document.number} of {document.partner}"
    try:
        effect = replays.look(document)
    except NotReplayable as refusal:
        return Line(one, label, document.status, refused=str(refusal)), None
    return _line(label, effect), effect


def _found(services: HubServices, one: str) -> tuple[StoredDocument | None, Transmission | None]:
    with services.store.read() as tx:
        return documents.get(tx, one), transmissions.get(tx, one)


def _of_arrival(arrival: Transmission) -> Line:
    """A refused or quarantined arrival is taken in once more; what comes of that nobody knows before."""
    label = f"{arrival.file_name or arrival.transport_id or 'transmission'} from {arrival.channel}"
    if arrival.status not in ("rejected", "quarantined"):
        return Line(arrival.id, label, arrival.status, refused=f"It is {arrival.status}: replay its documents instead.")
    fingerprint = sha256(f"{arrival.id} {arrival.status} {arrival.sha256}".encode()).hexdigest()
    return Line(arrival.id, label, arrival.status, ARRIVES_AGAIN, fingerprint=fingerprint)


def _line(label: str, effect: Effect) -> Line:
    gone, come = _findings(effect)
    return Line(
        effect.old.id,
        label,
        effect.old.status,
        effect.new.status,
        effect.new.reason,
        len(_differences(effect)),
        len(gone),
        len(come),
        len(effect.lifted),
        {one.target: one.act.value for one in effect.deliveries},
        fingerprint=effect.fingerprint,
    )


def _differences(effect: Effect) -> tuple[Difference, ...]:
    """Of one whose text is not kept any more its hash still tells that it is the same."""
    if effect.old.canonical_hash == effect.new.canonical_hash:
        return ()
    return tuple(document_differences(effect.old.canonical, effect.new.canonical))


def _findings(effect: Effect) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    old, new = ([Finding.model_validate(row) for row in of.findings] for of in (effect.old, effect.new))
    return tuple(one for one in old if one not in new), tuple(one for one in new if one not in old)


def _detail(effect: Effect | None, line: Line, *, stale: bool) -> Detail:
    if effect is None:
        return Detail(line, stale=stale)
    gone, come = _findings(effect)
    return Detail(
        line,
        effect.old,
        effect.profile_version,
        effect.crosswalk_revision,
        _differences(effect),
        gone,
        come,
        tuple(map(_delivery, effect.deliveries)),
        effect.lifted,
        effect.waiting,
        tuple(f"{answer.kind} {answer.verdict}" for answer in effect.answers),
        stale,
    )


def _delivery(of: DeliveryEffect) -> DeliveryDetail:
    replaced = of.replaces if of.act is not Act.MADE else None
    rows, note = _payload_rows(of)
    return DeliveryDetail(
        of.act,
        of.target,
        of.key,
        replaced.id if replaced else None,
        replaced.idempotency_key if replaced else None,
        replaced.status if replaced else None,
        rows,
        note,
    )


def _payload_rows(of: DeliveryEffect) -> tuple[list[Row], str]:
    if of.gets is None:
        return [], ""
    if of.gets.unfit:
        return [], of.gets.unfit
    old = of.got.lines if of.got else ()
    if max(len(old), len(of.gets.lines)) > LINES:
        same = of.got is not None and of.got.digest == of.gets.digest
        return [], f"Of more than {LINES} lines, {'the same' if same else 'not the same'} as before; too many to show."
    rows = side_by_side(old, of.gets.lines)
    return rows, "" if rows else "The target would get the same again."
