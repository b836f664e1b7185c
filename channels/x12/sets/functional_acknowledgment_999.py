"""999 Implementation Acknowledgment ⇄ ``FunctionalAcknowledgment``: the 997 of those who judge by a guide as well."""

from __future__ import annotations

from channels.x12.sets.binding import each, integer
from channels.x12.sets.functional_acknowledgment_997 import acknowledgment

BINDING = acknowledgment(
    "999",
    "IK",
    each(
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
    ),
)
