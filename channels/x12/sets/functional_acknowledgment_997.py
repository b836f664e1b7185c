"""997 Functional Acknowledgment ⇄ ``FunctionalAcknowledgment``."""

from __future__ import annotations

from canonical.functional_acknowledgment import AcknowledgmentVerdict, FunctionalAcknowledgment
from channels.x12.sets.binding import SetBinding, coded, each, integer, part, segment, texts

BINDING = SetBinding(
    "997",
    FunctionalAcknowledgment,
    segment("AK1", group=part(functional_identifier="AK101", control_number="AK102", release="AK103")),
    each("transaction_sets", "AK2", transaction_set="AK201", control_number="AK202", implementation="AK203").containing(
        each("segments", "AK3", segment="AK301", position=integer("AK302"), loop="AK303", code="AK304").containing(
            each(
                "elements",
                "AK4",
                position=integer("AK401-1"),
                component=integer("AK401-2"),
                repetition=integer("AK401-3"),
                data_element="AK402",
                code="AK403",
                value="AK404",
            ),
        ),
        segment(
            "AK5",
            verdict=coded("AK501", AcknowledgmentVerdict),
            codes=texts("AK502", "AK503", "AK504", "AK505", "AK506"),
        ),
    ),
    segment(
        "AK9",
        verdict=coded("AK901", AcknowledgmentVerdict),
        sets_included=integer("AK902"),
        sets_received=integer("AK903"),
        sets_accepted=integer("AK904"),
        codes=texts("AK905", "AK906", "AK907", "AK908", "AK909"),
    ),
)
