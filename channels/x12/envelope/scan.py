"""Interchange, group and set envelopes: one scan that accounts for every byte (X12.5, X12.6).

The scan reads the stored bytes once, in blocks, and notes where each transaction set lies; it judges the envelope only.
The sets themselves are read again, one at a time, by the judge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from mmap import mmap

from canonical.finding import Finding, Severity, clip
from channels.x12.envelope.isa import Header, find_headers
from channels.x12.envelope.leftovers import PREVIEW, Leftovers, envelope_finding
from channels.x12.envelope.model import Group, Interchange, PartyId, Scan, Separators, SetSpan
from channels.x12.envelope.segments import BLOCK, SEGMENT_SIZE_LIMIT
from channels.x12.standards import tables

_CONTENT = re.compile(rb"[^\r\n\t \0]")
_PADDING = " \t\r\n\0\x1a"

_SERVICE = ("ISB", "ISE", "TA3")
"""Segments that ask an interchange's carrier for services, or tell of them (X12.5)."""

_NEWER_CODES_SINCE = "005010"
"""First release whose lists 716 and 718 have own codes for numbers used twice (19, 23) and for foreign sets (18)."""

_UNTRUSTED = frozenset({"004", "026", "027"})
"""Note codes of separators that separate nothing for certain."""

_READABLE = frozenset({"001", "005", "007", "010", "012", "014", "015", "016", "017", "019", "021", "022"})
"""Note codes (TA105) of errors that leave the interchange readable: their findings are warnings, and any other error
is the interchange's note code before them."""


class _OpenGroup:
    """A group whose end is still to come. ``outside``: no GS opened it."""

    __slots__ = ("control_numbers", "elements", "errors", "foreign", "newer", "offset", "outside", "sets")

    def __init__(self, header: Sequence[str], offset: int) -> None:
        self.offset, self.outside = offset, not header
        self.elements = [text.strip(_PADDING) for text in (*header, *[""] * 9)[:9]]
        """GS01 to GS08 at their positions."""
        self.newer = tables.release_number(self.elements[8]) >= _NEWER_CODES_SINCE
        self.sets: list[SetSpan] = []
        self.errors: list[str] = []
        self.control_numbers: set[str] = set()
        self.foreign = 0


def _plain_number(text: str) -> str:
    """A control number of numeric type without what does not tell two apart: leading zeros and padding."""
    return text.strip().lstrip("0") or text.strip()


def _same_number(a: str, b: str) -> bool:
    return a == b or _plain_number(a) == _plain_number(b)


def _digits(text: str) -> bool:
    return 0 < len(text) <= 18 and text.isascii() and text.isdecimal()


def _element(elements: Sequence[str], position: int) -> str:
    return elements[position].strip(_PADDING) if position < len(elements) else ""


