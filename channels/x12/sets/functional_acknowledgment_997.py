"""997 Functional Acknowledgment ⇄ ``FunctionalAcknowledgment``."""

from __future__ import annotations

from canonical.functional_acknowledgment import AcknowledgmentVerdict, FunctionalAcknowledgment
from channels.x12.sets.binding import Segment, SetBinding, coded, each, integer, part, segment, texts


def acknowledgment(set_type: str, tag: str, *contexts: Segment) -> SetBinding:
    """Binds an acknowledgment whose segments ``tag`` 3 to 5 (AK3 or IK3 ...) tell how a set was judged; ``contexts``
    stand behind each error of a segment or an element."""
    return SetBinding(
        set_type,
        FunctionalAcknowledgment,
        segment("AK1", group=part(functional_identifier="AK101", control_number="AK102", release="AK103")),
        each(
            "transaction_sets", "AK2", transaction_set="AK201", control_number="AK202", implementation="AK203"
        ).containing(
            each(
                "segments",
                f"{tag}3",
                segment=f"{tag}301",
                position=integer(f"{tag}302"),
                loop=f"{tag}303",
                code=f"{tag}304",
            ).containing(
                *contexts,
                each(
                    "elements",
                    f"{tag}4",
                    position=integer(f"{tag}401-1"),
                    component=integer(f"{tag}401-2"),
                    repetition=integer(f"{tag}401-3"),
                    data_element=f"{tag}402",
                    code=f"{tag}403",
                    value=f"{tag}404",
                ).containing(*contexts),
            ),
            segment(
                f"{tag}5",
                verdict=coded(f"{tag}501", AcknowledgmentVerdict),
                codes=texts(f"{tag}502", f"{tag}503", f"{tag}504", f"{tag}505", f"{tag}506"),
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


BINDING = acknowledgment("997", "AK")
