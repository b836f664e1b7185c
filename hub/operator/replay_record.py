"""The JSON of a preview and of what came of it, for commands and the API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hub.operator.replays import DeliveryDetail, Detail, Preview

Json = dict[str, Any]


def preview_record(preview: Preview, details: list[Detail]) -> Json:
    """Every document in short, and the first of them, ``details``, in full."""
    told = {detail.line.id: _detail(detail) for detail in details}
    return {
        "id": preview.id,
        "profile": preview.basis.value,
        "chosen_by": preview.selection.in_words(),
        "count": len(preview.lines),
        "counts": preview.counts(),
        "documents": [_present(asdict(line)) | told.get(line.id, {}) for line in preview.lines],
    }


def _detail(detail: Detail) -> Json:
    return _present(
        {
            "profile_version": detail.profile_version,
            "crosswalk_revision": detail.crosswalk_revision,
            "differences": [asdict(one) for one in detail.differences],
            "findings_gone": [one.model_dump(mode="json", exclude_none=True) for one in detail.gone],
            "findings_new": [one.model_dump(mode="json", exclude_none=True) for one in detail.come],
            "deliveries": [_delivery(one) for one in detail.deliveries],
            "lifted_deliveries": [one.id for one in detail.lifted],
            "waiting_deliveries": detail.waiting,
            "answers": list(detail.answers),
        }
    )


def _delivery(one: DeliveryDetail) -> Json:
    told = asdict(one)
    return _present({name: value for name, value in told.items() if value not in ("", [])})


def _present(values: Json) -> Json:
    return {name: value for name, value in values.items() if value is not None}
