"""Files taken apart: every byte of one belongs to an interchange, to padding or to a remnant that is named.

``isa`` finds the headers, ``scan`` reads from one envelope segment to the next and judges the envelopes, ``model`` is
what it finds, ``leftovers`` and ``sniff`` say what the rest is. ``segments`` then reads one set's segments in blocks.
"""

from __future__ import annotations

from channels.x12.envelope.model import Group, Interchange, PartyId, Scan, Separators, SetSpan
from channels.x12.envelope.scan import scan

__all__ = ["Group", "Interchange", "PartyId", "Scan", "Separators", "SetSpan", "scan"]
