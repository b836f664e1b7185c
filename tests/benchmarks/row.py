"""One measured figure."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Row:
    """A row of bench.json. ``ratio`` is ours through theirs, where the row is a comparison with ``against``."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    against: str | None = None

    def as_json(self) -> dict[str, object]:
        return {name: value for name, value in asdict(self).items() if value is not None}
