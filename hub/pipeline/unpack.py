"""unpack: from the scan of the stored bytes, the partner of each interchange, and what is worked at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from canonical.finding import Verdict
from channels.channel import Codec, Usage
from channels.x12.envelope import Group, Interchange, Scan
from hub.catalog import Catalog, channel_usage, load_pinned, names_partner
from hub.compute.port import Body
from hub.pipeline.admission import QUARANTINED, Admission, Seen, admit
from hub.pipeline.computing import Rules, Scanned
from hub.pipeline.piece import Piece, X12Place
from hub.services import CLAIM_SECONDS, HubServices
from hub.states import ArrivalStatus
from hub.store import crosswalks, interchanges, transmissions
from hub.store.records import Transmission
from hub.store.store import Tx
from partners.duplicates import OnDuplicate
from partners.pinned import Pinned


@dataclass
class Work:
    """One arrival under way. ``admissions`` are its interchanges in file order, none for a canonical document;
    ``committed`` tells that a restart found them in the store already."""

    services: HubServices
    transmission: Transmission
    catalog: Catalog
    body: Body
    scan: Scan | None = None
    admissions: list[Admission] = field(default_factory=list)
    committed: bool = False
    outcome: ArrivalStatus = ArrivalStatus.PROCESSED
    reason: str | None = None
    duplicate_of: str | None = None
    repeats: OnDuplicate | None = None  # what the profile says of an arrival that repeats another
    tried: bool = False  # a child process has died over it
    known_rules: dict[str, Rules] = field(default_factory=dict)

    @property
    def sets(self) -> int:
        """How many documents the arrival holds, worked or not."""
        if self.scan is None:
            return 1
        return sum(len(group.sets) for interchange in self.scan.interchanges for group in interchange.groups)

    def pieces(self) -> Iterator[Piece]:
        """Every document to be worked, in file order."""
        if self.outcome is not ArrivalStatus.PROCESSED:
            return
        if self.scan is None:
            yield _canonical_piece(self.transmission, self.catalog)
            return
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

    def rules(self, pinned: Pinned) -> Rules:
        """Routes, and the partner's crosswalk as it was when first asked for; arrivals of one batch share it."""
        if pinned.key not in self.known_rules:
            with self.services.store.read() as tx:
                rows, revision = crosswalks.rows(tx, pinned.key), crosswalks.revision(tx, pinned.key)
            self.known_rules[pinned.key] = Rules(
                self.catalog.settings, self.catalog.settings_version, tuple(rows), revision
            )
        return self.known_rules[pinned.key]


def keep_claims(services: HubServices, works: Iterable[Work]) -> None:
    """Renews the claims while a computation takes long. Raises StaleLease when one was lost."""
    services.watch.turn()
    until = services.clock() + timedelta(seconds=CLAIM_SECONDS)
    with services.store.begin() as tx:
        transmissions.fenced_updates(tx, [(work.transmission, {"lease_until": until}) for work in works])


@dataclass(frozen=True, slots=True)
class Before:
    """What the store may have of the same arrivals from before, looked up for many at once: what is not among these
    hashes and control numbers is new. None where there were too many to look for."""

    tx: Tx
    hashes: frozenset[str]
    numbers: frozenset[str] | None
    groups: frozenset[str] | None

    def has_bytes(self, arrival: Transmission) -> bool:
        return arrival.sha256 in self.hashes

    def has_number(self, control_number: str) -> bool:
        return self.numbers is None or control_number in self.numbers

    def has_group(self, control_number: str) -> bool:
        return self.groups is None or control_number in self.groups


LOOKED_UP = 500
"""Interchanges and groups whose control numbers are looked up at once."""


def before(tx: Tx, works: Sequence[tuple[Work, Scan | None]]) -> Before:
    """What the store has of these arrivals from before."""
    hashes = transmissions.seen_hashes(tx, [work.transmission for work, _ in works])
    found = [
        (owner.partner, interchange)
        for work, scanned in works
        for interchange in (scanned.interchanges if scanned else ())
        if (owner := work.catalog.directory.by_identifier(interchange.sender.qualifier, interchange.sender.id))
    ]
    if len(found) + sum(len(interchange.groups) for _, interchange in found) > LOOKED_UP:
        return Before(tx, hashes, None, None)
    numbers = [(partner, one.sender.id, one.control_number) for partner, one in found]
    groups = [(partner, one.sender.id, group.control_number) for partner, one in found for group in one.groups]
    return Before(tx, hashes, interchanges.seen_numbers(tx, numbers), interchanges.seen_groups(tx, groups))


_REPEATED = {
    OnDuplicate.ACCEPT_AND_ANSWER_AGAIN: ArrivalStatus.DUPLICATE,
    OnDuplicate.HOLD: ArrivalStatus.QUARANTINED,
    OnDuplicate.REJECT: ArrivalStatus.REJECTED,
}


def is_x12(transmission: Transmission) -> bool:
    """Whether there are envelopes to scan; a canonical document stands for itself."""
    return transmission.content_type != Codec.JSON.content_type


