"""pyx12 as the peer: it validates the same sets by maps made of the hub's own tables.

To pyx12's advantage its maps are loaded once and kept, and it is given one set at a time (with a file of many sets its
time grows with the square of their number).
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import pyx12
import pyx12.map_if
import pyx12.map_index
import pyx12.params
import pyx12.x12n_document

from channels.x12 import tables
from channels.x12.tables import LoopUse, SegmentUse

RELEASE = "004010"
NO_LIMIT = ">1"


class Pyx12:
    """Validates single sets of one type. ``folder`` takes the maps that are written for it."""

    def __init__(self, folder: Path, set_type: str) -> None:
        _write_maps(folder, set_type)
        self._folder = str(folder)
        self._parameters = pyx12.params.ParamsBase()

    def accepts(self, interchange: str) -> bool:
        """Whether pyx12 finds an interchange of one set free of errors."""
        return bool(
            pyx12.x12n_document.x12n_document(
                self._parameters, io.StringIO(interchange), None, None, map_path=self._folder
            )
        )


def keep_maps() -> None:
    """Make pyx12 load each map once instead of on every call, as a service that embeds it would."""
    load, index = pyx12.map_if.load_map_file, pyx12.map_index.map_index
    kept = cache(lambda name, path: load(name, pyx12.params.ParamsBase(), path))
    pyx12.map_if.load_map_file = lambda name, _parameters, path=None: kept(name, path)
    pyx12.map_index.map_index = cache(index)


def _write_maps(folder: Path, set_type: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shipped = Path(pyx12.__file__).parent / "map"
    for name in ("x12.control.00401.xml", "codes.xml"):
        shutil.copy(shipped / name, folder)
    table = tables.set_table(RELEASE, set_type)
    maps = Element("maps")
    version = SubElement(maps, "version", icvn="00401")
    SubElement(version, "map", vriic=RELEASE, fic=table.group, abbr=set_type).text = f"{set_type}.xml"
    for root, name in (
        (maps, "maps.xml"),
        (_transaction(table), f"{set_type}.xml"),
        (_elements(table.items, shipped / "dataele.xml"), "dataele.xml"),
    ):
        ElementTree.ElementTree(root).write(folder / name, encoding="utf-8", xml_declaration=True)


def _transaction(table: tables.SetTable) -> Element:
    root = Element("transaction", xid=table.type)
    _text(root, name=table.name)
    interchange = _loop(root, "ISA_LOOP", "R", 1, NO_LIMIT)
    _segment(interchange, SegmentUse("ISA", True, 1), 10)
    group = _loop(interchange, "GS_LOOP", "R", 20, NO_LIMIT)
    _segment(group, SegmentUse("GS", True, 1), 10)
    body = _loop(group, "ST_LOOP", "R", 20, NO_LIMIT)
    _items(body, table.items)
    _segment(group, SegmentUse("GE", True, 1), 30)
    _segment(interchange, SegmentUse("IEA", True, 1), 40)
    return root


def _items(parent: Element, items: Iterable[SegmentUse | LoopUse]) -> None:
    for index, item in enumerate(items, 1):
        if isinstance(item, SegmentUse):
            _segment(parent, item, index * 10)
        else:
            usage = "R" if item.mandatory else "S"
            _items(_loop(parent, item.xid, usage, index * 10, str(item.maximum or NO_LIMIT)), item.items)


def _loop(parent: Element, xid: str, usage: str, position: int, repeat: str) -> Element:
    loop = SubElement(parent, "loop", xid=xid, type="explicit")
    _text(loop, name=xid, usage=usage, pos=position, repeat=repeat)
    return loop


def _segment(parent: Element, use: SegmentUse, position: int) -> None:
    table = tables.segment_table(RELEASE, use.id)
    segment = SubElement(parent, "segment", xid=use.id)
    limit = use.maximum or NO_LIMIT
    _text(segment, name=table.name or use.id, usage="R" if use.mandatory else "S", pos=position, max_use=limit)
    for note in table.notes:
        SubElement(segment, "syntax").text = note
    for index, element in enumerate(table.elements, 1):
        usage = "R" if element.mandatory else "S"
        if not element.components:
            _element(segment, f"{use.id}{index:02d}", element.number, usage, index)
            continue
        composite = SubElement(segment, "composite")
        _text(composite, data_ele=element.number, name=element.number, usage=usage, seq=f"{index:02d}")
        for note in element.notes:
            SubElement(composite, "syntax").text = note
        for place, part in enumerate(element.components, 1):
            designator = f"{use.id}{index:02d}-{place:02d}"
            _element(composite, designator, part.number, "R" if part.mandatory else "S", place)


def _element(parent: Element, designator: str, number: str, usage: str, position: int) -> None:
    element = SubElement(parent, "element", xid=designator)
    _text(element, data_ele=number, name=number, usage=usage, seq=f"{position:02d}")
    codes = tables.codes(RELEASE, number)
    if codes and tables.element_table(RELEASE, number).type == "ID":
        valid = SubElement(element, "valid_codes")
        for code in sorted(codes):
            SubElement(valid, "code").text = code


def _elements(items: Iterable[SegmentUse | LoopUse], shipped: Path) -> Element:
    """Every element that the set and its envelope use; the control map's own come from pyx12's list."""
    root = ElementTree.parse(shipped).getroot()
    listed = {row.get("ele_num"): row for row in root}
    for number in sorted(_numbers([*items, *(SegmentUse(name, True, 1) for name in ("ISA", "GS", "GE", "IEA"))])):
        row = listed.get(number)
        if row is None:
            row = SubElement(root, "data_ele", ele_num=number)
        table = tables.element_table(RELEASE, number)
        longest = table.maximum or 99_999_999
        row.attrib.update(data_type=table.type, min_len=str(table.minimum), max_len=str(longest), name=number)
    return root


def _numbers(items: Iterable[SegmentUse | LoopUse]) -> set[str]:
    numbers: set[str] = set()
    for item in items:
        if isinstance(item, LoopUse):
            numbers |= _numbers(item.items)
        else:
            for element in tables.segment_table(RELEASE, item.id).elements:
                numbers |= {part.number for part in element.components} or {element.number}
    return numbers


def _text(parent: Element, **values: object) -> None:
    for name, value in values.items():
        SubElement(parent, name).text = str(value)
