"""Children of a node that has run for a while: each has started, which takes as long as some hundred orders."""

from __future__ import annotations

from channels.channel import Codec
from hub.bootstrap import children
from hub.compute.pool import Children
from hub.pipeline.computing import ScanJob, ask
from hub.settings import ComputingSettings
from tests.benchmarks.interchanges import order_of_customer


def started_children(count: int | None = None) -> Children:
    """To be closed."""
    made, body = children(ComputingSettings(children=count)), order_of_customer(0)
    asked = [ask(made, [ScanJob(body, len(body), Codec.X12)], lambda: None) for _ in range(made.width)]
    for asking in filter(None, asked):
        list(asking)
    return made
