"""Spans as OpenTelemetry has them, sent by OTLP over HTTP in batches, from a thread that nothing waits for."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from hub.observe.commits import fields
from hub.observe.traces import Answered, Traces
from hub.store.ids import made_at, span_id, trace_id
from hub.store.schema.records import StoredEvent
from hub.store.traffic.deliveries import ATTEMPT_ENDED

RECEIVED, COMPOSED = "transmission.received", "delivery.composed"

_FAILED = frozenset({"dead", "permanent", "transient", "credential", "quarantined", "refused"})
"""Outcomes at which something did not go on as it should."""

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_SCOPE = InstrumentationScope("supplier-hub")
_ids = RandomIdGenerator()


class ExportedTraces(Traces):
    """Endpoint, headers, time limit, certificates, service name and resource are those of OpenTelemetry's environment
    variables. When the other side does not keep up spans are dropped, and nothing else."""

    def __init__(self) -> None:
        service = {"service.name": os.environ.get("OTEL_SERVICE_NAME") or "supplier-hub"}
        self._resource = Resource.create({**service, "service.version": version("supplier-hub")})
        self._processor = BatchSpanProcessor(OTLPSpanExporter())

    def told(self, events: Sequence[StoredEvent], seconds: float) -> None:
        composed = set[str]()
        for event in events:
            if event.kind == COMPOSED and (departure := event.data["departure"]) in composed:
                continue  # it carries several deliveries and was made once
            if event.kind == COMPOSED:
                composed.add(departure)
            # What gathered from several arrivals is a trace of its own from there on.
            arrival = event.transmission_id or (event.subject_id if event.kind == ATTEMPT_ENDED else None)
            if arrival is not None:
                self._tell(event, arrival, seconds)

    def _tell(self, event: StoredEvent, arrival: str, seconds: float) -> None:
        """What is logged of an event is what its span says: names and numbers, no free text."""
        root, at = _context(arrival, span_id(arrival)), _nanoseconds(event.at.timestamp())
        begun, ended, kind = at, at + _nanoseconds(seconds), SpanKind.INTERNAL
        own: SpanContext | None = None
        parent: SpanContext | None = root
        if event.kind == RECEIVED:
            begun, own, parent, kind = _nanoseconds(made_at(arrival).timestamp()), root, None, SpanKind.SERVER
        elif event.kind == COMPOSED:
            own = _context(arrival, span_id(event.data["departure"]))
        elif event.kind == ATTEMPT_ENDED:
            parent, kind = _context(arrival, span_id(event.subject_id)), SpanKind.CLIENT
            begun, ended = at - _nanoseconds(event.data["seconds"]), at
        outcome = str(event.data.get("outcome", event.kind.partition(".")[2]))
        facts = {f"hub.{name}": value for name, value in fields(event).items()}
        self._export(event.kind, own or _context(arrival), parent, (begun, ended), facts, kind, outcome in _FAILED)

    @contextmanager
    def step(self, name: str, arrivals: Iterable[str]) -> Iterator[None]:
        begun = time.time_ns()
        try:
            yield
        finally:
            for arrival in dict.fromkeys(arrivals):
                root = _context(arrival, span_id(arrival))
                self._export(name, _context(arrival), root, (begun, time.time_ns()), {"hub.transmission": arrival})

    def answered(self, request: Answered) -> None:
        """It goes on in its client's trace, where there is one, and is linked to the arrival's."""
        root = _context(request.brought, span_id(request.brought))
        caller = caller_of(request.traceparent)
        facts: dict[str, Any] = {"http.request.method": request.method, "http.route": request.route}
        facts |= {"http.response.status_code": request.status, "hub.transmission": request.brought}
        ended = time.time_ns()
        own = SpanContext(caller.trace_id, _ids.generate_span_id(), False, TraceFlags(1)) if caller else None
        self._export(
            f"{request.method} {request.route}",
            own or _context(request.brought),
            caller or root,
            (ended - _nanoseconds(request.seconds), ended),
            facts,
            SpanKind.SERVER,
            links=[Link(root)] if caller else [],
        )

    def _export(
        self,
        name: str,
        own: SpanContext,
        parent: SpanContext | None,
        times: tuple[int, int],
        facts: Mapping[str, Any],
        kind: SpanKind = SpanKind.INTERNAL,
        failed: bool = False,
        links: Sequence[Link] = (),
    ) -> None:
        begun, ended = min(times), max(times)  # a clock may have been set meanwhile
        span = ReadableSpan(
            name,
            own,
            parent,
            self._resource,
            {name: _plain(value) for name, value in facts.items()},
            links=links,
            kind=kind,
            instrumentation_scope=_SCOPE,
            status=Status(StatusCode.ERROR if failed else StatusCode.UNSET),
            start_time=begun,
            end_time=ended,
        )
        self._processor.on_end(span)

    def close(self) -> None:
        self._processor.shutdown()  # type: ignore[no-untyped-call]


def caller_of(traceparent: str) -> SpanContext | None:
    """W3C Trace Context's header; None for one that is none, which is to be passed over."""
    found = _TRACEPARENT.fullmatch(traceparent.strip())
    if found is None or traceparent.startswith("ff"):
        return None
    context = SpanContext(int(found[1], 16), int(found[2], 16), True, TraceFlags(int(found[3], 16)))
    return context if context.is_valid else None


def _context(arrival: str, span: int | None = None) -> SpanContext:
    """Every trace of ours is sampled: which ones are kept is for the collector to say."""
    return SpanContext(trace_id(arrival), span or _ids.generate_span_id(), False, TraceFlags(1))


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1_000_000_000)


def _plain(value: Any) -> str | bool | int | float:
    return value if isinstance(value, str | bool | int | float) else str(value)
