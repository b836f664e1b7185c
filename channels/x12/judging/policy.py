"""What is forgiven: which findings leave a set acceptable, for a partner, or for what we send ourselves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """How a partner's errors are taken. ``forgive`` holds finding codes: a set whose every error is forgiven is
    accepted with errors, and its findings are warnings."""

    name: str
    forgive: frozenset[str] = frozenset()

    def for_sending(self) -> Policy:
        """The same for what we send ourselves: a partner's slips in structure and envelope are forgiven, not ours."""
        return Policy(self.name, self.forgive - _THEIRS)


STYLE = frozenset({"X12-TRAILING-SEPARATOR", "X12-TRAILING-SPACE", "X12-NON-ASCII", "X12-NUMBER-FORM"})
"""Deviations of style. Forgiven they are warnings only: the set is accepted and nothing is acknowledged about them."""

GUIDE = "-GUIDE"
"""Ends the code of a finding of what a partner's guide asks beyond the standard: ``X12-AK403-7-GUIDE``."""

_THEIRS = frozenset(
    {
        "X12-AK304-1-LOCAL",  # a segment that two partners made for themselves (ZA1): kept among the extras
        "X12-AK304-2",  # a single segment without a place here, kept among the extras
        "X12-AK304-4",
        "X12-AK304-5",
        "X12-AK304-6",  # a segment that other sets have, kept among the extras
        "X12-AK304-7",  # out of order, but its place is known
        "X12-AK403-1-OPTIONAL",  # a segment the set can do without is incomplete
        "X12-AK403-1-UNDATED",
        "X12-AK403-6-COUNT",  # a control count (CTT) that is none: lines and quantities speak for themselves
        "X12-AK403-8-ZERO",  # zeros where no date is meant
        "X12-AK502-6",  # GS01 of another set: ST01 says well enough what it is
        "X12-AK502-18",
        "X12-AK304-2-GUIDE",  # a guide broken by what is sent too much, another code or another length
        "X12-AK304-4-GUIDE",
        "X12-AK304-5-GUIDE",
        "X12-AK304-6-GUIDE",
        "X12-AK403-4-GUIDE",
        "X12-AK403-5-GUIDE",
        "X12-AK403-7-GUIDE",
        "X12-AK403-10-GUIDE",
    }
)
"""Slips that leave what the partner says as clear as before."""

LENIENT = Policy(
    "lenient",
    STYLE
    | _THEIRS
    | {
        "X12-AK403-2",  # a syntax note broken (REF with neither number nor text): what is there can still be read
        "X12-AK403-3",  # more elements than the release defines: often those of a later release
        "X12-AK403-4",
        "X12-AK403-5",
        "X12-AK403-7",  # a code that the release's list does not hold
        "X12-AK403-10",
        "X12-AK403-12",
        "X12-AK403-13",
        "X12-AK502-4-TRUNCATED",  # a count of more digits than the sender's field has: it still tells the set whole
    },
)
"""Forgives what leaves the business content readable. Never in it: a missing mandatory segment, or element of one, what
a partner's guide requires, a number or date that cannot be read, a whole loop without a place, a segment of unknown
name (who knows what it says?), a set whose trailer contradicts it (it may have been cut) or whose number another set of
its group bears."""

STRICT = Policy("strict")
