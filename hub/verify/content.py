"""Bytes and documents: what lies in the store is what was put there, and the unpack scan still says what it said."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from mmap import mmap

from channels.channel import Codec
from channels.x12.envelope import Interchange, scan
from hub.catalog import load_pinned
from hub.pipeline.forms.reading import READERS
from hub.pipeline.forms.scanned import Sought, files_channel
from hub.pipeline.work import START
from hub.states import ArrivalStatus
from hub.store.errors import BitRot
from hub.store.schema.records import StoredGroup, StoredInterchange, Transmission
from hub.store.store import Tx
from hub.store.traffic import documents, interchanges, transmissions
from hub.verify.defect import Defect, Subject

_RESTORE = (
    "Nothing uses it any more. Take the bytes from a backup (blobs lie there by their hash), or ask for them again."
)
_MADE = "It was changed after it was made: replay the document from its bytes."
_SCAN = "The rows of the envelope were changed, or lost: compare with a backup, and replay the transmission."


def stored_bytes(subject: Subject) -> Iterator[Defect]:
    """Hash and size of everything that came or left, and of each interchange inside."""
    after = 0
    while True:
        with subject.read() as tx:
            page = transmissions.page(tx, after)
            unpacked = [one for one in page if one.direction == "in" and one.sets is not None]
            envelopes = {one.id: interchanges.of_transmission(tx, one.id) for one in unpacked if _is_x12(one)}
            inside = {one: interchanges.groups_of(tx, one) for one in envelopes}
            sought = {one.id: _sought(tx, one) for one in unpacked if not _is_x12(one)}
        if not page:
            return
        for one in page:
            yield from _bytes(subject, one, envelopes.get(one.id, []), inside.get(one.id, []), sought.get(one.id))
        subject.progress(len(page))
        after = page[-1].seq


def _is_x12(one: Transmission) -> bool:
    return one.direction == "in" and one.content_type == Codec.X12.content_type


def _sought(tx: Tx, one: Transmission) -> Sought:
    """What an arrival of another form was scanned by: the profile of then."""
    known = one.partner is not None and one.profile_version is not None
    pinned = load_pinned(tx, one.partner, one.profile_version) if known else None  # type: ignore[arg-type]
    profiles = (pinned.partner,) if pinned else ()
    return Sought(one.transport_id, files_channel(one.channel, profiles), profiles, one.received_at)


def _bytes(
    subject: Subject,
    one: Transmission,
    envelopes: list[StoredInterchange],
    groups: list[StoredGroup],
    sought: Sought | None,
) -> Iterator[Defect]:
    if one.pruned_at is not None:
        return
    try:
        with transmissions.opened(subject, one) as body:
            if len(body) != one.size:
                yield Defect("BYTES-SIZE", one.id, f"{len(body)} bytes", f"{one.size} bytes", _RESTORE)
            if sought is not None:
                yield from _counted(one, body, sought)
            elif _is_x12(one) and one.sets is not None:
                yield from _scanned(one, body, envelopes, groups)
    except BitRot as error:
        yield Defect("BYTES-DAMAGED", one.id, str(error), f"{one.size} bytes with SHA-256 {one.sha256}", _RESTORE)


def _counted(one: Transmission, body: bytes | mmap, sought: Sought) -> Iterator[Defect]:
    """The documents of another form, counted again; of what was put aside nobody knows any."""
    codec = Codec.of(one.content_type)
    if READERS[codec].alone(body[:START]) or one.status == ArrivalStatus.QUARANTINED:
        return
    found = READERS[codec].scan(body, sought).documents
    if found != one.sets:
        yield Defect("SCAN-SETS", one.id, f"{one.sets} documents counted", f"{found} in the bytes", _SCAN)


def _scanned(
    one: Transmission, body: bytes | mmap, envelopes: list[StoredInterchange], groups: list[StoredGroup]
) -> Iterator[Defect]:
    found = scan(body)
    if found.bytes_accounted != len(body):
        got, fix = f"{found.bytes_accounted} bytes accounted for", "Tell the makers of the hub: the scan lost bytes."
        yield Defect("BYTES-UNACCOUNTED", one.id, got, f"{len(body)} bytes", fix)
    sets = sum(len(group.sets) for interchange in found.interchanges for group in interchange.groups)
    if sets != one.sets:
        yield Defect("SCAN-SETS", one.id, f"{one.sets} documents counted", f"{sets} in the bytes", _SCAN)
    if one.status == ArrivalStatus.DUPLICATE and not envelopes:
        return
    if len(envelopes) != len(found.interchanges):
        got, expected = f"{len(envelopes)} interchanges written", f"{len(found.interchanges)} in the bytes"
        yield Defect("SCAN-INTERCHANGES", one.id, got, expected, _SCAN)
        return
    for row, interchange in zip(envelopes, found.interchanges, strict=True):
        yield from _interchange(row, interchange, body, [group for group in groups if group.interchange_id == row.id])


def _interchange(
    row: StoredInterchange, interchange: Interchange, body: bytes | mmap, groups: list[StoredGroup]
) -> Iterator[Defect]:
    end = interchange.offset + interchange.length
    with memoryview(body) as view:
        expected = (interchange.control_number, sha256(view[interchange.offset : end]).hexdigest())
    if (got := (row.control_number, row.sha256)) != expected:
        yield Defect("INTERCHANGE-CHANGED", row.id, " ".join(got), " ".join(expected), _SCAN)
    counted, written = [len(group.sets) for group in interchange.groups], [group.set_count for group in groups]
    if counted != written:
        yield Defect("SCAN-GROUPS", row.id, f"sets of its groups: {written}", f"{counted} in the bytes", _SCAN)


def canonical_documents(subject: Subject) -> Iterator[Defect]:
    """Every canonical document against the hash under which it was told from others."""
    after = 0
    while True:
        with subject.read() as tx:
            page = documents.page(tx, after)
        if not page:
            return
        for one in page:
            if one.canonical is None:
                continue
            digest = sha256(one.canonical.encode()).hexdigest()
            if digest != one.canonical_hash:
                yield Defect("DOCUMENT-CHANGED", one.id, f"hash {digest}", f"hash {one.canonical_hash}", _MADE)
        subject.progress(len(page))
        after = page[-1].seq