class _InterchangeReader:
    """Reads one interchange: jumps from envelope segment to envelope segment, in whatever order they stand.

    Inside a set segments are only counted. Outside sets nothing but envelope segments may stand."""

    def __init__(self, data: bytes | mmap, header: Header, limit: int) -> None:
        """``limit``: where the next interchange or the file ends this one at the latest."""
        self.data, self.header, self.limit = data, header, limit
        self.terminator, self.separator = header.segment.encode("latin-1"), header.element.encode("latin-1")
        self.groups: list[Group] = []
        self.group_numbers: set[str] = set()
        self.ta1: list[tuple[str, ...]] = []
        self.notes: list[str] = []
        self.findings: list[Finding] = []
        self.group: _OpenGroup | None = None
        self.set: tuple[int, list[str]] | None = None
        self.trailer: list[str] | None = None
        self.position = header.end
        self.empty = 0
        self.locator = f"ISA*{clip(header.fields[12].strip())}"

    def read(self) -> Interchange:
        for note, text, value in self.header.problems:
            self.note(note, text, value)
        if self.notes and not _UNTRUSTED.isdisjoint(self.notes):
            self.position = self.limit  # the separators cannot be trusted: nothing behind the ISA is read
        else:
            self._read_segments()
            self._close()
        return self._interchange()

    def note(self, note: str, text: str, value: str = "") -> None:
        """Records a TA105 note code with its finding."""
        self.notes.append(note)
        severity = Severity.WARNING if note in _READABLE else Severity.ERROR
        self.findings.append(envelope_finding(f"X12-TA105-{note}", severity, self.locator, text, value))

    def _read_segments(self) -> None:
        search, wraps = _searching(self.terminator, self.separator)
        data, limit, search_from = self.data, self.limit, self.header.end - 1
        while found := search(data, search_from, limit):
            start = found.start(1)
            if start < 0:
                self.empty += 1
                search_from = found.end()
                continue
            end = data.find(self.terminator, found.end() - 1, limit)
            after = end + 1 if end >= 0 else limit
            if self.set is None and found.start() >= self.position:
                self._stray(found.start() + 1)
            text = data[start : min(after, start + SEGMENT_SIZE_LIMIT)].translate(None, wraps)
            elements = text.removesuffix(self.terminator).decode("latin-1").split(self.header.element)
            _HANDLERS[elements[0]](self, elements, start, after)
            self.position = after
            if end < 0:
                self._info("X12-NO-TERMINATOR", "the last segment has no terminator")
            if end < 0 or self.trailer is not None:
                break
            search_from = end

    def _info(self, code: str, text: str, value: str = "") -> None:
        self.findings.append(envelope_finding(code, Severity.INFO, self.locator, text, value))

    def _stray(self, until: int) -> None:
        """Segments between the envelope's own that belong to no set."""
        stray = self.data[self.position : min(until, self.position + PREVIEW)]
        if stray.strip(self.terminator + b"\r\n\t \0"):
            self.note("024", f"segments outside any transaction set at byte {self.position}", stray.decode("latin-1"))

    def _gs(self, elements: list[str], start: int, _after: int) -> None:
        self._end_set(start)
        self._end_group(start, None)
        self.group = _OpenGroup(elements, start)

    def _st(self, elements: list[str], start: int, _after: int) -> None:
        self._end_set(start)
        self.empty = 0
        if self.group is None:
            self.note("024", "a transaction set stands outside any functional group (GS is missing)")
            self.group = _OpenGroup([], start)
        self.set = (start, elements)

    def _se(self, elements: list[str], start: int, after: int) -> None:
        if self.set is None:
            self.note("024", f"SE without ST at byte {start}", " ".join(elements))
            return
        self._end_set(after, elements if after - start <= SEGMENT_SIZE_LIMIT else [])

    def _ge(self, elements: list[str], start: int, after: int) -> None:
        self._end_set(start)
        if self.group is None or self.group.outside:
            self.note("024", f"GE without GS at byte {start}", " ".join(elements))
        self._end_group(after, elements)

    def _ta1(self, elements: list[str], _start: int, _after: int) -> None:
        self.ta1.append(tuple(elements[1:]))

    def _service(self, _elements: list[str], _start: int, _after: int) -> None:
        """What the interchange's sender and its carrier have agreed on says nothing of its sets."""

    def _iea(self, elements: list[str], start: int, _after: int) -> None:
        self._end_set(start)
        self._end_group(start, None)
        self.trailer = elements
        if not _same_number(_element(elements, 2), self.header.fields[12]):
            self.note("001", "the control number in IEA02 differs from ISA13", _element(elements, 2))
        count = sum(1 for group in self.groups if group.control_number)
        if not _same_number(_element(elements, 1), str(count)) and not (self.ta1 and not count):
            self.note("021", f"IEA01 says {clip(_element(elements, 1))} functional groups, there are {count}")

    def _end_set(self, end: int, trailer: list[str] | None = None) -> None:
        """Closes the open set, if any, at ``end``; without ``trailer`` its SE is missing. One without elements is too
        long to be read, which is for the judge to say."""
        if self.set is None or self.group is None:
            return
        (start, header), self.set = self.set, None
        kind, number = _element(header, 1), _element(header, 2)
        group, count, errors = self.group, self._count_segments(start, end), []
        if trailer is None:
            errors.append("2")
        elif trailer:
            if _element(trailer, 2) != number:
                errors.append("3")
            if not _same_number(_element(trailer, 1), str(count)):
                errors.append("4")
        travels_in = tables.functional_identifiers().get(kind)
        if not kind or (travels_in is not None and not group.outside and travels_in != group.elements[1]):
            group.foreign += 1
            errors.append("18" if group.newer and kind else "6")
        if not number or number in group.control_numbers:
            errors.append("23" if group.newer and number else "7")
        group.control_numbers.add(number)
        group.sets.append(SetSpan(kind, number, _element(header, 3), start, end - start, count, tuple(errors)))

    def _count_segments(self, start: int, end: int) -> int:
        """Segments in the bytes, empty ones left out."""
        count = 0
        for block in range(start, end, BLOCK):
            count += self.data[block : min(block + BLOCK, end)].count(self.terminator)
        last = self.data.rfind(self.terminator, start, end) + 1
        if last < end and _CONTENT.search(self.data, max(last, start), end):  # a last segment without terminator
            count += 1
        return count - self.empty

    def _end_group(self, end: int, trailer: list[str] | None) -> None:
        group, self.group = self.group, None
        if group is None:
            return
        _, functional_identifier, sender, receiver, day, time, number, agency, release = group.elements
        if not group.outside:
            group.errors = [*_group_errors(group, trailer), *self._repeated(group, number)]
        declared = _element(trailer, 1) if trailer is not None else ""
        for error in group.errors:
            self.findings.append(_group_finding(error, number, len(group.sets), declared))
        self.groups.append(
            Group(
                functional_identifier=functional_identifier,
                sender=sender,
                receiver=receiver,
                date=day,
                time=time,
                control_number=number,
                agency=agency,
                release=release,
                offset=group.offset,
                length=end - group.offset,
                sets=tuple(group.sets),
                declared_sets=declared,
                errors=tuple(group.errors),
            )
        )

    def _repeated(self, group: _OpenGroup, control_number: str) -> Iterator[str]:
        """The AK905 code of a control number that another group of the interchange bears."""
        number = _plain_number(control_number)
        if number in self.group_numbers:
            yield "19" if group.newer else "6"
        self.group_numbers.add(number)

    def _close(self) -> None:
        """Ends what IEA would have ended. A cut last segment stays outside the interchange: it is a remnant."""
        if self.trailer is not None or self.position >= self.limit:
            end = self.position
        else:
            end = max(self.position, self.data.rfind(self.terminator, self.position, self.limit) + 1)
        if self.trailer is None:
            if self.set is None:
                self._stray(end)
            self.position = end
            self._end_set(end)
            self._end_group(end, None)
            self.note("023", "the interchange ends without IEA: it was cut off")

    def _interchange(self) -> Interchange:
        fields = [f.strip() for f in self.header.fields]
        grave = [n for n in self.notes if n not in _READABLE]
        return Interchange(
            sender=PartyId(fields[4], fields[5]),
            receiver=PartyId(fields[6], fields[7]),
            date=fields[8],
            time=fields[9],
            version=fields[11],
            control_number=fields[12],
            acknowledgment_requested=fields[13] == "1",
            usage_indicator=fields[14],
            separators=Separators(
                self.header.element, self.header.component, self.header.segment, self.header.repetition
            ),
            offset=self.header.offset,
            length=self.position - self.header.offset,
            groups=tuple(self.groups),
            ta1=tuple(self.ta1),
            note_code=(grave or self.notes or ["000"])[0],
            findings=tuple(self.findings),
        )


