"""Traces, for whoever names an endpoint that takes them; nothing of OpenTelemetry is loaded or done without one.

Nobody has to hand a trace on: the identifier of an arrival is its trace id, so that whatever a node finds in the store
belongs to a trace already, on whichever node and after whichever restart. ``traceparent`` tells a target the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from hub.store.schema.records import StoredEvent

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""OpenTelemetry's own variables: either one switches traces on."""

_NOTHING = nullcontext()


def wanted(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether somebody takes traces. OTEL_SDK_DISABLED is obeyed."""
    disabled = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return not disabled and any(environment.get(name, "").strip() for name in ENDPOINTS)


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that brought an arrival. ``traceparent`` is what its client said, ``seconds`` how long it took."""

    method: str
    route: str
    status: int
    brought: str
    traceparent: str
    seconds: float


class Traces:
    """Nobody takes traces: nothing is done."""

    def told(self, events: Sequence[StoredEvent], seconds: float) -> None:
        """A commit, which took so long, has told these events."""

    def step(self, name: str, arrivals: Iterable[str]) -> AbstractContextManager[None]:
        """A step of the pipeline, at which these arrivals are worked together, while the block runs."""
        return _NOTHING

    def answered(self, request: Answered) -> None:
        """A request has been answered."""

    def close(self) -> None:
        """What has not left yet leaves, within seconds, or is given up."""
