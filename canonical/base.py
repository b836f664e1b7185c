"""The ground every canonical model stands on: frozen, closed, exact."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints

SCHEMA_VERSION = "1.0"
"""Version of the canonical schema; the first number changes when a reader of the old schema would break."""

_DECIMAL_TEXT = re.compile(r"[+-]?(\d{1,30}(\.\d{0,15})?|\.\d{1,15})", re.ASCII)


class CanonicalModel(BaseModel):
    """Frozen, extra fields forbidden: an unknown name is an error, never a silent loss."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False, allow_inf_nan=False)


def _exact(value: Any) -> Any:
    """Binary floats have already lost the sender's digits, and ``Decimal`` itself takes 'NaN', '1e999999' and other
    scripts' digits, so only plain ASCII decimals of at most 30 + 15 digits pass."""
    if isinstance(value, bool) or isinstance(value, float):
        raise ValueError("write decimals as strings, e.g. \"12.50\": a JSON number with a fraction is not exact")
    if isinstance(value, str) and not _DECIMAL_TEXT.fullmatch(value):
        raise ValueError("not a plain decimal number")
    return value


def _plain(value: Decimal) -> str:
    return format(value, "f")


ExactDecimal = Annotated[
    Decimal,
    BeforeValidator(_exact, json_schema_input_type=str),
    PlainSerializer(_plain, return_type=str, when_used="json"),
]
"""A ``Decimal`` that is written as a string in JSON and refuses floats, exponents, NaN and infinities."""

Text = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
"""Non-empty text without control characters but tab and line ends."""

Code = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A code of some list, kept as the sender wrote it."""


class Extra(CanonicalModel):
    """Something a document said that has no field of its own, kept so that nothing of meaning is lost.

    ``name`` is the place in the sender's form (for X12 the segment, e.g. ``PO1`` or ``ITD``, or a path of loops such
    as ``N9/MSG``); ``values`` maps the element's reference designator (``PO116``) to its text.
    """

    name: Text
    values: dict[str, str] = Field(default_factory=dict)