def unpack(work: Work, scanned: Scanned | None, before: Before) -> None:
    """Decides what is worked of an arrival whose envelopes were ``scanned``, None for a canonical document. Writes
    nothing: the first chunk commits it all."""
    if scanned is not None:
        work.scan = scanned.scan
        if work.transmission.status == ArrivalStatus.PROCESSING:
            _restore(work, before.tx)
            return
    _recognise_bytes(work, before)
    if scanned is not None and work.outcome is ArrivalStatus.PROCESSED:
        found = zip(scanned.scan.interchanges, scanned.digests, strict=True)
        work.admissions = [_admit(work, interchange, digest, before) for interchange, digest in found]
        _conclude(work)


def reopen(work: Work, scanned: Scanned | None, tx: Tx) -> None:
    """A worked arrival once more, as it was decided then, but under the profiles of now: for a replay."""
    if scanned is None:
        return
    work.scan = scanned.scan
    _restore(work, tx)
    for admission in work.admissions:
        if admission.pinned is not None:
            admission.pinned = work.catalog.profiles.get(admission.pinned.key, admission.pinned)


def _recognise_bytes(work: Work, before: Before) -> None:
    """The same bytes from the same partner again (promise 4). A replay means to repeat them."""
    transmission = work.transmission
    if transmission.partner is None or transmission.replay_of is not None:
        return
    if not before.has_bytes(transmission):
        return
    first = transmissions.find_same_bytes(before.tx, transmission.partner, transmission.sha256, transmission.seq)
    if first is None:
        return
    profile = work.catalog.profiles.get(transmission.partner)
    policy = profile.partner.duplicates.content if profile else OnDuplicate.ACCEPT_AND_ANSWER_AGAIN
    work.duplicate_of = first.duplicate_of or first.id
    if policy is OnDuplicate.ACCEPT_AND_ANSWER_AGAIN or not is_x12(transmission):
        work.outcome = _REPEATED[policy]
        work.reason = f"The same bytes were already received at {first.received_at:%Y-%m-%d %H:%M:%S} UTC."
    else:
        work.repeats = policy  # each of its interchanges is answered for itself


def _admit(work: Work, interchange: Interchange, digest: str, before: Before) -> Admission:
    transmission, catalog = work.transmission, work.catalog

    def seen(partner: str) -> Seen | None:
        if not before.has_number(interchange.control_number):
            return None
        number = interchange.control_number
        first = interchanges.find_control_number(before.tx, partner, interchange.sender.id, number)
        if first is None or transmission.replay_of is not None:
            return None
        return Seen(first.id, first.transmission_id, first.sha256 == digest)

    def group_seen(partner: str, group: Group) -> str | None:
        number, kind = group.control_number, group.functional_identifier
        if transmission.replay_of is not None or not before.has_group(number):
            return None
        return interchanges.find_group(before.tx, partner, interchange.sender.id, kind, number)

    admission = admit(
        interchange,
        allowed=catalog.partners_of_channel(transmission.channel),
        catalog=catalog,
        usage=channel_usage(catalog, transmission.channel),
        seen=seen,
        group_seen=group_seen,
        repeats=work.repeats,
    )
    admission.sha256 = digest
    return admission


def _conclude(work: Work) -> None:
    """What the arrival as a whole comes to, when none of its interchanges is worked."""
    if any(admission.processed for admission in work.admissions):
        return
    assert work.scan is not None
    if any(admission.quarantined for admission in work.admissions):
        work.outcome = ArrivalStatus.QUARANTINED
    elif work.admissions and all(admission.answered_again for admission in work.admissions):
        work.outcome = ArrivalStatus.DUPLICATE
        work.duplicate_of = work.admissions[0].duplicate_of_transmission
    else:
        work.outcome = ArrivalStatus.REJECTED
    reasons = [a.reason for a in work.admissions if a.reason] or [f.message for f in work.scan.findings]
    work.reason = reasons[0] if reasons else "It holds no X12 interchange."


def _restore(work: Work, tx: Tx) -> None:
    """After a restart: what was decided stays decided, under the profile versions of then."""
    assert work.scan is not None
    rows = interchanges.of_transmission(tx, work.transmission.id)
    for interchange, row in zip(work.scan.interchanges, rows, strict=True):
        pinned = load_pinned(tx, row.partner, row.profile_version) if row.partner and row.profile_version else None
        work.admissions.append(
            Admission(
                interchange,
                id=row.id,
                group_ids=[group.id for group in interchanges.groups_of_interchange(tx, row.id)],
                pinned=pinned,
                verdict=Verdict.REJECTED if row.verdict == QUARANTINED else Verdict(row.verdict),
                note_code=row.note_code,
                quarantined=row.verdict == QUARANTINED,
                duplicate_of=row.duplicate_of,
            )
        )
    work.committed = True


def _canonical_piece(transmission: Transmission, catalog: Catalog) -> Piece:
    """A document of a partner comes in; one that a system of ours posts goes out to the partner it names."""
    assert transmission.partner is not None
    pinned = catalog.profiles[transmission.partner]
    system = catalog.system_of(transmission.channel)
    usage = system.usage if system else channel_usage(catalog, transmission.channel)
    letter = usage.indicator if usage is Usage.TEST else pinned.usage_letter
    named = names_partner(transmission.channel)
    return Piece(pinned, "outbound" if system else "inbound", letter, names_partner=named)
