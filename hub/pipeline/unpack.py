"""unpack: from the scan of the stored bytes, whose they are, and what is worked at all."""

from __future__ import annotations

from collections.abc import Sequence

from canonical.finding import Verdict
from channels.x12.envelope import Group, Interchange
from hub.catalog import channel_usage, load_pinned
from hub.pipeline.admission import QUARANTINED, Admission, Seen, admit
from hub.pipeline.forms.scanned import Documents, Interchanges
from hub.pipeline.work import Before, Work, step
from hub.services import HubServices
from hub.states import ArrivalStatus
from hub.store.inbound import same_bytes
from hub.store.store import Tx
from hub.store.traffic import interchanges
from partners.duplicates import OnDuplicate

_REPEATED = {
    OnDuplicate.ACCEPT_AND_ANSWER_AGAIN: ArrivalStatus.DUPLICATE,
    OnDuplicate.HOLD: ArrivalStatus.QUARANTINED,
    OnDuplicate.REJECT: ArrivalStatus.REJECTED,
}


def unpack_together(services: HubServices, works: Sequence[Work]) -> None:
    """Unpacks arrivals of which none repeats another."""
    with step(services, "unpack", works), services.store.read() as tx:
        known = Before(tx, works)
        for work in works:
            unpack(work, known)


def unpack(work: Work, before: Before) -> None:
    """Decides what is worked of an arrival that was scanned. Writes nothing: the first chunk commits it all."""
    if work.transmission.status == ArrivalStatus.PROCESSING:
        _restore(work, before.tx)
        return
    match work.scanned:
        case Interchanges() as found:
            _recognise_bytes(work, before)
            if work.outcome is ArrivalStatus.PROCESSED:
                pairs = zip(found.scan.interchanges, found.digests, strict=True)
                work.admissions = [_admit(work, interchange, digest, before) for interchange, digest in pairs]
                _conclude(work)
        case Documents() as found:
            _recognise_partner(work, found)
            if work.outcome is ArrivalStatus.PROCESSED:
                _recognise_bytes(work, before)
            if work.outcome is ArrivalStatus.PROCESSED and found.unfit:
                work.outcome, work.reason = ArrivalStatus.QUARANTINED, found.unfit
            if work.outcome is ArrivalStatus.PROCESSED and not found.places:
                work.outcome = ArrivalStatus.REJECTED
                work.reason = found.findings[0].message if found.findings else "It holds no document."


def reopen(work: Work, tx: Tx) -> None:
    """A worked arrival once more, as it was decided then, but under the profiles of now: for a replay."""
    _restore(work, tx)
    now = work.catalog.profiles
    for admission in work.admissions:
        if admission.pinned is not None:
            admission.pinned = now.get(admission.pinned.key, admission.pinned)
    if work.pinned is not None:
        work.pinned = now.get(work.pinned.key, work.pinned)


def _recognise_partner(work: Work, found: Documents) -> None:
    """Whose documents these are: the channel's partner, or who the scan has found among those that share it."""
    partner = work.transmission.partner or found.partner
    work.pinned = work.catalog.profiles.get(partner) if partner else None
    if work.pinned is None:
        work.outcome = ArrivalStatus.QUARANTINED
        gone = f"Partner {partner} has no profile any more." if partner else "Nothing in it tells whose it is."
        work.reason = found.unfit or gone


def _recognise_bytes(work: Work, before: Before) -> None:
    """The same bytes from the same partner again (promise 4). A replay means to repeat them."""
    transmission, partner = work.transmission, work.partner
    if partner is None or transmission.replay_of is not None or not before.has_bytes(transmission):
        return
    first = same_bytes.find_same_bytes(before.tx, partner, transmission.sha256, transmission.seq)
    if first is None:
        return
    profile = work.catalog.profiles.get(partner)
    policy = profile.partner.duplicates.content if profile else OnDuplicate.ACCEPT_AND_ANSWER_AGAIN
    work.duplicate_of = first.duplicate_of or first.id
    if policy is OnDuplicate.ACCEPT_AND_ANSWER_AGAIN or not isinstance(work.scanned, Interchanges):
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
    assert work.scanned is not None
    if any(admission.quarantined for admission in work.admissions):
        work.outcome = ArrivalStatus.QUARANTINED
    elif work.admissions and all(admission.answered_again for admission in work.admissions):
        work.outcome = ArrivalStatus.DUPLICATE
        work.duplicate_of = work.admissions[0].duplicate_of_transmission
    else:
        work.outcome = ArrivalStatus.REJECTED
    reasons = [a.reason for a in work.admissions if a.reason] or [f.message for f in work.scanned.findings]
    work.reason = reasons[0] if reasons else "It holds no X12 interchange."


def _restore(work: Work, tx: Tx) -> None:
    """After a restart: what was decided stays decided, under the profile versions of then."""
    if isinstance(work.scanned, Documents):
        work.pinned = work.catalog.profiles[work.transmission.partner or ""]
        if (version := work.transmission.profile_version) is not None:
            work.pinned = load_pinned(tx, work.pinned.key, version) or work.pinned
    rows = interchanges.of_transmission(tx, work.transmission.id)
    for interchange, row in zip(work.interchanges, rows, strict=True):
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
