"""Computing: what reads bytes runs where ``services.computing`` runs it, in a child process or in this one.

A document goes there with all that decides about it, its profile, the partner's crosswalk and the routes, and comes
back as an ``Outcome``. Two tasks: the scan of a file, and judge to route of one document.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from mmap import mmap
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from channels.x12.envelope import Scan, scan
from hub.compute.port import Body, Computing, InProcess, Item, Task, TaskFailed
from hub.pipeline.advise import advise
from hub.pipeline.check import check
from hub.pipeline.judge import judge
from hub.pipeline.outcome import Outcome, outcome_of, quarantined
from hub.pipeline.piece import Piece, X12Place
from hub.pipeline.route import route
from hub.pipeline.translate import apply_crosswalk, translate
from hub.settings import HubSettings
from hub.store.records import CrosswalkRow
from partners.crosswalk import Crosswalk
from partners.pinned import Pinned
from partners.profile import TradingPartner

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scanned:
    """A file's envelopes, and the SHA-256 of each interchange's own bytes."""

    scan: Scan
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides about documents of one partner beside its profile, at one moment."""

    settings: HubSettings
    settings_version: int
    rows: tuple[CrosswalkRow, ...] = ()
    revision: int = 0


@dataclass(frozen=True, slots=True)
class _Order:
    """A piece on its way to a child. Profile, crosswalk and settings are named by the keys of facts."""

    body: int
    profile: str
    version: int
    crosswalk: str
    settings: str
    direction: str
    usage_indicator: str
    ordinal: int
    place: X12Place | None
    released: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Rows:
    rows: tuple[CrosswalkRow, ...]
    revision: int


_SCANNED = TypeAdapter(Scanned)
_ORDER = TypeAdapter(_Order)
_OUTCOME = TypeAdapter(Outcome)
_ROWS = TypeAdapter(_Rows)


# ---- here


def scan_bodies(
    computing: Computing | None, bodies: Sequence[tuple[Body, int]], alive: Callable[[], object]
) -> Iterator[Scanned]:
    """The scan of each body, given with its size. Raises what ``Computing.ask`` raises."""
    items = [Item(index, size) for index, (_, size) in enumerate(bodies)]
    for answer in (computing or IN_PROCESS).ask("scan", items, [body for body, _ in bodies], {}, alive):
        yield _validated(_SCANNED, answer)


def work_pieces(
    computing: Computing | None, pieces: Sequence[tuple[Piece, Body, Rules]], alive: Callable[[], object]
) -> Iterator[Outcome]:
    """What each piece comes to, in their order. Raises what ``Computing.ask`` raises."""
    bodies = list({id(body): body for _, body, _ in pieces}.values())
    numbers = {id(body): number for number, body in enumerate(bodies)}
    facts: dict[str, Callable[[], str]] = {}
    items = []
    for piece, body, rules in pieces:
        order = _ordered(piece, numbers[id(body)], rules, facts)
        size = piece.place.span.length if piece.place else len(body) if isinstance(body, bytes) else 0
        items.append(Item(_ORDER.dump_python(order, mode="json"), size))
    for answer in (computing or IN_PROCESS).ask("work", items, bodies, facts, alive):
        yield _validated(_OUTCOME, answer)


def _ordered(piece: Piece, body: int, rules: Rules, facts: dict[str, Callable[[], str]]) -> _Order:
    partner, version = piece.pinned.partner, piece.pinned.version
    profile = f"profile {partner.partner} {version}"
    crosswalk, settings = f"crosswalk {partner.partner} {rules.revision}", f"settings {rules.settings_version}"
    facts.setdefault(profile, partner.model_dump_json)
    facts.setdefault(settings, rules.settings.model_dump_json)
    facts.setdefault(crosswalk, lambda: _ROWS.dump_json(_Rows(rules.rows, rules.revision)).decode())
    place = piece.place
    if place is not None:  # the set alone, without its neighbours
        interchange = replace(place.interchange, groups=(), ta1=(), findings=())
        place = replace(place, interchange=interchange, group=replace(place.group, sets=()))
    return _Order(
        body,
        profile,
        version,
        crosswalk,
        settings,
        piece.direction,
        piece.usage_indicator,
        piece.ordinal,
        place,
        tuple(sorted(piece.released)),
    )


def _validated(form: TypeAdapter[T], answer: Any) -> T:
    """An answer read as data. One of another shape is a fault of ours, as if the task had raised."""
    try:
        return form.validate_python(answer)
    except ValidationError as error:
        raise TaskFailed(type(error).__name__) from error


# ---- there


def _scan(item: Any, bodies: Sequence[bytes | mmap], _facts: Mapping[str, str]) -> Any:
    body = bodies[item]
    found = scan(body)
    with memoryview(body) as view:
        digests = [sha256(view[i.offset : i.offset + i.length]).hexdigest() for i in found.interchanges]
    return _SCANNED.dump_python(Scanned(found, tuple(digests)), mode="json")


def _work(item: Any, bodies: Sequence[bytes | mmap], facts: Mapping[str, str]) -> Any:
    order = _ORDER.validate_python(item)
    pinned = Pinned(_profile(facts[order.profile]), order.version)
    released = frozenset(order.released)
    piece = Piece(pinned, order.direction, order.usage_indicator, order.ordinal, order.place, released=released)
    crosswalk = _crosswalk(facts[order.crosswalk], facts[order.profile])
    outcome = advance(piece, bodies[order.body], crosswalk, _settings(facts[order.settings]))
    return _OUTCOME.dump_python(outcome, mode="json")


def advance(piece: Piece, body: bytes | mmap, crosswalk: Crosswalk, settings: HubSettings) -> Outcome:
    """One document through the computing steps. Bad data never raises; what does is our own fault, and quarantines this
    document alone."""
    try:
        judge(piece, body)
        translate(piece, body)
        apply_crosswalk(piece, crosswalk)
        check(piece)
        route(piece, settings)
        advise(piece)
        return outcome_of(piece)
    except MemoryError:
        raise  # what filled the memory may have been another document: the process is not to be used any more
    except Exception as error:
        log.exception("a document could not be processed")
        kind = type(error).__name__
        return quarantined(piece, f"The hub could not process this document ({kind}). Its bytes are kept.")


@lru_cache(256)
def _profile(text: str) -> TradingPartner:
    return TradingPartner.model_validate_json(text)


@lru_cache(16)
def _settings(text: str) -> HubSettings:
    return HubSettings.model_validate_json(text)


@lru_cache(64)
def _crosswalk(text: str, profile: str) -> Crosswalk:
    kept = _ROWS.validate_json(text)
    return Crosswalk(kept.rows, _profile(profile), revision=kept.revision)


TASKS: dict[str, Task] = {"scan": _scan, "work": _work}

IN_PROCESS = InProcess(TASKS)
