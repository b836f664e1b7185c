"""Computing: what reads bytes runs where ``services.computing`` runs it, in a child process or in this one.

A document goes there with all that decides about it, its profile, the partner's crosswalk and the routes, and comes
back as an ``Outcome``. Two tasks: the scan of a file, and judge to route of one document.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from mmap import mmap
from typing import Annotated, NamedTuple, TypeAlias, cast

from pydantic import Field, TypeAdapter

from channels.channel import Codec
from hub.compute.port import Asking, Body, Computing, InProcess, Item, Task, TaskFailed
from hub.pipeline.advise import advise
from hub.pipeline.check import check
from hub.pipeline.forms.reading import READERS
from hub.pipeline.forms.scanned import Scanned, Sought
from hub.pipeline.outcome import Outcome, outcome_of, quarantined
from hub.pipeline.partner_rules import Rules
from hub.pipeline.piece import FilePlace, Piece, X12Place
from hub.pipeline.route import route
from hub.pipeline.translate import apply_crosswalk
from hub.settings import HubSettings
from hub.store.schema.records import CrosswalkRow
from partners.crosswalk import Crosswalk
from partners.pinned import Pinned
from partners.profile import TradingPartner

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _ScanOrder:
    """An arrival on its way to a child. The profiles are named by the keys of facts."""

    body: int
    codec: Codec
    name: str
    channel: str | None
    profiles: tuple[str, ...]
    received_at: datetime | None


class _Order(NamedTuple):
    """A piece on its way to a child. Profile, crosswalk and settings are named by the keys of facts."""

    body: int
    profile: str
    version: int
    crosswalk: str
    settings: str
    direction: str
    usage_indicator: str
    ordinal: int
    place: Annotated[X12Place | FilePlace | None, Field(union_mode="left_to_right")]
    codec: Codec
    names_partner: bool
    released: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Rows:
    rows: tuple[CrosswalkRow, ...]
    revision: int


_SCAN_ORDER = TypeAdapter(_ScanOrder)
_SCANNED: TypeAdapter[Scanned] = TypeAdapter(Scanned)
_ORDER = TypeAdapter(_Order)
_OUTCOME = TypeAdapter(Outcome)
_ROWS = TypeAdapter(_Rows)

# ---- here


@dataclass(frozen=True, slots=True)
class ScanJob:
    """To compute: the scan of a body of this size and form. ``name`` is what its sender calls it, ``profiles`` are
    those whose mappings may read it, of this ``channel`` or, None, of any; it came at ``received_at``."""

    body: Body
    size: int
    codec: Codec
    name: str = ""
    channel: str | None = None
    profiles: tuple[Pinned, ...] = ()
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PieceJob:
    """To compute: what one document comes to."""

    body: Body
    piece: Piece
    rules: Rules


Job: TypeAlias = ScanJob | PieceJob


def ask(
    computing: Computing | None, jobs: Sequence[Job], alive: Callable[[], object], *, patient: bool = True
) -> Asking | None:
    """Has jobs of one kind worked; see ``Computing.ask``. ``answer_of`` reads the answers."""
    bodies = list({id(job.body): job.body for job in jobs}.values())
    numbers = {id(body): number for number, body in enumerate(bodies)}
    facts: dict[str, Callable[[], str]] = {}
    items = []
    for job in jobs:
        number = numbers[id(job.body)]
        if isinstance(job, ScanJob):
            profiles = tuple(_profile_fact(pinned, facts) for pinned in job.profiles)
            scan = _ScanOrder(number, job.codec, job.name, job.channel, profiles, job.received_at)
            items.append(Item(_SCAN_ORDER.dump_json(scan), job.size))
        else:
            order = _ORDER.dump_json(_ordered(job.piece, number, job.rules, facts))
            items.append(Item(order, job.piece.size))
    task = "scan" if isinstance(jobs[0], ScanJob) else "work"
    return (computing or IN_PROCESS).ask(task, items, bodies, facts, alive, patient=patient)


def scanned_now(computing: Computing | None, job: ScanJob) -> Scanned:
    """The scan of one body, for whoever has asked and waits. Raises ChildDied, TaskFailed, ComputingUnavailable."""
    return cast(Scanned, _result_of(computing, job))


def worked_now(computing: Computing | None, job: PieceJob) -> Outcome:
    """What one piece comes to, likewise."""
    return cast(Outcome, _result_of(computing, job))


def _result_of(computing: Computing | None, job: Job) -> Scanned | Outcome:
    asking = ask(computing, [job], lambda: None)
    assert asking is not None
    with closing(asking):
        [answer] = asking
    return answer_of(job, answer)


def answer_of(job: Job, answer: bytes) -> Scanned | Outcome:
    """An answer read as data. Raises TaskFailed for one of another shape, as if the task had raised."""
    try:
        return _SCANNED.validate_json(answer) if isinstance(job, ScanJob) else _outcome_in(answer)
    except ValueError as error:
        raise TaskFailed(type(error).__name__) from error


def _outcome_in(lines: bytes) -> Outcome:
    """What ``_lines_of`` wrote."""
    rest, canonical, provenance = lines.split(b"\n")
    read = _OUTCOME.validate_json(rest)
    return read._replace(canonical=canonical.decode() or None, provenance=provenance.decode() or None)


def _ordered(piece: Piece, body: int, rules: Rules, facts: dict[str, Callable[[], str]]) -> _Order:
    profile = _profile_fact(piece.pinned, facts)
    crosswalk, settings = f"crosswalk {piece.pinned.key} {rules.revision}", f"settings {rules.settings_version}"
    facts.setdefault(settings, rules.settings.model_dump_json)
    facts.setdefault(crosswalk, lambda: _ROWS.dump_json(_Rows(rules.rows, rules.revision)).decode())
    return _Order(
        body=body,
        profile=profile,
        version=piece.pinned.version,
        crosswalk=crosswalk,
        settings=settings,
        direction=piece.direction,
        usage_indicator=piece.usage_indicator,
        ordinal=piece.ordinal,
        place=piece.x12.alone() if piece.x12 is not None else piece.place,
        codec=piece.codec,
        names_partner=piece.names_partner,
        released=tuple(sorted(piece.released)),
    )


def _profile_fact(pinned: Pinned, facts: dict[str, Callable[[], str]]) -> str:
    key = f"profile {pinned.key} {pinned.version}"
    facts.setdefault(key, pinned.partner.model_dump_json)
    return key


# ---- there


def _scan(item: bytes, bodies: Sequence[bytes | mmap], facts: Mapping[str, str]) -> bytes:
    order = _SCAN_ORDER.validate_json(item)
    profiles = [_profile(facts[profile]) for profile in order.profiles]
    sought = Sought(order.name, order.channel, tuple(profiles), order.received_at)
    return _SCANNED.dump_json(READERS[order.codec].scan(bodies[order.body], sought))


def _work(item: bytes, bodies: Sequence[bytes | mmap], facts: Mapping[str, str]) -> bytes:
    order = _ORDER.validate_json(item)
    pinned = _pinned(facts[order.profile], order.version)
    released = frozenset(order.released)
    piece = Piece(
        pinned,
        order.direction,
        order.usage_indicator,
        order.ordinal,
        order.place,
        order.codec,
        order.names_partner,
        released=released,
    )
    crosswalk = _crosswalk(facts[order.crosswalk], facts[order.profile])
    outcome = advance(piece, bodies[order.body], crosswalk, _settings(facts[order.settings]))
    return _lines_of(outcome)


def _lines_of(outcome: Outcome) -> bytes:
    """The two JSON texts of an outcome stand in lines of their own, as they are stored: quoted inside the JSON of the
    rest they would cost as much as writing their rows does."""
    rest = _OUTCOME.dump_json(outcome._replace(canonical=None, provenance=None))
    return b"\n".join([rest, (outcome.canonical or "").encode(), (outcome.provenance or "").encode()])


def advance(piece: Piece, body: bytes | mmap, crosswalk: Crosswalk, settings: HubSettings) -> Outcome:
    """One document through the computing steps. Bad data never raises; what does is our own fault, and quarantines this
    document alone."""
    try:
        READERS[piece.codec].read(piece, body)
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


@lru_cache(256)
def _pinned(text: str, version: int) -> Pinned:
    """Kept for the next document: it keeps what it has worked out of the profile."""
    return Pinned(_profile(text), version)


@lru_cache(16)
def _settings(text: str) -> HubSettings:
    return HubSettings.model_validate_json(text)


@lru_cache(64)
def _crosswalk(text: str, profile: str) -> Crosswalk:
    kept = _ROWS.validate_json(text)
    return Crosswalk(kept.rows, _profile(profile), revision=kept.revision)


TASKS: dict[str, Task] = {"scan": _scan, "work": _work}

IN_PROCESS = InProcess(TASKS)
