"""Traces: one for each arrival, from the door to the target's answer, by ids that the store holds anyway."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from hub.bootstrap import exported_traces
from hub.observe.commits import LOGGED, Teller
from hub.observe.otlp import caller_of
from hub.observe.traces import Answered, Traces, wanted
from hub.store.ids import span_id, trace_id, trace_parent
from hub.store.store import Store
from tests.integration.stepping import stepped_hub
from tests.integration.x12_text import Isa, group, purchase_order
from tests.otlp_sink import taking_traces

REQUEST = ("http.request.method", "http.route", "http.response.status_code")


def one(spans: list[Span], name: str) -> Span:
    (found,) = [span for span in spans if span.name == name]
    return found


def told(span: Span) -> dict[str, str]:
    return {fact.key: str(getattr(fact.value, fact.value.WhichOneof("value"))) for fact in span.attributes}


def test_an_arrival_is_one_trace_to_the_answer_of_its_target_and_says_nothing_private(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with taking_traces() as sink, stepped_hub(store, tmp_path) as hub:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", sink.url)
        assert wanted()
        first = exported_traces()  # of the node that takes it in and works it
        hub.services.traces, store.listener = first, Teller(hub.services.metrics, first)
        arrived = hub.take(Isa("000000001").around(group("PO", purchase_order(order="PO-1"), number="1")))
        first.close()
        second = exported_traces()  # of the node that delivers: it knows what the store holds, and no more
        hub.services.traces, store.listener = second, Teller(hub.services.metrics, second)
        hub.compose()
        due = {departure.target: departure for departure in hub.departures("due")}
        hub.leave()
        second.answered(Answered("POST", "/v1/transmissions", 202, arrived.id, f"00-{'ab' * 16}-{'cd' * 8}-01", 0.1))
        second.close()
    spans = sink.spans()
    (request,) = [span for span in spans if span.name == "POST /v1/transmissions"]
    own = [span for span in spans if span is not request]
    assert {int.from_bytes(span.trace_id) for span in own} == {trace_id(arrived.id)}
    root = one(own, "transmission.received")
    assert (int.from_bytes(root.span_id), root.parent_span_id) == (span_id(arrived.id), b"")
    assert {"unpack", "compute", "commit", "document.routed"} <= {span.name for span in own}
    departure = due["erp"]
    (composed,) = [span for span in own if span.name == "delivery.composed" and told(span)["hub.target"] == "erp"]
    (attempt,) = [span for span in own if span.name == "attempt.ended" and told(span)["hub.target"] == "erp"]
    assert composed.parent_span_id == root.span_id
    assert attempt.parent_span_id == composed.span_id
    assert (departure.headers or {})["traceparent"] == trace_parent(arrived.id, departure.id)
    assert composed.span_id.hex() == trace_parent(arrived.id, departure.id).split("-")[2]
    assert told(attempt)["hub.outcome"] == "delivered"
    assert all(span.start_time_unix_nano <= span.end_time_unix_nano for span in spans)
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == ("ab" * 16, "cd" * 8)
    assert [(link.trace_id, link.span_id) for link in request.links] == [(root.trace_id, root.span_id)]
    # what is logged of it, and no more: the log's own tests say that this is nobody's secret
    logged = {f"hub.{name}" for name in (*LOGGED, "transmission", "partner", "actor", "document", "delivery")}
    assert {name for span in own for name in told(span)} <= logged | {"hub.departure"}
    assert set(told(request)) == {*REQUEST, "hub.transmission"}


def test_without_an_endpoint_nothing_is_loaded_and_nothing_done() -> None:
    assert not wanted({})
    assert not wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": " "})
    assert not wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"})
    with Traces().step("unpack", iter(())):
        pass
    code = "import sys, hub.bootstrap, hub.web.app; print(*[name for name in sys.modules if 'opentelemetry' in name])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"


@pytest.mark.parametrize(
    "said", ["", "00", f"00-{'0' * 32}-{'1' * 16}-01", f"ff-{'1' * 32}-{'1' * 16}-01", "00-x-y-01"]
)
def test_a_traceparent_that_is_none_is_passed_over(said: str) -> None:
    assert caller_of(said) is None
