"""pyx12 as the second judge: the tables and a partner's guide as pyx12's maps, one transaction set at a time.

pyx12 is built for health care claims in files of its own kind; whole files of ours cannot be trusted to it. It loses a
second interchange, stops reading at an empty segment or one above 8 KB, and slows down with the square of the number of
sets. So it gets a single set in a minimal envelope, and whatever it raises, or leaves unread, is a verdict of its own.

Its element definitions are one list for all releases; here every map brings the definitions of its release and guide.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from pyx12.dataele import DataElements
from pyx12.error_item import EleError, SegError
from pyx12.map_if import loop_if, map_if, segment_if, x12_node
from pyx12.map_walker import walk_tree
from pyx12.params import ParamsBase
from pyx12.x12file import X12Reader

from canonical.finding import clip
from channels.x12.envelope import Separators
from channels.x12.guide import ElementRule, Guide, SetGuide
from channels.x12.standards import tables
from channels.x12.standards.tables import ElementUse, LoopUse, SegmentUse

NO_LIMIT = ">1"
LONGEST = 99_999_999
"""Length of an element that has no longest one."""

ENVELOPE = 2
"""Segments of the envelope before ST."""

_PLACE = re.compile(r"([0-9]{2})(?:-([0-9]{1,2}))?$")


class SecondVerdict(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    FAILED = "failed"  # it raised, or did not read to the end


@dataclass(frozen=True, slots=True)
class SecondError:
    """One error as pyx12 names it. ``position`` counts segments from ST = 1; ``element`` and ``component`` 0 = none.
    ``code`` is X12 720 for a segment, 723 for an element, 718 for the set (``SE``), or a word of pyx12's own (HL1)."""

    position: int
    segment: str
    element: int
    component: int
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class SecondJudgement:
    """``reason`` says what stopped pyx12 when it failed, ``position`` at which segment; ``errors`` are those it named
    until then."""

    verdict: SecondVerdict
    errors: tuple[SecondError, ...] = ()
    reason: str = ""
    position: int = 0


class SecondJudge:
    """pyx12 with the map of one set. Made by ``second_judge()``; safe to share between threads."""

    def __init__(self, release: str, set_type: str, rules: SetGuide) -> None:
        """Raises UnsupportedSetError."""
        self.release = tables.nearest_release(release)
        self._map = _Map(_MapWriter(release, rules), set_type)

    def judge(self, segments: Iterable[list[str]], separators: Separators) -> SecondJudgement:
        """Judges the segments of one set, ST to SE, each as its elements with the name first. Never raises."""
        given = list(segments)
        told: list[list[SecondError]] = []  # one list a segment, that of GE behind the set's own
        reason = ""
        try:
            for errors in self._read(X12Reader(io.StringIO(self._enveloped(given, separators))), len(given)):
                told.append(errors)
        except Exception as error:  # noqa: BLE001 (whatever it stumbles over: IndexError, ValueError, its own)
            reason = f"{type(error).__name__}: {clip(error)}"
        if len(told) <= len(given) and not reason:
            reason = f"it stopped reading behind segment {len(told)} of {len(given)}"
        named = tuple(error for errors in told for error in errors)
        if reason:
            return SecondJudgement(SecondVerdict.FAILED, named, reason, len(told) + 1)
        return SecondJudgement(SecondVerdict.REFUSED if named else SecondVerdict.ACCEPTED, named)

    def _enveloped(self, segments: list[list[str]], separators: Separators) -> str:
        """An interchange of its own around the set, in the set's own separators."""
        version = "00501" if self.release == "005010" else "00401"
        mark = separators.repetition or "U"
        nobody, nothing = ["ZZ", " " * 15], ["00", " " * 10]
        header = ["ISA", *nothing, *nothing, *nobody, *nobody, "000101", "0000", mark, version]
        header += ["000000001", "0", "P", separators.component]
        group = ["GS", "XX", "S", "R", "20000101", "0000", "1", "X", self.release]
        enveloped = [header, group, *segments, ["GE", "1", "1"], ["IEA", "1", "000000001"]]
        return "".join(f"{separators.element.join(segment)}{separators.segment}" for segment in enveloped)

    def _read(self, reader: X12Reader, count: int) -> Iterator[list[SecondError]]:
        """The errors of each segment in turn; last those that GE brings to light, such as a missing SE."""
        walker = walk_tree()
        node: Any = None
        for position, segment in enumerate(reader, 1 - ENVELOPE):
            name = clip(segment.get_seg_id() or "")
            if position < 1:
                loop = "/ISA_LOOP" if node is None else "/ISA_LOOP/GS_LOOP"
                walker.forceWalkCounterToLoopStart(loop, f"{loop}/{name}")
                node = self._map.getnodebypath(f"{loop}/{name}")
                continue
            walked, _, _, missed = walker.walk_errors(node, segment, position, position, None)
            errors = [_of_segment(position, name, error) for error in missed]
            errors += [_of_reader(position, name, *told) for told in reader.pop_errors()]
            if isinstance(walked, segment_if) and position <= count:
                errors += [_of_element(position, name, error) for error in walked.is_valid_errors(segment)[1]]
            yield errors
            if position > count:
                return
            node = walked or node


