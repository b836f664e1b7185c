"""What the scan of an arrival comes to: the interchanges that it holds, or documents that stand there by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from pydantic import Field

from canonical.finding import Finding
from channels.x12.envelope import Scan
from hub.pipeline.piece import FilePlace


@dataclass(frozen=True, slots=True)
class Interchanges:
    """X12: its envelopes, and the SHA-256 of each interchange's own bytes."""

    scan: Scan
    digests: tuple[str, ...]

    @property
    def documents(self) -> int:
        """How many there are, worked or not."""
        return sum(len(group.sets) for interchange in self.scan.interchanges for group in interchange.groups)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.scan.findings


@dataclass(frozen=True, slots=True)
class Documents:
    """Any other form: where each document stands. With an error among ``findings`` there are none: a file that cannot
    be told to its end is refused whole."""

    places: tuple[FilePlace, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def documents(self) -> int:
        return len(self.places)


Scanned: TypeAlias = Annotated[Interchanges | Documents, Field(union_mode="left_to_right")]
