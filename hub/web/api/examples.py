"""Requests as they may be, for the OpenAPI document; each is valid."""

from __future__ import annotations

from typing import Any

ORDER: dict[str, Any] = {
    "type": "purchase_order",
    "purpose": "original",
    "order_type": "stand_alone",
    "purchase_order_number": "10045",
    "order_date": "2026-03-02",
    "lines": [
        {
            "line_number": "1",
            "quantity": {"value": "24", "unit_of_measure": "EA"},
            "unit_price": "12.50",
            "identifiers": [{"kind": "buyer_item_number", "value": "BOLT-M8"}],
        }
    ],
}
DOCUMENTS = {"a partner's": ORDER, "a system's": {"partner": "birch-paper", "document": ORDER}}
CONFIRMATIONS = {
    "taken": {"outcome": "accepted"},
    "refused": {"outcome": "refused", "reason": "The ship-to is closed."},
}
WISHES = {"with the reason that is kept": {"reason": "The ERP was restored from a backup."}}
CHOICES = {"by a filter": {"partner": "birch-paper", "type": "purchase_order", "since": "2026-03-01T00:00:00Z"}}
