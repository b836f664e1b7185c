"""A declarative mapping: which place of a partner's file each value of a canonical document comes from.

    document: invoice
    format: {kind: csv, decimals: comma, dates: [dd.mm.yyyy]}
    group: [invoice_number]              # rows with the same invoice number are one invoice
    fields:
      invoice_number: {column: [Invoice, Rechnung]}
      invoice_date: {column: Date}
      currency.code: {constant: EUR}
      parties[ship_to].name: {column: Deliver to}
    lists:
      lines:                             # each row is one line
        fields:
          quantity.value: {column: Qty}
          identifiers[vendor_item_number].value: {column: Item}

One mapping is read in both directions. It holds no code and nothing is evaluated: what can be said is listed here.
Everything about it that cannot work is named when it is validated, each problem at its place.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from canonical.document import DocumentType, model_of
from channels.channel import Located, refuse_inconsistent
from channels.files.model.formats import Format, as_written
from channels.files.model.places import place_problems, writing_problems
from channels.files.model.plan import Planned, plan_of
from channels.files.model.rules import Entries


class FileMapping(Entries):
    """How one sort of a partner's files carries one type of document. Validation names everything that cannot work;
    ``outbound_problems`` what keeps it from being written."""

    document: DocumentType
    format: Format
    unwritable: Literal["refuse", "omit"] = Field(
        default="refuse",
        description="What becomes of values that the file has no place for: the document is refused, or goes without "
        "them, which is a warning for each",
    )

    @model_validator(mode="after")
    def _works(self) -> Self:
        refuse_inconsistent([*self.plan.problems, *place_problems(self, self.format)])
        return self

    @cached_property
    def plan(self) -> Planned:
        """The mapping joined with its document's model; made once."""
        return plan_of(self, model_of(self.document))

    @cached_property
    def programs(self) -> dict[Any, Any]:
        """What readers and writers have compiled of it, by what they need besides (the columns of a file)."""
        return {}

    @cached_property
    def as_written(self) -> FileMapping:
        """The same with everything fixed that a reader would have to detect."""
        fixed = self.model_copy(update={"format": as_written(self.format)})
        for compiled in ("programs", "as_written"):
            fixed.__dict__.pop(compiled, None)
        return fixed

    def outbound_problems(self) -> list[Located]:
        """Why documents cannot be written with it, each at its place; none for a mapping of both directions."""
        return writing_problems(self, self.format)