_HANDLERS: dict[str, Callable[[_InterchangeReader, list[str], int, int], None]] = {
    "ST": _InterchangeReader._st,
    "SE": _InterchangeReader._se,
    "GS": _InterchangeReader._gs,
    "GE": _InterchangeReader._ge,
    "IEA": _InterchangeReader._iea,
    "TA1": _InterchangeReader._ta1,
    **dict.fromkeys(_SERVICE, _InterchangeReader._service),
}
"""What is done with each envelope segment."""


def _group_errors(group: _OpenGroup, trailer: list[str] | None) -> Iterator[str]:
    """AK905 codes of a group by itself; without ``trailer`` its GE is missing."""
    number, release = group.elements[6], group.elements[8]
    if trailer is None:
        yield "3"
    else:
        if not _same_number(_element(trailer, 2), number):
            yield "4"
        if not _same_number(_element(trailer, 1), str(len(group.sets))):
            yield "5"
    if group.sets and group.foreign == len(group.sets):
        yield "1"
    if not _digits(release[:5]) or len(release) < 5:
        yield "2"
    if not _digits(number) or len(number) > 9:
        yield "6"


@lru_cache(64)
def _searching(
    terminator: bytes, separator: bytes
) -> tuple[Callable[[bytes | mmap, int, int], re.Match[bytes] | None], bytes]:
    """What finds the next envelope segment, and the line ends that separate nothing."""
    wraps = bytes(set(b"\r\n") - set(separator))
    return _envelope_pattern(terminator, separator, tuple(_HANDLERS)).search, wraps


