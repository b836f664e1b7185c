"""An arrival under way, and what the store has of it from before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from channels.channel import Codec, Usage
from channels.x12.envelope import Interchange
from hub.catalog import Catalog, channel_usage, load_pinned, names_partner
from hub.compute.port import Body
from hub.pipeline.admission import Admission
from hub.pipeline.computing import PieceJob, ScanJob
from hub.pipeline.forms import canonical_json
from hub.pipeline.forms.reading import READERS
from hub.pipeline.forms.scanned import Documents, Interchanges, Scanned, files_channel
from hub.pipeline.partner_rules import Rules
from hub.pipeline.piece import FilePlace, Piece, X12Place
from hub.services import HubServices
from hub.states import ArrivalStatus
from hub.store.inbound import same_bytes
from hub.store.schema.records import Transmission
from hub.store.store import Tx
from hub.store.traffic import interchanges, transmissions
from partners.duplicates import OnDuplicate
from partners.pinned import Pinned

START = 64
"""Bytes that tell whether an arrival has to be scanned."""


@dataclass
class Work:
    """One arrival under way. Of X12 ``admissions`` are the interchanges in file order; documents of any other form are
    all of the partner ``pinned``. ``committed`` tells that a restart found this decided in the store already."""

    services: HubServices
    transmission: Transmission
    catalog: Catalog
    body: Body
    scanned: Scanned | None = None
    admissions: list[Admission] = field(default_factory=list)
    pinned: Pinned | None = None
    committed: bool = False
    outcome: ArrivalStatus = ArrivalStatus.PROCESSED
    reason: str | None = None
    duplicate_of: str | None = None
    repeats: OnDuplicate | None = None  # what the profile says of an arrival that repeats another
    tried: bool = False  # a child process has died over it
    known_rules: dict[str, Rules] = field(default_factory=dict)
    version: int | None = None
    """Of its partner's profile that it is read under: that of now, unless this was decided before."""

    @property
    def codec(self) -> Codec:
        return Codec.of(self.transmission.content_type)

    def stands_alone(self) -> bool:
        """Whether it is one document as it stands, which takes no scan; then that is noted."""
        if self.scanned is None and READERS[self.codec].alone(_start(self.body)):
            self.scanned = Documents((canonical_json.place(0, 0, self.transmission.size),))
        return self.scanned is not None

    def scan_job(self) -> ScanJob:
        arrival = self.transmission
        if self.codec is not Codec.FILES:
            return ScanJob(self.body, arrival.size, self.codec)
        profiles = self._candidates()
        channel = files_channel(arrival.channel, (pinned.partner for pinned in profiles))
        return ScanJob(self.body, arrival.size, self.codec, arrival.transport_id, channel, profiles, self._came_at())

    def _came_at(self) -> datetime:
        """When these bytes came in first: a replay changes no day that a mapping takes from the arrival."""
        first = self.transmission
        if first.replay_of is not None:
            with self.services.store.read() as tx:
                while first.replay_of is not None and (before := transmissions.get(tx, first.replay_of)) is not None:
                    first = before
        return first.received_at

    def _candidates(self) -> tuple[Pinned, ...]:
        """The profiles whose mappings may read it."""
        partner = self.transmission.partner
        if partner is not None and self.version is not None:
            with self.services.store.read() as tx:
                then = load_pinned(tx, partner, self.version)
            return (then,) if then else ()
        keys = (partner,) if partner else sorted(self.catalog.partners_of_channel(self.transmission.channel))
        return tuple(self.catalog.profiles[key] for key in keys if key in self.catalog.profiles)

    def job(self, piece: Piece) -> PieceJob:
        return PieceJob(self.body, piece, self.rules(piece.pinned))

    @property
    def interchanges(self) -> tuple[Interchange, ...]:
        return self.scanned.scan.interchanges if isinstance(self.scanned, Interchanges) else ()

    @property
    def partner(self) -> str | None:
        """Whose it is, as far as that is known."""
        return self.pinned.key if self.pinned else self.transmission.partner

    def profiles(self) -> Iterator[Pinned]:
        """Those that it is worked by."""
        if self.pinned is not None:
            yield self.pinned
        yield from (admission.pinned for admission in self.admissions if admission.pinned)

    def pieces(self) -> Iterator[Piece]:
        """Every document to be worked, in file order."""
        if self.outcome is not ArrivalStatus.PROCESSED:
            return
        match self.scanned:
            case Interchanges():
                yield from self._sets()
            case Documents(places=places):
                yield from self._documents(places)

    def _sets(self) -> Iterator[Piece]:
        ordinal = 0
        for admission in self.admissions:
            if admission.processed and admission.pinned is not None:
                for group, group_id in zip(admission.interchange.groups, admission.group_ids, strict=True):
                    for span in group.sets:
                        last = span is group.sets[-1]
                        place = X12Place(admission.interchange, group, span, admission.id, group_id, last)
                        usage = admission.interchange.usage_indicator
                        yield Piece(admission.pinned, "inbound", usage, ordinal=ordinal, place=place)
                        ordinal += 1

    def _documents(self, places: Iterable[FilePlace]) -> Iterator[Piece]:
        """Those of a partner come in; what a system of ours posts goes out to the partner it names."""
        assert self.pinned is not None
        door, codec = self.transmission.channel, self.codec
        system = self.catalog.system_of(door)
        usage = system.usage if system else channel_usage(self.catalog, door)
        letter = usage.indicator if usage is Usage.TEST else self.pinned.usage_letter
        direction, named = "outbound" if system else "inbound", names_partner(door)
        for ordinal, place in enumerate(places):
            yield Piece(self.pinned, direction, letter, ordinal, place, codec, names_partner=named)

    def rules(self, pinned: Pinned) -> Rules:
        """Routes, and the partner's crosswalk as it was when first asked for; arrivals of one batch share it."""
        if pinned.key not in self.known_rules:
            with self.services.store.read() as tx:
                entries = self.catalog.entries(tx, pinned.key)
            self.known_rules[pinned.key] = Rules(
                self.catalog.settings, self.catalog.settings_version, entries.rows, entries.revision
            )
        return self.known_rules[pinned.key]


