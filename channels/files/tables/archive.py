"""Workbooks are zip archives, and come from outside: what is in one is counted and looked at before anything opens it.

Limits after ASVS 5.0 (5.2.3): members, their size, their ratio. Every member is unpacked here once, a block at a time,
because the sizes that an archive declares may be lies.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.files.form import Body
from channels.files.records import Unreadable, unreadable
from channels.files.tables.separated import Cut

MEMBERS = 1000
UNPACKED = 200_000_000
"""Bytes of all members together."""

RATIO = 100
"""Bytes unpacked for one packed, in members large enough to matter."""

SMALL = 1_000_000
BLOCK = 1 << 18
OVERLAP = 200
"""Bytes of a block that are looked at again with the next one: longer than any pattern's match that matters."""

CELLS = 11_000_000
"""Cells of the rectangle around everything in a sheet; memory is taken for all of it, filled or not."""

ROWS = 1_048_576
"""Rows of the largest sheet there is."""

_WIDTHS = {
    104: re.compile(rb' r="[A-Z]{2,}\d'),
    520: re.compile(rb' r="(?:[D-Z][A-Z]|[A-Z]{3,})\d'),
    16_384: re.compile(rb' r="(?:[T-Z][A-Z]|[A-Z]{3,})\d'),
}
"""So many columns are reckoned with where a cell like this stands; 26 where none does."""

_ROW = re.compile(rb'<row r="(\d{1,9})"|<row\b[^<>]*?\br="(\d{1,9})"')
_FAR_CELL = re.compile(rb' r="[A-Z]{1,4}\d{7}')
_HIDDEN_ROW = re.compile(rb'<row\b(?=[^<>]*\bhidden="(?:1|true)")[^<>]*?\br="(\d+)"')
_FAULTY = re.compile(
    rb'<c\b(?=[^<>]*\bt="e")[^<>]*?\br="([A-Z]{1,3}\d{1,7})"'  # #REF! and its like
    rb'|<c\b[^<>]*?\br="([A-Z]{1,3}\d{1,7})"[^<>]*>\s*<f\b[^<>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>|</c>)'
)
_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="(\d+)"[^<>]*>(?!</table:table-row>)')


@dataclass(slots=True)
class SheetFacts:
    """What the reader of workbooks does not tell of one XLSX sheet: hidden rows, and the cells that show an error or
    hold a formula that was never computed (``B7``)."""

    hidden_rows: list[int] = field(default_factory=list)
    faulty: list[str] = field(default_factory=list)


def checked(body: Body) -> dict[str, SheetFacts]:
    """What is to be known of each sheet's member. Raises Unreadable for an archive that is not to be opened."""
    try:
        with zipfile.ZipFile(Cut(body)) as archive:
            infos = archive.infolist()
            _check_directory(infos)
            total = 0
            facts: dict[str, SheetFacts] = {}
            for info in infos:
                own = facts[info.filename] = SheetFacts()
                sheet = re.fullmatch(r"xl/worksheets/[^/]+\.xml", info.filename) is not None
                total += _look_through(archive, info, own if sheet else None, UNPACKED - total)
            return facts
    except Unreadable:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        fix = "Open it in a spreadsheet program and save it again, as XLSX."
        raise unreadable("FILE-UNREADABLE", f"The workbook is damaged: {error}", fix=fix) from error


def _check_directory(infos: list[zipfile.ZipInfo]) -> None:
    names = [info.filename for info in infos]
    if len(infos) > MEMBERS:
        raise _hostile(f"it has {len(infos)} parts; workbooks have a few dozen")
    if any(".." in name.split("/") or name.startswith("/") or "\\" in name for name in names):
        raise _hostile("the name of one of its parts leads out of it")
    if any(info.flag_bits & 1 for info in infos) or "EncryptedPackage" in names:
        raise locked()
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise with_macros()
    if any(name.startswith("xl/externalLinks/") for name in names):
        fix = "Paste the values in place of links to other workbooks, and save it again."
        raise unreadable("FILE-HOSTILE", "The workbook takes values from other files", fix=fix)
    if sum(info.file_size for info in infos) > UNPACKED:
        raise _hostile(f"it would unpack to more than {UNPACKED // 1_000_000} MB")
    for info in infos:
        if info.file_size > SMALL and info.file_size > RATIO * max(info.compress_size, 1):
            raise _hostile(f"one of its parts would unpack to more than {RATIO} times its size")


def locked() -> Unreadable:
    fix = "Save it without a password, and send it again."
    return unreadable("FILE-LOCKED", "The workbook is protected by a password", fix=fix)


def with_macros() -> Unreadable:
    fix = "Save it as a plain workbook (XLSX), and send it again."
    return unreadable("FILE-HOSTILE", "The workbook holds macros, which are not taken", fix=fix)


def _hostile(why: str) -> Unreadable:
    return unreadable("FILE-HOSTILE", f"The archive is not opened: {why}", fix="Send a workbook as a program saves it.")


def _look_through(archive: zipfile.ZipFile, info: zipfile.ZipInfo, facts: SheetFacts | None, left: int) -> int:
    """Unpacks one member and looks at all of it; gives its size."""
    size, extent = 0, _Extent()
    is_xml = info.filename.endswith((".xml", ".rels"))
    for block, before in _blocks(archive, info):
        size += len(block) - before
        if size > left:
            raise _hostile(f"it unpacks to more than {UNPACKED // 1_000_000} MB")
        if is_xml and (b"<!DOCTYPE" in block or b"<!ENTITY" in block):
            raise _hostile("one of its parts has a DTD, which is not allowed")
        if info.filename == "content.xml" and any(int(n) > ROWS for n in _REPEATED.findall(block)):
            raise _hostile("it repeats a row or column millions of times")
        if facts is not None:
            extent.grow(block)
            if b"hidden=" in block:
                facts.hidden_rows += map(int, _HIDDEN_ROW.findall(block))
            if b't="e"' in block or b"<f" in block:
                facts.faulty += [(a or b).decode() for a, b in _FAULTY.findall(block)]
    return size


@dataclass(slots=True)
class _Extent:
    """How far a sheet reaches, as far as it has been looked through."""

    rows: int = 0
    columns: int = 26

    def grow(self, block: bytes) -> None:
        named = [int(a or b) for a, b in _ROW.findall(block)]
        self.rows = max([self.rows, *named, ROWS + 1 if _FAR_CELL.search(block) else 0])
        for columns, pattern in _WIDTHS.items():
            if columns > self.columns and pattern.search(block):
                self.columns = columns
        if self.rows * self.columns > CELLS:
            message = f"A sheet's cells stand so far apart that more than {CELLS} would have to be taken in"
            raise unreadable("FILE-TOO-LARGE", message, fix="Delete what stands far off, or send the file in parts.")


def _blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[tuple[bytes, int]]:
    """The member's bytes, each block behind the end of the one before, and how long that is."""
    before = b""
    with archive.open(info) as member:
        while block := member.read(BLOCK):
            yield before + block, len(before)
            before = block[-OVERLAP:]
