"""Exact values, words with codes, identifiers."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from canonical.base import CalendarDate, ClockTime, CodedEnum, ExactDecimal
from canonical.identifier import ItemIdentifierKind, check_digit, has_valid_check_digit
from canonical.order import Purpose
from canonical.party import CommunicationKind, Party, PartyRole
from canonical.purchase_order import PurchaseOrderType
from canonical.purchase_order_acknowledgment import AcknowledgmentType, LineStatus
from canonical.reference import DateKind, QualifiedDate, ReferenceKind
from canonical.terms import ChargeIndicator

DECIMAL: TypeAdapter[Decimal] = TypeAdapter(ExactDecimal)
WORDS: list[type[CodedEnum]] = [
    AcknowledgmentType,
    ChargeIndicator,
    CommunicationKind,
    DateKind,
    ItemIdentifierKind,
    LineStatus,
    PartyRole,
    PurchaseOrderType,
    Purpose,
    ReferenceKind,
]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20))
def test_decimals_keep_every_digit_through_json(value: Decimal) -> None:
    text = DECIMAL.dump_json(value)
    assert json.loads(text) == format(value, "f")
    assert str(DECIMAL.validate_json(text)) == format(value, "f")


@pytest.mark.parametrize(
    "value", [1.5, True, "NaN", "1e5", "1_000", " 1", "\uff11", "1" * 31, Decimal("NaN"), None, [], ""]
)
def test_inexact_numbers_are_refused_with_one_error(value: Any) -> None:
    with pytest.raises(ValidationError) as refusal:
        DECIMAL.validate_python(value)
    assert refusal.value.error_count() == 1


def test_json_numbers_with_a_fraction_are_refused() -> None:
    with pytest.raises(ValidationError, match="as strings"):
        DECIMAL.validate_json("12.5")
    assert DECIMAL.validate_json("12") == 12


@pytest.mark.parametrize("value", ["20250102", 20250102, "2025-1-2", "2025-02-30", datetime(2025, 1, 2), None])  # noqa: DTZ001
def test_dates_are_calendar_dates_in_iso_form(value: Any) -> None:
    adapter: TypeAdapter[date] = TypeAdapter(CalendarDate)
    with pytest.raises(ValidationError):
        adapter.validate_python(value)
    assert adapter.validate_json('"2025-01-31"') == adapter.validate_python(date(2025, 1, 31)) == date(2025, 1, 31)


@pytest.mark.parametrize("value", ["1345", 1345, "13:45Z", "25:00", None])
def test_times_have_no_zone_of_their_own(value: Any) -> None:
    adapter: TypeAdapter[time] = TypeAdapter(ClockTime)
    with pytest.raises(ValidationError):
        adapter.validate_python(value)
    assert adapter.validate_json('"13:45"') == time(13, 45)


@pytest.mark.parametrize("words", WORDS)
def test_no_code_has_two_words_and_every_list_knows_other(words: type[CodedEnum]) -> None:
    codes = [code for member in words for code in member.codes]
    assert len(codes) == len(set(codes))
    assert words("other").codes == ()
    assert all(member.codes for member in words if member.value != "other")


def test_a_code_follows_from_its_word_and_other_needs_one() -> None:
    assert Party.model_validate({"role": "ship_to"}).role_code == "ST"
    assert QualifiedDate.model_validate({"kind": "shipped"}).qualifier == "011"
    assert Party.model_validate({"role": "other", "role_code": "QQ"}).role_code == "QQ"
    with pytest.raises(ValidationError, match="role_code"):
        Party.model_validate({"role": "other"})


@given(st.from_regex(r"[0-9]{17}", fullmatch=True))
def test_check_digits_catch_every_single_wrong_digit(digits: str) -> None:
    number = digits + check_digit(digits)
    assert has_valid_check_digit(number)
    for place in range(18):
        wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
        assert not has_valid_check_digit(wrong)


@pytest.mark.parametrize("number", ["4006381333931", "00614141000418", "036000291452", "106141412345678908"])
def test_known_gs1_numbers(number: str) -> None:
    assert has_valid_check_digit(number)


@pytest.mark.parametrize(
    "number", ["", "12345", "\uff14\uff10\uff10\uff16\uff13\uff18\uff11\uff13", "4006381333932", "ABCDEFGH"]
)
def test_what_is_no_gs1_number(number: str) -> None:
    assert not has_valid_check_digit(number)