def _envelope_pattern(terminator: bytes, separator: bytes, names: tuple[str, ...]) -> re.Pattern[bytes]:
    """Finds an envelope segment, group 1 its name, or an empty segment, without group 1, behind a terminator: that one
    byte comes first, which the search skips to quickly, and the byte behind it rules out most other segments."""
    # a line wrap may fall inside a name, and behind it
    spelled = b"|".join(rb"[\r\n]*".join(re.escape(c.encode()) for c in name) for name in names)
    ends = rb"[\r\n]*(?:" + re.escape(separator) + b"|" + re.escape(terminator) + b")"
    mark, initials = re.escape(terminator), "".join({name[0] for name in names}).encode()
    likely = b"(?=[" + initials + mark + rb"\r\n\t \0])"
    return re.compile(mark + likely + _blanks(terminator) + b"(?:(" + spelled + b")" + ends + b"|(?=" + mark + b"))")


def _blanks(terminator: bytes) -> bytes:
    """A pattern of what may stand between a terminator and the next segment."""
    return b"[" + b"".join(re.escape(bytes([b])) for b in b"\r\n\t \0" if b != terminator[0]) + b"]*"


_GROUP_TEXT = {
    "1": "no transaction set in it belongs under this functional identifier (GS01)",
    "2": "its version (GS08) cannot be read",
    "3": "its trailer GE is missing",
    "4": "the control number in GE02 differs from GS06",
    "5": "GE01 says {declared} transaction sets, there are {count}",
    "6": "its control number (GS06) is malformed or used twice in the interchange",
    "19": "its control number (GS06) is used twice in the interchange",
}


def _group_finding(error: str, number: str, count: int, declared: str) -> Finding:
    text = _GROUP_TEXT[error].format(count=count, declared=clip(declared) or "no")
    return envelope_finding(f"X12-AK905-{error}", Severity.ERROR, f"GS*{clip(number)}", f"functional group: {text}")


def scan(data: bytes | mmap) -> Scan:
    """Reads every envelope of a file. Never raises; what belongs to no interchange is a remnant with its offset.

    Linear in the size of the file and in its number of sets.
    """
    leftovers = Leftovers(data)
    interchanges: list[Interchange] = []
    headers = list(find_headers(data))
    position, cut = 0, False
    for index, header in enumerate(headers):
        limit = headers[index + 1].offset if index + 1 < len(headers) else len(data)
        leftovers.gap(position, header.offset, cut)
        interchanges.append(_InterchangeReader(data, header, limit).read())
        position = interchanges[-1].offset + interchanges[-1].length
        cut = any(finding.code == "X12-TA105-023" for finding in interchanges[-1].findings)
    if interchanges:
        leftovers.gap(position, len(data), cut)
    else:
        leftovers.all(len(data))
    accounted = leftovers.padding + sum(i.length for i in interchanges) + sum(r.length for r in leftovers.remnants)
    return Scan(len(data), accounted, tuple(interchanges), tuple(leftovers.remnants), tuple(leftovers.findings))
