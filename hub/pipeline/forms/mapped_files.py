"""Files that the partner's mappings read and write: CSV and whatever else ``channels.files`` knows.

Which mapping a file is for is told by its name, by what its bytes are, and then by which mapping reads it. What none
reads is put aside for a person; what the only one in question cannot read is refused, with its reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from mmap import mmap
from typing import TYPE_CHECKING, Protocol

from canonical.document import Document
from canonical.finding import Finding, Severity, Verdict
from channels.errors import PayloadError
from channels.files import FileForm, FileScan, FileSpan, ReadDocument, read_all, recognise, write
from channels.files import scan as scan_file
from channels.files.model.formats import SheetFormat
from channels.files.reading import opened
from channels.files.records import Arrival
from channels.files.report import Report
from hub.pipeline.forms.outbound import Written
from hub.pipeline.forms.scanned import Documents, Sought
from hub.pipeline.piece import FilePlace, Piece
from partners.mapping import PartnerMapping
from partners.profile import TradingPartner, interchange_key

if TYPE_CHECKING:
    from hub.store.schema.records import StoredDocument
    from partners.pinned import Pinned

FORM_SEEN = "FILE-FORM"

_TEXT = frozenset({"csv", "fixed"})
"""Kinds of format that one text may be."""


@dataclass(slots=True)
class _Candidate:
    """A mapping that may read the file, and the partners whose it is."""

    name: str
    mapping: PartnerMapping
    partners: list[TradingPartner]


def scan(body: bytes | mmap, sought: Sought) -> Documents:
    form = recognise(body)
    candidates = _candidates(sought)
    fitting = [one for one in _by_name(candidates, sought.name) if _may_be(one.mapping, form)]
    if not fitting:
        return Documents(unfit=f"{_seen(form)} No mapping of {_whose(sought)} is for it{_named(candidates)}.")
    scans = [(one, scan_file(body, one.mapping, arrival=sought.arrival(one.partners[0]))) for one in fitting]
    reading = [(one, found) for one, found in scans if found.is_readable]
    if len(reading) > 1:
        reading = [(one, found) for one, found in reading if _reads_first(body, one, found, sought)]
    if len(reading) == 1:
        return _documents(body, *reading[0], sought)
    if reading:
        names = ", ".join(one.name for one, _ in reading)
        return Documents(unfit=f"Several mappings read it, {names}: let their names: patterns tell which one is meant.")
    if len(scans) == 1 and len(sought.profiles) == 1:
        return Documents(findings=scans[0][1].findings)
    refusals = "; ".join(f"{one.name}: {_first_error(found.findings)}" for one, found in scans)
    return Documents(unfit=f"No mapping reads it. {refusals}")


def read(piece: Piece, body: bytes | mmap) -> None:
    assert isinstance(piece.place, FilePlace)
    mapping = piece.pinned.partner.mappings[piece.place.mapping]
    (result,) = _LATELY.opened(body, mapping, piece.place.arrival).read((piece.place.span,))
    piece.findings.extend(result.findings)
    piece.document, piece.provenance = result.document, result.provenance
    if not result.is_good:
        piece.verdict = Verdict.REJECTED
        piece.refuse(f"The file's values make no right document: {_first_error(result.findings)}")


def _candidates(sought: Sought) -> list[_Candidate]:
    """Every mapping once, however many partners have the same."""
    found: dict[str, _Candidate] = {}
    for partner in sought.profiles:
        for name, mapping in partner.reading_by(sought.channel).items():
            told_by = name if len(sought.profiles) == 1 else mapping.model_dump_json()
            found.setdefault(told_by, _Candidate(name, mapping, [])).partners.append(partner)
    return list(found.values())


def _by_name(candidates: Sequence[_Candidate], name: str) -> list[_Candidate]:
    """Those for files that are called so, first of all those that say it."""
    fitting = [one for one in candidates if one.mapping.is_named(name)]
    return [one for one in fitting if one.mapping.names] or fitting


def _may_be(mapping: PartnerMapping, form: FileForm) -> bool:
    return mapping.format.kind == form.kind or {mapping.format.kind, form.kind} <= _TEXT


def _reads_first(body: bytes | mmap, one: _Candidate, found: FileScan, sought: Sought) -> bool:
    arrival = sought.arrival(one.partners[0])
    return all(result.is_good for result in read_all(body, one.mapping, found.documents[:1], arrival))


def _documents(body: bytes | mmap, one: _Candidate, found: FileScan, sought: Sought) -> Documents:
    partner, arrival = None, sought.arrival(one.partners[0])
    if len(sought.profiles) > 1:
        named = _senders(read_all(body, one.mapping, found.documents, arrival), sought.profiles)
        if len(named) != 1 or None in named:
            return Documents(findings=_whose_is_what(named), unfit=f"{_told_of(named)}. Nobody was answered.")
        partner = next(iter(named))
        if partner not in {owner.partner for owner in one.partners}:
            return Documents(unfit=f"Its documents are of {partner}, and mapping {one.name}, which reads it, is not.")
    share = len(body) // max(1, len(found.documents))
    places = tuple(FilePlace(span, span.length or share, one.name, arrival) for span in found.documents)
    seen = Finding(code=FORM_SEEN, severity=Severity.INFO, message=f"{_seen(found.form)} Read by mapping {one.name}.")
    return Documents(places, (seen, *found.findings), partner)


_UNTOLD = "No party of its documents has an identifier of a partner of this channel"

Senders = dict[str | None, list[FileSpan]]
"""Partner → its documents; under None those that name none, or several."""


def _senders(read: Iterable[ReadDocument], partners: Sequence[TradingPartner]) -> Senders:
    """Whose each document is, by its parties. One that cannot be read tells nothing, and is refused where the others
    go."""
    owners: dict[tuple[str, str], str] = {}
    for partner in partners:
        names = [(one.qualifier, one.id) for one in partner.identifiers]
        names += [(one.qualifier, one.id) for one in partner.aliases]
        owners |= dict.fromkeys((interchange_key(*name) for name in names), partner.partner)
    found: Senders = {}
    for result in read:
        if result.document is not None:
            named = _named_in(result.document, owners)
            found.setdefault(named.pop() if len(named) == 1 else None, []).append(result.span)
    return found


def _named_in(document: Document, owners: Mapping[tuple[str, str], str]) -> set[str]:
    return {
        owner
        for party in document.all_parties()
        if party.identifier is not None
        for qualifier in (party.identifier.qualifier, "")
        if (owner := owners.get(interchange_key(qualifier, party.identifier.value)))
    }


def _told_of(named: Senders) -> str:
    partners = sorted(partner for partner in named if partner is not None)
    if not partners:
        return _UNTOLD
    if len(partners) > 1:
        return f"Its documents are of several partners: {', '.join(partners)}"
    return f"Some of its documents are of {partners[0]}, and others name no partner of this channel, or several"


def _whose_is_what(named: Senders) -> tuple[Finding, ...]:
    """Where the first document of each partner stands, for whoever parts the file."""
    return tuple(
        Finding(
            code="FILE-PARTNERS",
            severity=Severity.ERROR,
            locator=f"record {spans[0].first}",
            message=f"{len(spans)} of its documents {'are of ' + partner if partner else 'name no one partner'}",
            fix="Send a file for each partner, or send it by a channel of one partner's own.",
        )
        for partner, spans in named.items()
    )


def _seen(form: FileForm) -> str:
    """What was detected, for people."""
    said = [form.detail or form.kind, form.encoding, form.separator and f"separated by {form.separator!r}"]
    return f"{', '.join(part for part in said if part)}."


def _whose(sought: Sought) -> str:
    partners = ", ".join(partner.partner for partner in sought.profiles)
    return f"{partners} on channel {sought.channel}" if sought.channel else partners or "any partner"


def _named(candidates: Sequence[_Candidate]) -> str:
    told = [f"{one.name} ({one.mapping.format.kind}{_patterns(one.mapping)})" for one in candidates]
    return f": there are {', '.join(told)}" if told else ""


def _patterns(mapping: PartnerMapping) -> str:
    return f", {' or '.join(mapping.names)}" if mapping.names else ""


def _first_error(findings: Sequence[Finding]) -> str:
    first = next((f for f in findings if f.severity is Severity.ERROR), None)
    return f"{first.locator}: {first.message}" if first and first.locator else first.message if first else "nothing"


class _Opened(Protocol):
    def read(self, spans: Iterable[FileSpan]) -> Iterator[ReadDocument]: ...


_HELD = frozenset({"sheet", "xml", "json"})
"""Kinds of format that are in memory once they are opened, and need their bytes no more."""


@dataclass(slots=True)
class _Known:
    body: bytes | mmap
    digest: bytes
    mapping: PartnerMapping
    arrival: Arrival
    file: _Opened


class _Lately:
    """The file of the document before, opened: its columns are looked for once, and a workbook is read once although
    its documents come in several requests."""

    def __init__(self) -> None:
        self._known: _Known | None = None

    def opened(self, body: bytes | mmap, mapping: PartnerMapping, arrival: Arrival) -> _Opened:
        known, held = self._known, mapping.format.kind in _HELD
        if known is not None and known.mapping is mapping and known.arrival == arrival:
            if known.body is body:
                return known.file
            if held and known.digest == sha256(body).digest():
                known.body = body
                return known.file
        self._known = None  # one at a time is held
        digest = sha256(body).digest() if held else b""
        self._known = _Known(body, digest, mapping, arrival, opened(body, mapping, arrival))
        return self._known.file


_LATELY = _Lately()


# ---- what we write


@dataclass(slots=True)
class OutboundFile:
    """Documents on their way to a partner that has agreed a mapping for them."""

    pinned: Pinned
    _documents: list[Document] = field(default_factory=list)
    _mapping: PartnerMapping | None = None

    def place(self, document: Document) -> int | None:
        return 0 if self._mapping is None or self._mapping is self._agreed(document) else None

    def add(self, id: str, stored: StoredDocument, document: Document) -> tuple[Finding, ...]:
        mapping = self._agreed(document)
        findings = write([document], mapping).findings
        self._mapping = mapping
        self._documents.append(document)
        return findings

    def write(self) -> Written:
        assert self._mapping is not None, "something was added"
        content_type, extension = _NAMED[self._mapping.format.kind]
        return Written(write(self._documents, self._mapping).body, content_type, extension)

    def _agreed(self, document: Document) -> PartnerMapping:
        agreement = self.pinned.sending(document)
        mapping = self.pinned.partner.mappings.get(agreement.mapping[0]) if agreement and agreement.mapping else None
        if mapping is None:
            raise PayloadError(f"no mapping is agreed for outbound {document.type} documents")
        return mapping


def sheet_cells(body: bytes) -> list[list[str]]:
    """The rows of a workbook that we wrote."""
    from channels.files.tables.sheets import SheetRows  # here: it loads what reads workbooks

    rows = SheetRows(body, SheetFormat(kind="sheet"), Report())
    return [cells for (_, cells), _, _ in rows.rows()]


WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_NAMED = {
    "csv": ("text/csv", "csv"),
    "sheet": (WORKBOOK, "xlsx"),
    "fixed": ("text/plain", "txt"),
    "xml": ("application/xml", "xml"),
    "json": ("application/json", "json"),
}
"""Media type and file name extension of each kind of format."""
