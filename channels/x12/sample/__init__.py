"""Valid documents of any set that the tables hold, narrowed by a partner's guide: for tests, go-live and guides.

    >>> from channels.x12.sample import sample
    >>> sample("850", "004010", lines=2).body[0]
    ['BEG', '00', 'SA', '4560494', '', '20260405']

The same arguments make the same document. Names and numbers are invented (``trade``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from channels.x12.envelope import Separators
from channels.x12.guide import Guide
from channels.x12.sample.document import Document
from channels.x12.sample.trade import trade
from channels.x12.sample.values import written
from channels.x12.standards import tables
from channels.x12.writing.writer import USUAL_SEPARATORS

__all__ = ["Sample", "sample"]


@dataclass(frozen=True, slots=True)
class Sample:
    """``body`` are the segments between ST and SE, as ``writing.writer`` takes them; ``created`` is the moment for the
    envelope, on the sender's clock, that fits the dates inside."""

    set_type: str
    body: list[list[str]]
    created: datetime


def sample(
    set_type: str,
    release: str = "004010",
    guide: Guide | None = None,
    *,
    seed: int = 0,
    lines: int = 2,
    buyer: str = "",
    seller: str = "",
    separators: Separators = USUAL_SEPARATORS,
) -> Sample:
    """``release`` is a GS08 value; ``buyer`` and ``seller`` name the companies. Raises UnsupportedSetError for a set
    that the tables do not hold."""
    held = tables.nearest_release(release)
    tables.set_table(held, set_type)
    rules = (guide or Guide()).rules(set_type)
    business = trade(seed, lines, buyer, seller)
    body = Document(set_type, held, rules, business, separators).segments()
    day = written(set_type, business)
    return Sample(set_type, body, datetime.combine(day, time(10, 30)))
