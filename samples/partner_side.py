"""What a trading partner does with the folder it shares with us: puts files in, takes ours out, acknowledges them.

Written from the partner's side with string operations alone: the demo does not answer the hub with the hub's own code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

ISA_LENGTH = 106
NUMBER_ELEMENTS = {"BEG": 3, "BAK": 3, "BSN": 2, "BIG": 2}
"""First segment of a set → the element that holds the document's own number."""


@dataclass(frozen=True)
class Folder:
    """A partner's folder below the hub's folder root."""

    root: Path

    def make(self) -> None:
        """Both sides of the folder. The hub never makes it: an absent share must not look like an empty one."""
        for name in ("in", "out"):
            (self.root / name).mkdir(parents=True, exist_ok=True)

    def put(self, name: str, data: bytes) -> None:
        """A whole file at once: written under another name, then renamed, as the guide asks of partners."""
        unfinished = self.root / "in" / f"{name}.part"
        unfinished.write_bytes(data)
        unfinished.rename(self.root / "in" / name)

    def taken(self, kind: str) -> list[str]:
        """The interchanges that the hub put here and that hold sets of this type, or a TA1, in the order of names."""
        files = sorted(path for path in (self.root / "out").glob("*") if _is_whole(path))
        texts = [path.read_bytes().decode("ascii") for path in files]
        return [text for text in texts if any(_begins(segment, kind) for segment in segments(text))]


def _is_whole(path: Path) -> bool:
    """A leading dot: its sender is still at it."""
    return path.is_file() and not path.name.startswith(".")


def _begins(segment: list[str], kind: str) -> bool:
    return segment[0] == "TA1" if kind == "TA1" else segment[:2] == ["ST", kind]


def segments(interchange: str) -> Iterator[list[str]]:
    """The segments of one interchange as lists of elements; separators as the ISA says (X12.5)."""
    element, terminator = interchange[3], interchange[ISA_LENGTH - 1]
    for segment in interchange.split(terminator):
        if text := segment.strip("\r\n"):
            yield text.split(element)


def accept(interchange: str, control_number: int) -> bytes:
    """A partner's answer to one of our interchanges: the 997 that accepts every set of it."""
    received = list(segments(interchange))
    isa, gs = received[0], next(s for s in received if s[0] == "GS")
    sets = [s for s in received if s[0] == "ST"]
    body = [["AK1", gs[1], gs[6]]]
    for entry in sets:
        body += [["AK2", entry[1], entry[2]], ["AK5", "A"]]
    body += [["AK9", "A", *[str(len(sets))] * 3]]
    answer = [
        [*isa[:5], isa[7], isa[8], isa[5], isa[6], *isa[9:13], f"{control_number:09d}", "0", *isa[15:]],
        ["GS", "FA", gs[3], gs[2], gs[4], gs[5], str(control_number), "X", gs[8]],
        ["ST", "997", "0001"],
        *body,
        ["SE", str(len(body) + 2), "0001"],
        ["GE", "1", str(control_number)],
        ["IEA", "1", f"{control_number:09d}"],
    ]
    return "".join("*".join(segment) + "~\n" for segment in answer).encode()


class Verdict(NamedTuple):
    """What a 997 of ours says of one set: AK102, AK201, AK202 and AK501, and the errors as AK3 and AK4 name them."""

    group_control_number: str
    set_type: str
    control_number: str
    code: str
    errors: list[str]


def verdicts(acknowledgment: str) -> list[Verdict]:
    found: list[Verdict] = []
    group = ""
    for segment in segments(acknowledgment):
        if segment[0] == "AK1":
            group = segment[2]
        elif segment[0] == "AK2":
            found.append(Verdict(group, segment[1], segment[2], "", []))
        elif segment[0] in ("AK3", "AK4"):
            found[-1].errors.append("*".join(segment))
        elif segment[0] == "AK5":
            found[-1] = found[-1]._replace(code=segment[1])
    return found


def interchange_verdicts(acknowledgment: str) -> list[tuple[str, str]]:
    """What the TA1 segments of ours say: TA101, the interchange control number, and TA104."""
    return [(segment[1], segment[4]) for segment in segments(acknowledgment) if segment[0] == "TA1"]


def business_numbers(interchange: str) -> dict[tuple[str, str], str]:
    """What the partner calls each document of an interchange of its own, by group and set control number."""
    numbers: dict[tuple[str, str], str] = {}
    group = control_number = ""
    for segment in segments(interchange):
        if segment[0] == "GS":
            group = segment[6]
        elif segment[0] == "ST":
            control_number = segment[2]
        elif segment[0] in NUMBER_ELEMENTS:
            numbers[group, control_number] = segment[NUMBER_ELEMENTS[segment[0]]]
    return numbers
