"""The mappings that come with the hub, for files and formats that many partners use.

They are YAML below ``channels/files/ready/``, like a partner's own: a profile takes one as it is or with changes of its
own. They are loaded here and not in channels, because the one reader of YAML is ours.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

from channels.files.model.mapping import FileMapping
from partners.yaml_text import read_tree

_FOLDER = "ready"

READY = {
    "csv-purchase-order": "plain-purchase-order",
    "csv-purchase-order-acknowledgment": "plain-purchase-order-acknowledgment",
    "csv-advance-ship-notice": "plain-advance-ship-notice",
    "csv-invoice": "plain-invoice",
    "csv-inventory-advice": "plain-inventory-advice",
    "xlsx-purchase-order": "plain-purchase-order",
    "xlsx-purchase-order-acknowledgment": "plain-purchase-order-acknowledgment",
    "xlsx-advance-ship-notice": "plain-advance-ship-notice",
    "xlsx-invoice": "plain-invoice",
    "xlsx-inventory-advice": "plain-inventory-advice",
    "cxml-purchase-order": "cxml-purchase-order",
    "cxml-purchase-order-acknowledgment": "cxml-purchase-order-acknowledgment",
    "cxml-advance-ship-notice": "cxml-advance-ship-notice",
    "cxml-invoice": "cxml-invoice",
    "idoc-purchase-order": "idoc-purchase-order",
    "idoc-purchase-order-acknowledgment": "idoc-purchase-order-acknowledgment",
    "idoc-advance-ship-notice": "idoc-advance-ship-notice",
    "idoc-invoice": "idoc-invoice",
    "ubl-purchase-order": "ubl-purchase-order",
    "ubl-purchase-order-acknowledgment": "ubl-purchase-order-acknowledgment",
    "ubl-advance-ship-notice": "ubl-advance-ship-notice",
    "ubl-invoice": "ubl-invoice",
    "ubl-credit-note": "ubl-credit-note",
    "ubl-order-response-simple": "ubl-order-response-simple",
    "ubl-inventory-advice": "ubl-inventory-advice",
}
"""Name of a ready mapping → its file. The plain ones are CSV; as a workbook they have the same columns."""


READY_FOR = {
    "cXML OrderRequest": "cxml-purchase-order",
    "cXML ConfirmationRequest": "cxml-purchase-order-acknowledgment",
    "cXML ShipNoticeRequest": "cxml-advance-ship-notice",
    "cXML InvoiceDetailRequest": "cxml-invoice",
    "SAP IDoc ORDERS": "idoc-purchase-order",
    "SAP IDoc ORDRSP": "idoc-purchase-order-acknowledgment",
    "SAP IDoc DESADV": "idoc-advance-ship-notice",
    "SAP IDoc INVOIC": "idoc-invoice",
    "UBL Order": "ubl-purchase-order",
    "UBL OrderResponseSimple": "ubl-order-response-simple",
    "UBL OrderResponse": "ubl-purchase-order-acknowledgment",
    "UBL DespatchAdvice": "ubl-advance-ship-notice",
    "UBL Invoice": "ubl-invoice",
    "UBL CreditNote": "ubl-credit-note",
    "UBL InventoryReport": "ubl-inventory-advice",
}
"""What ``channels.files.recognise`` says of a file (``detail``) → the ready mapping that reads it."""


def ready_text(name: str) -> str:
    """The YAML of a ready mapping. Raises KeyError for a name that there is not."""
    text = (files("channels.files") / _FOLDER / f"{READY[name]}.yaml").read_text(encoding="utf-8")
    return text.replace("format: {kind: csv}", "format: {kind: sheet}", 1) if name.startswith("xlsx-") else text


def ready_fields(name: str) -> dict[str, Any]:
    """What a ready mapping says, as its YAML has it. Raises KeyError for a name that there is not."""
    said: dict[str, Any] = read_tree(ready_text(name), f"{READY[name]}.yaml").value
    return said


@cache
def ready_mapping(name: str) -> FileMapping:
    """A ready mapping, joined with its model once. Raises KeyError for a name that there is not."""
    return FileMapping.model_validate(ready_fields(name))


@cache
def ready_for(document: str) -> tuple[str, ...]:
    """The ready mappings of a document type, tables first."""
    fit = re.compile(rf"^document: {re.escape(document)}$", re.M)
    names = (name for name in READY if fit.search(ready_text(name)))
    return tuple(sorted(names, key=lambda name: not name.startswith(("xlsx-", "csv-"))))
