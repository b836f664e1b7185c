"""What a trading partner does with the folder it shares with us: puts files in, takes ours out, acknowledges them.

Written from the partner's side with string operations alone: the demo does not answer the hub with the hub's own code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ISA_LENGTH = 106


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

    def taken(self, set_type: str) -> list[str]:
        """The interchanges that the hub put here and that hold sets of ``set_type``, in the order of their names."""
        files = sorted(path for path in (self.root / "out").glob("*") if path.is_file())
        texts = [path.read_bytes().decode("ascii") for path in files]
        return [text for text in texts if any(segment[:2] == ["ST", set_type] for segment in segments(text))]


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


def verdicts(acknowledgment: str) -> list[tuple[str, str, str, list[str]]]:
    """What a 997 of ours says of each set: type, control number, AK501 and the errors as AK3 and AK4 name them."""
    found: list[tuple[str, str, str, list[str]]] = []
    errors: list[str] = []
    for segment in segments(acknowledgment):
        if segment[0] == "AK2":
            errors = []
            found.append((segment[1], segment[2], "", errors))
        elif segment[0] in ("AK3", "AK4"):
            errors.append("*".join(segment))
        elif segment[0] == "AK5":
            found[-1] = (*found[-1][:2], segment[1], errors)
    return found
