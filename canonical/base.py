"""The ground every canonical model stands on: frozen, closed, exact."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    StringConstraints,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

SCHEMA_VERSION = "1.0"
"""Version of the canonical schema; the first number changes when a reader of the old schema would break."""

_DECIMAL_TEXT = re.compile(r"[+-]?(\d{1,30}(\.\d{0,15})?|\.\d{1,15})", re.ASCII)


class CanonicalModel(BaseModel):
    """Frozen, extra fields forbidden: an unknown name is an error, never a silent loss."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=False, allow_inf_nan=False, defer_build=True
    )


def _is_exact(value: Any) -> bool:
    """Binary floats have already lost the sender's digits, and ``Decimal`` itself takes 'NaN', '1e999999' and other
    scripts' digits, so only whole numbers and plain ASCII decimals of at most 30 + 15 digits pass."""
    return type(value) is int or (isinstance(value, str) and _DECIMAL_TEXT.fullmatch(value) is not None)


def _plain(value: Decimal) -> str:
    return format(value, "f")


@dataclass(frozen=True, eq=False)
class _Checked:
    """Objects of the type itself, which our codecs build, pass without a call into Python; anything else must satisfy
    ``form`` before pydantic reads it, or is refused with ``message``. ``shown`` is its JSON Schema."""

    form: Callable[[Any], bool]
    message: str
    shown: JsonSchemaValue
    strict: CoreSchema
    lax: CoreSchema

    def _check(self, value: Any) -> Any:
        if not self.form(value):
            raise ValueError(self.message)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.no_info_before_validator_function(self._check, self.lax)
        either = core_schema.union_schema(
            [self.strict, text],
            mode="left_to_right",
            custom_error_type="form",
            custom_error_message=self.message,  # one error in place of one for each way it might have been right
        )
        return core_schema.json_or_python_schema(json_schema=text, python_schema=either)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return dict(self.shown)


ExactDecimal = Annotated[
    Decimal,
    _Checked(
        _is_exact,
        'write decimals as strings of plain digits, e.g. "12.50": a JSON number with a fraction is not exact',
        {"anyOf": [{"type": "string", "pattern": f"^(?:{_DECIMAL_TEXT.pattern})$"}, {"type": "integer"}]},
        core_schema.decimal_schema(strict=True, allow_inf_nan=False),
        core_schema.decimal_schema(allow_inf_nan=False),
    ),
    PlainSerializer(_plain, return_type=str, when_used="json"),
]
"""A ``Decimal`` that is written as a string in JSON and refuses floats, exponents, NaN and infinities."""

Text = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
"""Non-empty text without control characters but tab and line ends."""

Code = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A code of some list, kept as the sender wrote it."""


_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ISO_TIME = re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?", re.ASCII)


def _iso(form: re.Pattern[str]) -> Callable[[Any], bool]:
    """Only ISO 8601 extended text: pydantic by itself reads '20250102' as seconds since 1970."""
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


CalendarDate = Annotated[
    date,
    _Checked(
        _iso(_ISO_DATE),
        "write dates like 2025-01-31",
        {"type": "string", "format": "date"},
        core_schema.date_schema(strict=True),
        core_schema.date_schema(),
    ),
]
"""A calendar date without a zone, ``2025-01-31`` in JSON."""

ClockTime = Annotated[
    time,
    _Checked(
        _iso(_ISO_TIME),
        "write times like 13:45:00",
        {"type": "string", "pattern": f"^{_ISO_TIME.pattern}$"},  # the format "time" asks for a zone
        core_schema.time_schema(strict=True),
        core_schema.time_schema(),
    ),
]
"""A time of day; which zone it is in stands beside it (or, if the sender did not say, in the partner's profile)."""


class CodedEnum(StrEnum):
    """Words for the codes of an X12 list that people switch on; a member is ``word, *codes``, the first is written.

    Every such enum ends in ``OTHER``, the word for a code that has none of its own. Models keep the original code in a
    second field beside the word, so nothing is lost and unknown codes are never an error.
    """

    codes: tuple[str, ...]

    def __new__(cls, word: str, *codes: str) -> Self:
        member = str.__new__(cls, word)
        member._value_ = word
        member.codes = codes
        return member

    @classmethod
    @cache
    def by_code(cls) -> dict[str, Self]:
        """Code → member, for every code that has a word of its own."""
        return {code: member for member in cls for code in member.codes}


def code_of(field: str) -> Any:
    """The code field beside a ``CodedEnum`` field: may be left out where the word has a code of its own.

    >>> class Party(CanonicalModel):
    ...     role: PartyRole
    ...     role_code: Code = code_of("role")
    """

    def first_code(data: dict[str, Any]) -> str:
        word = data.get(field)
        return word.codes[0] if isinstance(word, CodedEnum) and word.codes else ""

    return Field(
        default_factory=first_code, validate_default=True, description=f"The X12 code; needed when {field} is other"
    )


def code_of_optional(field: str) -> Any:
    """As ``code_of``, beside a word that may be absent."""

    def first_code(data: dict[str, Any]) -> str | None:
        word = data.get(field)
        return word.codes[0] if isinstance(word, CodedEnum) and word.codes else None

    return Field(default_factory=first_code, description=f"The X12 code; needed when {field} is other")


class Extra(CanonicalModel):
    """Something a document said that has no field of its own, kept so that nothing of meaning is lost.

    ``name`` is the place in the sender's form (for X12 the segment, e.g. ``PO1`` or ``ITD``, or a path of loops such
    as ``N9/MSG``); ``values`` maps the element's reference designator (``PO116``) to its text.
    """

    name: Text
    values: dict[str, str] = Field(default_factory=dict)


class ExtensibleModel(CanonicalModel):
    """A model whose sender can say more than our fields hold: the rest is kept in ``extras``, where it stood."""

    extras: tuple[Extra, ...] = Field(default=(), repr=False)
