"""What a worker of the suite reports reaches the process that tells it, whatever a test printed or logged."""

from __future__ import annotations

import execnet
import pytest


def test_a_report_with_lone_surrogates_can_be_sent(request: pytest.FixtureRequest) -> None:
    told = pytest.TestReport(
        "a test", ("", 0, ""), {}, "failed", "why \ud800", "call", sections=[("Captured log", "\udcff")]
    )
    sent = request.config.hook.pytest_report_to_serializable(config=request.config, report=told)
    received = execnet.loads(execnet.dumps(sent))
    assert received["longrepr"] == "why \\ud800"
    assert received["sections"] == [("Captured log", "\\udcff")]
