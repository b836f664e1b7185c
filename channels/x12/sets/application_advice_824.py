"""824 Application Advice ⇄ ``ApplicationAdvice``."""

from __future__ import annotations

from canonical.application_advice import ApplicationAdvice, ApplicationVerdict
from canonical.error_condition import ErrorCondition
from canonical.order import Purpose
from canonical.reference import ReferenceKind
from channels.x12.sets.binding import SetBinding, clock, coded, day, each, integer, segment
from channels.x12.sets.segments import AMOUNTS, CONTACTS, DATES, INSTRUCTIONS, PARTIES, QUANTITIES, REFERENCES

_RELATED = each(
    "related",
    "RED",
    description="RED01",
    identification="RED02",
    agency="RED03",
    source="RED04",
    code_list="RED05",
    code="RED06",
)

_ERRORS = each(
    "errors",
    "TED",
    condition=coded("TED01", ErrorCondition),
    message="TED02",
    segment="TED03",
    segment_position=integer("TED04"),
    element_position=integer("TED05-1"),
    component=integer("TED05-2"),
    repetition=integer("TED05-3"),
    data_element="TED06-1",
    bad_value="TED07",
    new_value="TED08",
).containing(INSTRUCTIONS, _RELATED)

BINDING = SetBinding(
    "824",
    ApplicationAdvice,
    segment(
        "BGN",
        purpose=coded("BGN01", Purpose),
        advice_number="BGN02",
        date=day("BGN03"),
        time=clock("BGN04"),
        time_zone="BGN05",
        answered_number="BGN06",
        transaction_type="BGN07",
        action_code="BGN08",
        security_level="BGN09",
    ),
    PARTIES,
    each(
        "documents",
        "OTI",
        verdict=coded("OTI01", ApplicationVerdict),
        kind=coded("OTI02", ReferenceKind, "qualifier"),
        number="OTI03",
        sender_code="OTI04",
        receiver_code="OTI05",
        date=day("OTI06"),
        time=clock("OTI07"),
        group_control_number="OTI08",
        transaction_set_control_number="OTI09",
        transaction_set="OTI10",
        release="OTI11",
        purpose_code="OTI12",
        transaction_type="OTI13",
        application_type="OTI14",
        action_code="OTI15",
        handling_code="OTI16",
        status_reason="OTI17",
    ).containing(
        REFERENCES,
        DATES,
        CONTACTS,
        AMOUNTS,
        QUANTITIES,
        _ERRORS,
        each("codes", "LM", agency="LM01", source="LM02").containing(
            each("codes", "LQ", code_list="LQ01", code="LQ02").containing(_RELATED),
        ),
    ),
)
