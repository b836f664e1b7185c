"""What a mapping says of one value and of one sort of thing in a file, as a partner's profile writes it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from channels.channel import SettingsModel
from channels.files.model.formats import Decimals, Name
from channels.files.model.styles import DateStyle, TimeStyle

Words = Annotated[str, StringConstraints(min_length=1, max_length=500)]
CanonicalPath = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Expression = Annotated[str, StringConstraints(min_length=1, max_length=500)]

WAYS = ("column", "position", "xpath", "jmespath")
"""The ways to name a place in a file."""


class Selection(SettingsModel):
    """A place in the file, or a constant: exactly one of them."""

    CHOICES: ClassVar[tuple[str, ...]] = (*WAYS, "constant")

    column: Name | Annotated[tuple[Name, ...], Field(min_length=1, max_length=20)] | None = Field(
        default=None, description="A column by its name; of several the first that the file has. We write the first"
    )
    position: int | None = Field(default=None, ge=1, le=1000, description="A column by its place from 1")
    xpath: Expression | Annotated[tuple[Expression, ...], Field(min_length=1, max_length=20)] | None = Field(
        default=None, description="Below the record, such as Item/@number; of several the first that is not blank"
    )
    jmespath: Expression | Annotated[tuple[Expression, ...], Field(min_length=1, max_length=20)] | None = Field(
        default=None, description="Below the record, such as item.number; of several the first that is not blank"
    )
    constant: Words | None = None

    def ways(self) -> list[str]:
        """The ways that are given."""
        return [name for name in type(self).CHOICES if getattr(self, name) is not None]

    @property
    def columns(self) -> tuple[str, ...]:
        """The column's names, the one that we write first."""
        return _all(self.column)

    @property
    def expressions(self) -> tuple[str, ...]:
        """The XPaths or JMESPaths, the one that we write first."""
        return _all(self.xpath) or _all(self.jmespath)


def _all(given: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """One or several, as several."""
    return () if given is None else (given,) if isinstance(given, str) else given


class Condition(Selection):
    """What must stand at a place: one of ``equals``, none of ``is_not``; with neither, anything but blanks."""

    CHOICES = WAYS

    equals: Words | tuple[Words, ...] | None = None

    is_not: Words | tuple[Words, ...] | None = Field(default=None, description="Anything but these, nor blank")
    or_blank: bool = Field(default=False, description="It also holds where nothing stands")

    def holds(self, text: str) -> bool:
        """Whether the text at the place satisfies it."""
        if not text:
            return self.or_blank
        if self.is_not is not None:
            return text not in _all(self.is_not)
        return self.equals is None or text in _all(self.equals)


class Case(Selection):
    """One of several ways to a value: taken when its condition holds; one without a condition always."""

    when: Condition | None = None


class FieldRule(Selection):
    """Where one value is found and how it is written there. What is said is applied in the order of the fields below
    when we read, and backwards when we write."""

    CHOICES = (*WAYS, "constant", "concat", "cases")

    concat: Annotated[tuple[Selection, ...], Field(min_length=1, max_length=10)] | None = Field(
        default=None, description="Several places, their texts joined; blank ones are left out"
    )
    joined_by: str = Field(default=" ", max_length=10)
    cases: Annotated[tuple[Case, ...], Field(min_length=1, max_length=20)] | None = Field(
        default=None, description="The first whose condition holds"
    )
    when: Condition | None = Field(default=None, description="The value is only there when this holds")
    blank: Words | tuple[Words, ...] | None = Field(default=None, description="Texts that mean nothing: 00000000, n/a")
    prefix: Words | None = Field(default=None, description="Stands before the value in the file")
    zero_filled: int | None = Field(default=None, ge=1, le=40, description="Filled with zeros to so many digits")
    letters: Literal["upper", "lower"] | None = None
    lookup: dict[str, Words] | None = Field(default=None, max_length=500, description="The sender's word: ours")
    code_list: Literal["unece_units"] | None = Field(
        default=None, description="The file has codes of this list; those that have none of ours stay as they are"
    )
    otherwise: Words | None = Field(default=None, description="For a word that the lookup does not have")
    unlisted: Literal["refuse", "keep", "omit"] = Field(
        default="refuse",
        description="What becomes of a word that the lookup does not have, unless otherwise says it: it is an error, "
        "it stays as it is, or it is left out, which is a warning",
    )
    decimals: Decimals | None = None
    dates: tuple[DateStyle, ...] = ()
    times: tuple[TimeStyle, ...] = ()
    default: Words | None = Field(default=None, description="For a blank place, in our form")
    default_from: Literal["file_name", "arrival_date"] | None = Field(
        default=None, description="For a blank place: what is known of how the file came, where the reader is told"
    )
    required: bool = False
    read_only: bool = Field(default=False, description="Not written, though it could not be written or another is")


class WrittenValue(SettingsModel):
    """A value of what is written, else of the document around it, for a further place where it is not read."""

    value: Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_]+)*$", max_length=200)]


class Entries(SettingsModel):
    """One sort of thing in the file: which records are one of it, what its values are, and what lies inside it.

    Records are rows, or the elements that ``records`` names. Those with the same texts in the fields of ``group`` are
    one entry, none named (``[]``): all together; ``starts``: one that satisfies it begins the next; nothing said: each
    record is an entry of its own.
    """

    records: Expression | None = Field(
        default=None, description="XPath or JMESPath of the records, below those of what is around"
    )
    when: Condition | None = Field(default=None, description="Only records that satisfy it")
    group: tuple[CanonicalPath, ...] | None = Field(default=None, max_length=10)
    when_blank: Literal["entry", "contents"] = Field(
        default="entry",
        description="Where all fields of the group are blank: an entry all the same, or what would lie in it instead",
    )
    starts: Condition | None = None
    fields: dict[CanonicalPath, FieldRule] = Field(default_factory=dict, max_length=500)
    lists: dict[CanonicalPath, Entries] = Field(default_factory=dict, max_length=50)
    written: dict[Expression, Words | WrittenValue] = Field(
        default_factory=dict,
        max_length=200,
        description="Place in the file: what we write there and do not read, a constant or a value of the document. "
        "An attribute is only written where its element is",
    )
