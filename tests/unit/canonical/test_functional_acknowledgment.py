from __future__ import annotations

import pytest
from pydantic import ValidationError

from canonical.functional_acknowledgment import (
    AcknowledgedGroup,
    AcknowledgedInterchange,
    AcknowledgedTransactionSet,
    AcknowledgmentVerdict,
    ElementNote,
    FunctionalAcknowledgment,
    SegmentNote,
)


def rejection() -> FunctionalAcknowledgment:
    return FunctionalAcknowledgment(
        group=AcknowledgedGroup(functional_identifier="PO", control_number="12", release="004010"),
        verdict=AcknowledgmentVerdict.REJECTED,
        sets_included=1,
        sets_received=1,
        sets_accepted=0,
        transaction_sets=(
            AcknowledgedTransactionSet(
                transaction_set="850",
                control_number="0001",
                verdict=AcknowledgmentVerdict.REJECTED,
                codes=("5",),
                segments=(
                    SegmentNote(
                        segment="PO1",
                        position=7,
                        loop="PO1",
                        code="8",
                        elements=(ElementNote(position=3, data_element="355", code="7", value="XX"),),
                    ),
                ),
            ),
        ),
    )


def test_survives_json() -> None:
    assert FunctionalAcknowledgment.model_validate_json(rejection().model_dump_json()) == rejection()


def test_more_than_five_codes_do_not_fit() -> None:
    with pytest.raises(ValidationError, match="codes"):
        FunctionalAcknowledgment(
            group=rejection().group,
            verdict=AcknowledgmentVerdict.REJECTED,
            codes=("1", "2", "3", "4", "5", "6"),
        )


def test_a_copied_value_is_at_most_99_characters() -> None:
    with pytest.raises(ValidationError, match="value"):
        ElementNote(position=1, code="5", value="x" * 100)


def test_it_acknowledges_an_interchange_or_a_group() -> None:
    interchange = AcknowledgedInterchange(control_number="000000042", date="261121", time="0910")
    FunctionalAcknowledgment(interchange=interchange, verdict=AcknowledgmentVerdict.ACCEPTED)
    for values in ({}, {"interchange": interchange, "group": rejection().group}):
        with pytest.raises(ValidationError, match="of an interchange or of a group"):
            FunctionalAcknowledgment(verdict=AcknowledgmentVerdict.ACCEPTED, **values)
