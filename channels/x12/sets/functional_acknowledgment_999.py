"""999 Implementation Acknowledgment ⇄ ``FunctionalAcknowledgment``: the 997 of those who judge by a guide as well."""

from __future__ import annotations

from canonical.functional_acknowledgment import AcknowledgmentVerdict, FunctionalAcknowledgment
from channels.x12.sets.binding import Segment, SetBinding, coded, each, integer, part, segment, texts


def _contexts() -> Segment:
    return each(
        "contexts",
        "CTX",
        name="CTX01-1",
        reference="CTX01-2",
        segment="CTX02",
        position=integer("CTX03"),
        loop="CTX04",
        element=integer("CTX05-1"),
        component=integer("CTX05-2"),
        repetition=integer("CTX05-3"),
        data_element="CTX06-1",
        data_component="CTX06-2",
    )


BINDING = SetBinding(
    "999",
    FunctionalAcknowledgment,
    segment("AK1", group=part(functional_identifier="AK101", control_number="AK102", release="AK103")),
    each("transaction_sets", "AK2", transaction_set="AK201", control_number="AK202", implementation="AK203").containing(
        each("segments", "IK3", segment="IK301", position=integer("IK302"), loop="IK303", code="IK304").containing(
            _contexts(),
            each(
                "elements",
                "IK4",
                position=integer("IK401-1"),
                component=integer("IK401-2"),
                repetition=integer("IK401-3"),
                data_element="IK402",
                code="IK403",
                value="IK404",
            ).containing(_contexts()),
        ),
        segment(
            "IK5",
            verdict=coded("IK501", AcknowledgmentVerdict),
            codes=texts("IK502", "IK503", "IK504", "IK505", "IK506"),
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