@lru_cache(maxsize=16)  # a map takes some 10 MB: code lists are copied to every place
def _judge_of(release: str, set_type: str, rules: SetGuide) -> SecondJudge:
    return SecondJudge(release, set_type, rules)


def second_judge(release: str, set_type: str, guide: Guide | None = None) -> SecondJudge:
    """pyx12 ready to judge sets of one type, from a cache; arguments as for ``grammar.grammar``.

    Raises UnsupportedSetError when the tables do not hold the set.
    """
    return _judge_of(release[:6], set_type, guide.rules(set_type) if guide is not None else SetGuide())


def _of_segment(position: int, name: str, error: SegError) -> SecondError:
    """A missing segment is named itself, not the one before which it is missed."""
    missing = error.err_cde == "3" and error.seg_data is not None
    return SecondError(
        position, error.seg_data.get_seg_id() if missing else name, 0, 0, error.err_cde, clip(error.err_str, 200)
    )


def _of_reader(
    position: int, name: str, kind: str, code: str, text: str, _value: str | None, _line: int | None
) -> SecondError:
    """What pyx12's reader counts: the trailer's number and count, HL01, separators at the end."""
    return SecondError(position, "SE" if kind == "st" else name, 0, 0, code, clip(text, 200))


def _of_element(position: int, name: str, error: EleError) -> SecondError:
    place = _PLACE.search(f"{error.refdes:02d}" if isinstance(error.refdes, int) else error.refdes or "")
    element, component = (int(place[1]), int(place[2] or 0)) if place else (0, 0)
    return SecondError(position, name, element, component, error.err_cde, clip(error.err_str, 200))


class _Definitions(DataElements):
    """Element definitions in memory; pyx12's own are read from a file."""

    def __init__(self) -> None:
        self.dataele = {}


class _Map(map_if):
    """pyx12's map of one set from an element tree; pyx12's own is read from files."""

    def __init__(self, writer: _MapWriter, set_type: str) -> None:
        x12_node.__init__(self)
        tree = writer.transaction(tables.set_table(writer.release, set_type))
        self.path, self.cur_path, self.base_name = "/", "/transaction", "transaction"
        self.id, self.name = set_type, set_type
        self.param, self.data_elements = ParamsBase(), writer.definitions
        self.icvn = "00501" if writer.release == "005010" else "00401"
        self.pos_map = {}
        for element in tree.findall("loop"):
            loop = loop_if(self, self, element)
            self.pos_map[loop.pos] = [loop]


