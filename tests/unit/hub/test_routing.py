"""Routes: by type, partner and ship-to; production and test never meet."""

from __future__ import annotations

import pytest

from canonical.document import Document
from hub.routing import inbound_targets
from hub.settings import HubSettings
from tests.builders import make_advance_ship_notice, make_invoice, make_purchase_order

SETTINGS = HubSettings.model_validate(
    {
        "identities": [{"key": "main", "qualifier": "ZZ", "id": "US"}],
        "targets": [
            {"key": "erp", "kind": "http", "url": "https://erp.example/documents"},
            {"key": "erp-test", "kind": "http", "url": "https://erp-test.example/documents", "usage": "test"},
            {"key": "wms-east", "kind": "file", "path": "east"},
            {"key": "special", "kind": "file", "path": "special"},
        ],
        "locations": [{"key": "east", "identifiers": [{"qualifier": "92", "id": "EAST"}], "wms": "wms-east"}],
        "routes": [
            {"documents": ["purchase_order", "advance_ship_notice"], "to": ["erp", "erp-test"]},
            {"documents": "advance_ship_notice", "to": "wms-of-ship-to"},
            {"documents": "purchase_order", "partners": "acme", "to": ["special", "erp"]},
        ],
    }
)


@pytest.mark.parametrize(
    ("document", "partner", "usage", "expected"),
    [
        (make_purchase_order(), "birch", "P", ("erp",)),
        (make_purchase_order(), "acme", "P", ("erp", "special")),
        (make_purchase_order(), "birch", "T", ("erp-test",)),
        (make_purchase_order(), "birch", "I", ("erp-test",)),
    ],
)
def test_targets(document: Document, partner: str, usage: str, expected: tuple[str, ...]) -> None:
    assert inbound_targets(document, partner, usage, SETTINGS).targets == expected


def test_what_no_route_takes_is_explained() -> None:
    found = inbound_targets(make_invoice(), "acme", "P", SETTINGS)
    assert found.targets == ()
    assert "no route of hub.yaml takes invoice documents of acme" in found.explanation


def test_a_ship_notice_without_a_known_ship_to_still_reaches_the_erp() -> None:
    assert inbound_targets(make_advance_ship_notice(), "acme", "P", SETTINGS).targets[0] == "erp"
