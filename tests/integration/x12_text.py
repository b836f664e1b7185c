"""X12 as a partner would write it, from strings alone: nothing of what is under test takes part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Isa:
    """ISA and IEA of an interchange from ACME to BUYER; ``count`` and ``trailer`` are IEA01 and IEA02 where wrong."""

    number: str = "000000042"
    sender: str = "ACME"
    receiver: str = "BUYER"
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"
    date: str = "261120"
    time: str = "0905"
    standards: str = "U"
    version: str = "00401"
    requested: str = "0"
    usage: str = "P"
    element: str = "*"
    component: str = ">"
    terminator: str = "~"
    count: str | None = None
    trailer: str | None = None

    def around(self, *groups: str) -> bytes:
        """The interchange; ``groups`` are written with ``*``, ``>`` and ``~`` and take its separators."""
        header = "*".join(
            [
                "ISA", "00", " " * 10, "00", " " * 10, self.sender_qualifier, f"{self.sender:15}",
                self.receiver_qualifier, f"{self.receiver:15}", self.date, self.time, self.standards, self.version,
                self.number, self.requested, self.usage, ">",
            ]
        )  # fmt: skip
        counted = sum(group.startswith("GS*") for group in groups)
        end = f"IEA*{self.count or counted}*{self.trailer or self.number}"
        text = f"{header}~{''.join(groups)}{end}~"
        return text.translate(str.maketrans("*>~", self.element + self.component + self.terminator)).encode("latin-1")


def group(
    code: str,
    *sets: str,
    number: str = "7",
    release: str = "004010",
    count: str | None = None,
    trailer: str | None = None,
) -> str:
    """GS to GE; ``count`` and ``trailer`` are GE01 and GE02 where they are wrong."""
    counted = sum(part.startswith("ST*") for part in sets)
    header = f"GS*{code}*ACME*BUYER*20261120*0905*{number}*X*{release}~"
    return f"{header}{''.join(sets)}GE*{count or counted}*{trailer or number}~"


def transaction_set(
    type: str, body: Sequence[str], number: str = "0001", count: str | None = None, trailer: str | None = None
) -> str:
    """ST to SE; ``count`` and ``trailer`` are SE01 and SE02 where they are wrong."""
    segments = [f"ST*{type}*{number}", *body]
    segments.append(f"SE*{count or len(segments) + 1}*{trailer or number}")
    return "".join(f"{segment}~" for segment in segments)


def purchase_order(number: str = "0001", order: str = "PO-1", lines: Sequence[str] = ("PO1*1*12*EA*9.95",)) -> str:
    """A whole 850."""
    body = [f"BEG*00*SA*{order}**20261120", "REF*DP*038", *lines, f"CTT*{len(lines)}"]
    return transaction_set("850", body, number)


def body_of(answer: str) -> str:
    """What an acknowledgment says: its segments between ST and SE, or its TA1, one a line, whatever its envelope."""
    segments = [segment.strip("\r\n") for segment in answer.split("~")]
    return "\n".join(s for s in segments if s.split("*")[0] in ANSWER_SEGMENTS)


ANSWER_SEGMENTS = {"TA1", "AK1", "AK2", "AK3", "AK4", "AK5", "AK9", "IK3", "IK4", "IK5", "CTX"}
