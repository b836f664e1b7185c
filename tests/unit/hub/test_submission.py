"""Posted canonical documents: strict JSON, every problem at its pointer."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.document import parse_document, to_json
from hub.submission.refusal import Refused
from hub.submission.strict_json import DEPTH_LIMIT
from hub.submission.submission import parse_submission
from tests.builders import make_purchase_order


def order() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(to_json(make_purchase_order()))
    return found


def refusal(body: bytes, *, names_partner: bool = False) -> Refused:
    with pytest.raises(Refused) as caught:
        parse_submission(body, names_partner=names_partner)
    return caught.value


def test_a_partner_posts_the_bare_document() -> None:
    submission = parse_submission(json.dumps(order()).encode(), names_partner=False)
    assert (submission.document, submission.partner) == (parse_document(order()), None)


def test_a_system_names_the_partner_beside_it() -> None:
    body = json.dumps({"partner": "acme", "document": order()}).encode()
    assert parse_submission(body, names_partner=True).partner == "acme"


def test_a_system_that_names_no_partner_is_told_the_form() -> None:
    (finding,) = refusal(json.dumps(order()).encode(), names_partner=True).findings
    assert finding.code == "SUBMISSION-SHAPE"


def test_every_problem_is_told_at_its_pointer() -> None:
    broken = order() | {"colour": "red", "order_date": "2026-02-30"}
    locators = {finding.locator.rpartition("/")[2] for finding in refusal(json.dumps(broken).encode()).findings}
    assert locators == {"colour", "order_date"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"type": "purchase_order", "type": "invoice"}',
        b'{"type": NaN}',
        b'{"type": "purchase_order", "a": 1e999999}',
        b"\xff\xfe",
        b'{"type": "\\ud800"}',
        b"[" * 100_000,
        (b'{"a":' * (DEPTH_LIMIT + 1)) + b"1" + b"}" * (DEPTH_LIMIT + 1),
    ],
)
def test_hostile_json_is_refused(body: bytes) -> None:
    assert refusal(body).findings


def test_a_binary_float_is_no_decimal() -> None:
    posted = order()
    posted["lines"][0]["unit_price"] = 12.5
    assert refusal(json.dumps(posted).encode()).findings


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(Refused):
        parse_submission(body, names_partner=False)
