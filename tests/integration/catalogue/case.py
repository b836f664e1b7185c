"""One case of the catalogue of bad input: the bytes, and what each policy makes of them, to the letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

from canonical.finding import Finding
from channels.x12.envelope import Scan
from hub.inspection.file import InspectedSet, InterchangeAnswered, InterchangeOpened, inspect
from partners.loader import load_profile_text
from partners.pinned import Pinned
from tests.integration.stepping import profile
from tests.integration.x12_text import body_of

LETTERS = {"accepted": "A", "accepted_with_errors": "E", "rejected": "R"}


@dataclass(frozen=True)
class Outcome:
    """``verdicts``: a letter for each set, in file order. ``codes``: every finding's, in the order it is told.
    ``answers``: the segments of each acknowledgment, apart from its envelope."""

    verdicts: str = ""
    codes: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """``strict`` is None where both policies come to the same."""

    id: str
    data: bytes
    lenient: Outcome
    strict: Outcome | None = None


def outcome(verdicts: str = "", codes: str = "", *answers: str) -> Outcome:
    """``codes`` parted by blanks; each answer's segments by ``~``, as X12 has them."""
    return Outcome(verdicts, tuple(codes.split()), tuple(answer.replace("~", "\n") for answer in answers))


def answered(verdict: str, *notes: str, codes: str = "", kind: str = "PO*7", set_type: str = "850") -> str:
    """The 997 of a group of one set: its notes, AK5 ``verdict`` (with its codes) and the AK9 that follows from it."""
    letter = verdict.partition("*")[0]
    middle = "".join(f"{note}~" for note in notes)
    end = f"AK9*{letter}*1*1*{int(letter != 'R')}{codes and '*' + codes}"
    return f"AK1*{kind}~AK2*{set_type}*0001~{middle}AK5*{verdict}~{end}"


def pinned(policy: str = "lenient", **x12: object) -> Pinned:
    return Pinned(load_profile_text(profile(policy=policy, **x12), "acme.yaml").require(), 1)


def inspected(data: bytes | mmap, owner: Pinned) -> Outcome:
    """What inspection makes of the bytes under a profile."""
    verdicts, codes, answers = "", [], []
    for value in inspect(data, profile_of=lambda _: owner):
        codes += [finding.code for finding in _findings(value)]
        if isinstance(value, Scan):
            assert value.bytes_accounted == len(data)
        elif isinstance(value, InspectedSet):
            verdicts += LETTERS[value.verdict.value]
        elif isinstance(value, InterchangeAnswered):
            answers += [body_of(answer) for answer in value.acknowledgments]
    return Outcome(verdicts, tuple(codes), tuple(answers))


def _findings(value: Scan | InterchangeOpened | InspectedSet | InterchangeAnswered) -> Iterator[Finding]:
    yield from value.findings