@contextmanager
def step(services: HubServices, name: str, works: Iterable[Work]) -> Iterator[None]:
    """A step at which these arrivals are worked together, timed."""
    with services.metrics.step(name), services.traces.step(name, (work.transmission.id for work in works)):
        yield


def _start(body: Body) -> bytes:
    if isinstance(body, bytes):
        return body[:START]
    with body.open("rb") as file:
        return file.read(START)


def keep_claims(services: HubServices, works: Iterable[Work]) -> None:
    """Renews the claims while a computation takes long. Raises StaleLease when one was lost."""
    services.watch.turn()
    with services.store.begin() as tx:
        renew_claims(tx, services, works)


def renew_claims(tx: Tx, services: HubServices, works: Iterable[Work]) -> None:
    """The same in a transaction that writes something else besides."""
    changes = [(work.transmission, {"lease_until": services.clock() + work.catalog.lease}) for work in works]
    transmissions.fenced_updates(tx, changes)


LOOKED_UP = 2000
"""Interchanges and groups whose control numbers are looked up at once."""


class Before:
    """What the store may have of the same arrivals from before. It is looked up for all of them at once, and each kind
    when first asked for: what is not among what was found is new. Where there were too many to look for, all may be
    there."""

    def __init__(self, tx: Tx, works: Sequence[Work]) -> None:
        self.tx = tx
        self._works = works

    def has_bytes(self, arrival: Transmission) -> bool:
        """Of a channel that several share it was not known yet whose they are."""
        return arrival.partner is None or arrival.sha256 in self._hashes

    def has_number(self, control_number: str) -> bool:
        return self._numbers is None or control_number in self._numbers

    def has_group(self, control_number: str) -> bool:
        return self._groups is None or control_number in self._groups

    @cached_property
    def _hashes(self) -> frozenset[str]:
        return same_bytes.seen_hashes(self.tx, [work.transmission for work in self._works])

    @cached_property
    def _numbers(self) -> frozenset[str] | None:
        if self._sent is None:
            return None
        sought = [(partner, one.sender.id, one.control_number) for partner, one in self._sent]
        return interchanges.seen_numbers(self.tx, sought)

    @cached_property
    def _groups(self) -> frozenset[str] | None:
        if self._sent is None:
            return None
        sought = [
            (partner, one.sender.id, group.functional_identifier, group.control_number)
            for partner, one in self._sent
            for group in one.groups
        ]
        return interchanges.seen_groups(self.tx, sought)

    @cached_property
    def _sent(self) -> Sequence[tuple[str, Interchange]] | None:
        """Whose interchanges they are; None for too many."""
        found = [
            (owner.partner, interchange)
            for work in self._works
            for interchange in work.interchanges
            if (owner := work.catalog.directory.by_identifier(interchange.sender.qualifier, interchange.sender.id))
        ]
        return found if len(found) + sum(len(one.groups) for _, one in found) <= LOOKED_UP else None
