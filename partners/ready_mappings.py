"""The mappings that come with the hub, for files and formats that many partners use.

They are YAML below ``channels/files/ready/``, like a partner's own: to be read, copied into a profile, changed there.
They are loaded here and not in channels, because the one reader of YAML is ours, and so that a slip in one is told by
file and line as in any profile.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from channels.files import FileMapping
from partners.loader import read_model

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
}
"""Name of a ready mapping → its file. The plain ones are CSV; as a workbook they have the same columns."""


def ready_text(name: str) -> str:
    """The YAML of a ready mapping. Raises KeyError for a name that there is not."""
    text = (files("channels.files") / _FOLDER / f"{READY[name]}.yaml").read_text(encoding="utf-8")
    return text.replace("format: {kind: csv}", "format: {kind: sheet}", 1) if name.startswith("xlsx-") else text


@cache
def ready_mapping(name: str) -> FileMapping:
    """A ready mapping, joined with its model once. Raises KeyError for a name that there is not."""
    return read_model(FileMapping, ready_text(name), f"{READY[name]}.yaml").require()
