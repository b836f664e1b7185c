"""What docs/openapi.md says of the API is so."""

from __future__ import annotations

import re
from pathlib import Path

from hub.pipeline.rehearse import DRY_RUN, LIMIT_BYTES, LIMIT_DOCUMENTS
from hub.web.api.documents import DocumentQuery
from hub.web.api.parameters import WriteQuery
from hub.web.api.routes import TABLE

PAGE = (Path(__file__).parents[2] / "docs" / "openapi.md").read_text(encoding="utf-8")


def test_the_limits_of_a_dry_run_are_those_in_force() -> None:
    assert f"at most {LIMIT_BYTES:,} bytes and {LIMIT_DOCUMENTS} documents" in PAGE
    assert f"(`{DRY_RUN}`)" in PAGE


def test_every_write_takes_a_dry_run() -> None:
    for operation in TABLE:
        if operation.method == "POST" and operation.name != "draw_token":
            assert operation.query is not None, operation.name
            assert issubclass(operation.query, WriteQuery), operation.name


def test_every_filter_is_one() -> None:
    told = PAGE.partition("## Asking for a state")[2].partition("A parameter that is not known")[0]
    named = set(re.findall(r"`(\w+)`", told)) - {"next"}
    assert {"purchase_order", "type", "status", "since", "page_size"} <= named <= DocumentQuery.model_fields.keys()
