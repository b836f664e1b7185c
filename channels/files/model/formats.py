"""How a partner's files are built: one settings model for each sort of file, told apart by ``kind``."""

from __future__ import annotations

import codecs
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from channels.channel import Located, SettingsModel, refuse_inconsistent, repeated
from channels.files.model.styles import DateStyle, TimeStyle

HEADER_ROWS = 30
"""Rows at the top among which the one with the columns' names is looked for."""


class Decimals(StrEnum):
    """How the sender writes a number: which mark stands before the fraction; the other may group the thousands."""

    POINT = "point"  # 1,234.56
    COMMA = "comma"  # 1.234,56


class Formulas(StrEnum):
    """What becomes of a written text that a spreadsheet would take for a formula (it starts with = + - @)."""

    GUARD = "guard"  # an apostrophe is put before it, and taken off where we read
    KEEP = "keep"


def _known_encoding(value: str) -> str:
    try:
        return codecs.lookup(value).name
    except LookupError as error:
        raise ValueError(f'there is no encoding "{value}"; usual ones are utf-8, windows-1252, utf-16') from error


Encoding = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(_known_encoding)]

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""Of a column, a sheet or an element, as the sender writes it."""


class Styles(SettingsModel):
    """How values are written in the whole file, unless a field says otherwise. What is not said is told from the
    values where they leave no doubt."""

    decimals: Decimals | None = None
    dates: tuple[DateStyle, ...] = Field(default=(), description="Such as dd.mm.yyyy; the first is the one we write")
    times: tuple[TimeStyle, ...] = Field(default=(), description="Such as hh:mm; the first is the one we write")


class _Columns(Styles):
    """What files of rows have in common."""

    columns: tuple[Name, ...] = Field(
        default=(), description="The columns we write, in their order; unless said, as the mapping names them"
    )

    @model_validator(mode="after")
    def _no_column_twice(self) -> Self:
        again: list[Located] = [(("columns", i), f'"{name}" is named twice') for i, name in repeated(self.columns)]
        refuse_inconsistent(again)
        return self


class CsvFormat(_Columns):
    """Rows of text. What is not set is detected in each file and shown."""

    kind: Literal["csv"]
    encoding: Encoding | None = None
    separator: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    quote: Literal['"', "'", ""] = Field(default='"', description="Empty: quotes are letters like others")
    line_end: Literal["crlf", "lf"] = Field(default="crlf", description="What we write; any is read")
    header_row: int | None = Field(
        default=None, ge=0, le=HEADER_ROWS, description="The row with the columns' names, from 1; 0: there is none"
    )
    byte_order_mark: bool = Field(
        default=False, description="Whether we write one; it is never a fault in what we read"
    )
    formulas: Formulas = Formulas.GUARD


class SheetFormat(_Columns):
    """A spreadsheet: XLSX, XLS or ODS, told by what the file is and not by its name. We write XLSX."""

    kind: Literal["sheet"]
    sheet: Name | None = Field(default=None, description="Its name; unless said, the first that is visible")
    header_row: int | None = Field(default=None, ge=0, le=HEADER_ROWS)


class FixedColumn(SettingsModel):
    """A column of a fixed width file: its place in characters, from 1."""

    name: Name
    start: int = Field(ge=1, le=100_000)
    length: int = Field(ge=1, le=10_000)
    align: Literal["left", "right"] = Field(default="left", description="Where the value stands when it is shorter")
    fill: Annotated[str, StringConstraints(min_length=1, max_length=1)] = " "


class FixedFormat(Styles):
    """Lines whose columns are told by their place."""

    kind: Literal["fixed"]
    encoding: Encoding | None = None
    line_end: Literal["crlf", "lf"] = "crlf"
    columns: tuple[FixedColumn, ...] = Field(min_length=1)
    header_rows: int = Field(default=0, ge=0, le=HEADER_ROWS, description="Lines at the top that are passed over")

    @model_validator(mode="after")
    def _columns_differ(self) -> Self:
        found: list[Located] = [
            (("columns", i, "name"), f'"{name}" is named twice') for i, name in repeated(c.name for c in self.columns)
        ]
        ends = sorted((column.start, column.length, i) for i, column in enumerate(self.columns))
        for (start, length, _), (following, _, i) in pairwise(ends):
            if following < start + length:
                found.append((("columns", i, "start"), "it overlaps with the column before"))
        refuse_inconsistent(found)
        return self


Prefix = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,30}$")]
Uri = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class XmlFormat(Styles):
    """XML. Places are named by ``xpath``; names without a prefix are in no namespace. A DTD is refused, but for a
    DOCTYPE of the agreed name without anything inside, which is never fetched (cXML asks for one)."""

    kind: Literal["xml"]
    namespaces: dict[Prefix, Uri] = Field(default_factory=dict, max_length=50)
    root: Name | None = Field(
        default=None,
        description="Name of the outermost element that we write, where records begins with /* and any is read",
    )
    doctype: Prefix | None = Field(default=None, description="Name of the DOCTYPE that files may have")
    doctype_system: Uri | None = Field(default=None, description="Its system identifier, as we write it")
    xsd: Annotated[str, StringConstraints(min_length=1, max_length=500_000)] | None = Field(
        default=None, description="An XML schema in itself complete: what does not follow it is refused as a whole"
    )
    schema_location: Literal["tell", "refuse"] = Field(
        default="tell",
        description="What becomes of a file that names a schema by an address: it is told, or the file is refused. "
        "Nothing is ever fetched",
    )
    sequence: dict[Name, tuple[Name, ...]] = Field(
        default_factory=dict, max_length=200, description="The order of elements below one, as we write them"
    )


class JsonFormat(Styles):
    """JSON. Places are named by ``jmespath``; only names with points between them can be written to."""

    kind: Literal["json"]


FlatFormat = CsvFormat | SheetFormat | FixedFormat
"""Files of rows."""

Format = Annotated[CsvFormat | SheetFormat | FixedFormat | XmlFormat | JsonFormat, Field(discriminator="kind")]


def as_written(format: Format) -> Format:
    """The format with a value for everything that is detected when it is not set: as we write it."""
    fixed: dict[str, object] = {"decimals": format.decimals or Decimals.POINT}
    if isinstance(format, CsvFormat | FixedFormat):
        fixed["encoding"] = format.encoding or "utf-8"
    if isinstance(format, CsvFormat):
        fixed["separator"] = format.separator or ","
    if isinstance(format, CsvFormat | SheetFormat):
        fixed["header_row"] = 1 if format.header_row is None else format.header_row
    return format.model_copy(update=fixed)