class _MapWriter:
    """Writes the tables, narrowed by a guide, as the element tree of a pyx12 map. Rules of a guide that hold under a
    condition have no place in such a map and are left to our own judge.

    Positions rise through the whole set: pyx12 forgets a missing segment when the next one read stands at an equal one.
    The xid of a loop is spelled so that it can never be taken for a segment's.
    """

    def __init__(self, release: str, rules: SetGuide) -> None:
        """``release`` is a GS08 value."""
        self.release = tables.nearest_release(release)
        self.definitions = _Definitions()
        self._old_dates = release[:6] < "004010"  # the century came into element 373 with release 004010
        self._rules = rules
        self._position = 0

    def transaction(self, table: tables.SetTable) -> Element:
        root = Element("transaction", xid=table.type)
        interchange = self._loop(root, "ISA_LOOP", True, 0)
        SubElement(interchange, "segment", xid="ISA", usage="R", pos=self._next(), max_use="1")
        group = self._loop(interchange, "GS_LOOP", True, 0)
        SubElement(group, "segment", xid="GS", usage="R", pos=self._next(), max_use="1")
        self._items(self._loop(group, "ST_LOOP", True, 0), table.items, "")
        SubElement(group, "segment", xid="GE", usage="R", pos=self._next(), max_use="1")
        SubElement(interchange, "segment", xid="IEA", usage="R", pos=self._next(), max_use="1")
        return root

    def _next(self) -> str:
        self._position += 10
        return str(self._position)

    def _loop(self, parent: Element, xid: str, mandatory: bool, maximum: int) -> Element:
        usage, repeat = "R" if mandatory else "S", str(maximum or NO_LIMIT)
        return SubElement(
            parent, "loop", xid=xid, type="explicit", name=xid, usage=usage, pos=self._next(), repeat=repeat
        )

    def _items(self, parent: Element, items: Iterable[SegmentUse | LoopUse], loop: str) -> None:
        for index, item in enumerate(items):
            if isinstance(item, SegmentUse):
                starts_loop = bool(loop) and index == 0
                narrowed = (item.mandatory, item.maximum) if starts_loop else self._narrowed(item, item, loop)
                if narrowed is not None:
                    self._segment(parent, item.id, *narrowed, loop)
                continue
            first = item.items[0]
            narrowed = self._narrowed(item, first if isinstance(first, SegmentUse) else None, item.xid)
            if narrowed is not None:
                self._items(self._loop(parent, f"{item.xid}_LOOP", *narrowed), item.items, item.xid)

    def _narrowed(self, use: SegmentUse | LoopUse, first: SegmentUse | None, loop: str) -> tuple[bool, int] | None:
        """Whether the place is mandatory and how often it may be used under the guide; None = forbidden. A rule for the
        first segment of a loop holds for the loop."""
        mandatory, maximum = use.mandatory, use.maximum
        for rule in self._rules.segments:
            if first is None or rule.having or rule.segment != first.id or not rule.holds_in(loop):
                continue
            if rule.usage == "forbidden":
                return None
            mandatory = mandatory or rule.usage == "required"
            maximum = rule.max or maximum
        return mandatory, maximum

    def _segment(self, parent: Element, name: str, mandatory: bool, maximum: int, loop: str) -> None:
        table = tables.segment_table(self.release, name)
        usage, limit = "R" if mandatory else "S", str(maximum or NO_LIMIT)
        segment = SubElement(
            parent, "segment", xid=name, name=table.name or name, usage=usage, pos=self._next(), max_use=limit
        )
        for note in table.notes:
            SubElement(segment, "syntax").text = note
        rules = [rule for _, rule in self._rules.element_rules(name, loop) if rule.when is None]
        for position, use in enumerate(table.elements, 1):
            asked = [rule for rule in rules if rule.position == position]
            if use.components:
                self._composite(segment, f"{name}{position:02d}", use, position, asked)
            else:
                self._element(segment, f"{name}{position:02d}", use.number, use.mandatory, position, asked)

    def _composite(
        self, segment: Element, place: str, use: ElementUse, position: int, asked: Sequence[ElementRule]
    ) -> None:
        usage = _usage(use.mandatory, [rule for rule in asked if not rule.component])
        composite = SubElement(
            segment, "composite", xid=place, data_ele=use.number, name=use.number, usage=usage, seq=f"{position:02d}"
        )
        for index, part in enumerate(use.components, 1):
            about = [rule for rule in asked if rule.component == index]
            self._element(composite, f"{place}-{index:02d}", part.number, part.mandatory, index, about)

    def _element(
        self,
        parent: Element,
        place: str,
        number: str,
        mandatory: bool,
        position: int,
        asked: Sequence[ElementRule],
    ) -> None:
        table = tables.element_table(self.release, number)
        minimum, maximum = table.minimum, table.maximum or LONGEST
        if self._old_dates and table.type == "DT":
            minimum = 6
        codes = tables.codes(self.release, number) or frozenset()
        for rule in asked:
            minimum, maximum = rule.min or minimum, rule.max or maximum
            codes = frozenset(rule.codes) or codes
        key = f"{number} of {minimum} to {maximum}"
        self.definitions.dataele[key] = {
            "data_type": table.type,
            "min_len": minimum,
            "max_len": maximum,
            "name": table.name,
        }
        usage = _usage(mandatory, asked)
        element = SubElement(
            parent, "element", xid=place, data_ele=key, name=table.name or number, usage=usage, seq=f"{position:02d}"
        )
        if codes:
            element.append(_valid_codes(codes))


@lru_cache(maxsize=1024)
def _valid_codes(codes: frozenset[str]) -> Element:
    """A list of codes, made once for the many places that share it."""
    valid = Element("valid_codes")
    for code in sorted(codes):
        SubElement(valid, "code").text = code
    return valid


def _usage(mandatory: bool, asked: Iterable[ElementRule]) -> str:
    """pyx12's word for it: R required, S situational, N not used."""
    usages = {rule.usage for rule in asked}
    return "N" if "forbidden" in usages else "R" if mandatory or "required" in usages else "S"
