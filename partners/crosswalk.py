"""Crosswalks: a partner's item numbers, units, locations and codes turned into ours, and back.

Pure lookup over rows that the caller gives; every change is named, nothing else of the document is touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from canonical.document import Document
from canonical.finding import Finding, Severity, clip
from canonical.identifier import ItemIdentifier, ItemIdentifierKind, PartyIdentifier
from canonical.order import DestinationQuantity
from canonical.party import Party, PartyRole
from canonical.quantity import Currency, Quantity
from canonical.terms import AllowanceOrCharge, Lading, Packaging, PaymentTerms, Routing, Tax
from partners.profile import CrosswalkUse, Role, TradingPartner

ASSIGNED_BY_BUYER = "92"
"""X12 66: our own number for a location, when the partner's row names another qualifier."""


class CrosswalkList(StrEnum):
    ITEM = "item"
    UNIT = "unit"
    LOCATION = "location"
    CODE = "code"


CODE_LISTS: dict[str, dict[type[BaseModel], str]] = {
    "ship_method": {Routing: "method"},
    "packaging": {Packaging: "packaging_code", Lading: "packaging_code"},
    "allowance_or_charge": {AllowanceOrCharge: "code"},
    "tax_type": {Tax: "type_code"},
    "payment_terms": {PaymentTerms: "type_code"},
    "currency": {Currency: "code"},
}
"""What ``code_list`` of a code row may name, and where such codes stand."""


class CrosswalkEntry(Protocol):
    """What a row must tell, wherever it is kept."""

    @property
    def list(self) -> str: ...
    @property
    def code_list(self) -> str: ...
    @property
    def partner_value(self) -> str: ...
    @property
    def our_value(self) -> str: ...


@dataclass(frozen=True, slots=True)
class CrosswalkRow:
    """One entry. ``code_list`` says for a code which list it is of (``CODE_LISTS``), for a location the partner's
    X12 66 qualifier or nothing for any; items and units have none."""

    partner: str
    list: str
    code_list: str
    partner_value: str
    our_value: str


@dataclass(frozen=True, slots=True)
class Change:
    """A value that a row changed or, for an item number, added (``old`` is None). ``pointer`` is a JSON pointer."""

    pointer: str
    rule: str
    old: str | None
    new: str

    def as_row(self) -> dict[str, str | None]:
        return {"pointer": self.pointer, "rule": self.rule, "from": self.old, "to": self.new}


@dataclass(frozen=True, slots=True)
class Missing:
    """A value without an entry. ``key`` is the same for every document that lacks it, so that they become one work
    item; where the list is not ``required`` the value passes as it is."""

    key: str
    finding: Finding
    required: bool


@dataclass(frozen=True, slots=True)
class Translated:
    document: Document
    changes: tuple[Change, ...] = ()
    missing: tuple[Missing, ...] = ()


Table = dict[tuple[str, str], dict[str, str]]
"""(list, code list) → value → value."""


class Crosswalk:
    """A partner's rows, as of one revision."""

    def __init__(self, rows: Iterable[CrosswalkEntry], profile: TradingPartner, *, revision: int = 0) -> None:
        self.profile = profile
        self.revision = revision
        self.to_our: Table = {}
        self.to_their: Table = {}
        ordered = sorted(rows, key=lambda row: (row.list, row.code_list, row.partner_value))
        for row in ordered:
            self.to_our.setdefault((row.list, row.code_list), {})[row.partner_value] = row.our_value
            theirs = self.to_their.setdefault((row.list, row.code_list), {})
            # Of several partner values with one meaning we write our own, else the first in their order.
            if row.partner_value == row.our_value or row.our_value not in theirs:
                theirs[row.our_value] = row.partner_value
        self.active = frozenset(name for name in CrosswalkList if self._is_active(name))
        """The lists for which a document has to be looked through."""

    def use(self, name: CrosswalkList) -> CrosswalkUse:
        use: CrosswalkUse = getattr(self.profile.crosswalk, name.value)
        return use

    def _is_active(self, name: CrosswalkList) -> bool:
        use = self.use(name)
        return use is CrosswalkUse.REQUIRED or (use is CrosswalkUse.ON and any(key[0] == name for key in self.to_our))

    def to_ours(self, document: Document) -> Translated:
        """What the partner sent, in our terms. The partner's own item number and unit stay beside ours."""
        return _Pass(self, inbound=True).run(document) if self.active else Translated(document)

    def to_partner(self, document: Document) -> Translated:
        """What we send, in the partner's terms."""
        return _Pass(self, inbound=False).run(document) if self.active else Translated(document)


B = TypeVar("B", bound=BaseModel)


@dataclass
class _Pass:
    """One way through one document."""

    crosswalk: Crosswalk
    inbound: bool
    changes: list[Change] = field(default_factory=list)
    missing: dict[str, Missing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.table = self.crosswalk.to_our if self.inbound else self.crosswalk.to_their
        self.active = self.crosswalk.active
        vendor, buyer = ItemIdentifierKind.VENDOR_ITEM_NUMBER, ItemIdentifierKind.BUYER_ITEM_NUMBER
        theirs, ours = (vendor, buyer) if self.crosswalk.profile.role is Role.SUPPLIER else (buyer, vendor)
        self.known_item, self.wanted_item = (theirs, ours) if self.inbound else (ours, theirs)

    def run(self, document: Document) -> Translated:
        return Translated(self._model(document, ""), tuple(self.changes), tuple(self.missing.values()))

    def _model(self, model: B, pointer: str) -> B:
        """The model with everything below it translated; the same object when nothing changed."""
        update: dict[str, Any] = {}
        for name, value in model.__dict__.items():
            if isinstance(value, BaseModel):
                new: Any = self._model(value, f"{pointer}/{name}")
            elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
                new = self._sequence(value, f"{pointer}/{name}")
            else:
                continue
            if new is not value:
                update[name] = new
        update.update(self._own_values(model, pointer))
        return model.model_copy(update=update) if update else model

    def _sequence(self, values: tuple[BaseModel, ...], pointer: str) -> tuple[BaseModel, ...]:
        new = tuple(self._model(value, f"{pointer}/{index}") for index, value in enumerate(values))
        if CrosswalkList.ITEM in self.active and isinstance(values[0], ItemIdentifier):
            new += self._item_number(new, pointer)
        return values if all(a is b for a, b in zip(values, new, strict=False)) and len(new) == len(values) else new

    def _own_values(self, model: BaseModel, pointer: str) -> dict[str, Any]:
        if isinstance(model, Quantity):
            return self._unit(model, pointer) if CrosswalkList.UNIT in self.active else {}
        if isinstance(model, Party):
            return self._party(model, pointer) if CrosswalkList.LOCATION in self.active else {}
        if isinstance(model, DestinationQuantity):
            return self._destination(model, pointer) if CrosswalkList.LOCATION in self.active else {}
        return self._codes(model, pointer) if CrosswalkList.CODE in self.active else {}

    def _item_number(self, identifiers: tuple[BaseModel, ...], pointer: str) -> tuple[ItemIdentifier, ...]:
        """Our number beside the partner's, or the partner's beside ours. A number that is there is never replaced."""
        named = [entry for entry in identifiers if isinstance(entry, ItemIdentifier)]
        known = [entry.value for entry in named if entry.kind is self.known_item]
        if not known or any(entry.kind is self.wanted_item for entry in named):
            return ()
        place = f"{pointer}/{len(identifiers)}"
        for value in known:
            if (found := self._lookup(CrosswalkList.ITEM, "", value)) is not None:
                self.changes.append(Change(place, "crosswalk:item", None, found))
                return (ItemIdentifier(kind=self.wanted_item, value=found),)
        self._miss(CrosswalkList.ITEM, "", known[0], pointer)
        return ()

    def _unit(self, quantity: Quantity, pointer: str) -> dict[str, Any]:
        unit, sender = quantity.unit_of_measure, quantity.sender_unit_of_measure
        if unit is None:
            return {}
        if self.inbound:
            new = self._translate(CrosswalkList.UNIT, "", unit, f"{pointer}/unit_of_measure")
            return {} if new in (None, unit) else {"unit_of_measure": new, "sender_unit_of_measure": sender or unit}
        units = self.crosswalk.to_our.get((CrosswalkList.UNIT, ""), {})
        if sender is not None and units.get(sender) == unit:
            self.changes.append(Change(f"{pointer}/unit_of_measure", "crosswalk:unit", unit, sender))
            return {"unit_of_measure": sender, "sender_unit_of_measure": None}
        new = self._translate(CrosswalkList.UNIT, "", unit, f"{pointer}/unit_of_measure")
        return {} if new in (None, unit) else {"unit_of_measure": new, "sender_unit_of_measure": None}

    def _party(self, party: Party, pointer: str) -> dict[str, Any]:
        if party.identifier is None:
            return {}
        must = party.role is PartyRole.SHIP_TO
        found = self._location(party.identifier.qualifier, party.identifier.value, f"{pointer}/identifier/value", must)
        return {"identifier": PartyIdentifier(qualifier=found[0], value=found[1])} if found else {}

    def _destination(self, destination: DestinationQuantity, pointer: str) -> dict[str, Any]:
        qualifier = destination.location_qualifier
        found = self._location(qualifier or "", destination.location, f"{pointer}/location", must=True)
        if not found:
            return {}
        return {"location_qualifier": found[0] or qualifier, "location": found[1]}

    def _location(self, qualifier: str, value: str, pointer: str, must: bool) -> tuple[str, str] | None:
        """(qualifier, value) of the other side, or None when nothing changes. A row that names the partner's qualifier
        goes before one for any."""
        for code_list in self._location_lists(qualifier):
            new = self._lookup(CrosswalkList.LOCATION, code_list, value)
            if new is not None:
                written = qualifier if not code_list else ASSIGNED_BY_BUYER if self.inbound else code_list
                if (written, new) == (qualifier, value):
                    return None
                self.changes.append(Change(pointer, "crosswalk:location", value, new))
                return written, new
        if must:
            self._miss(CrosswalkList.LOCATION, "", value, pointer)
        return None

    def _location_lists(self, qualifier: str) -> list[str]:
        if self.inbound:
            return [qualifier, ""] if qualifier else [""]
        named = [code for name, code in self.table if name == CrosswalkList.LOCATION and code]
        return [*named, ""] if qualifier == ASSIGNED_BY_BUYER else [""]

    def _codes(self, model: BaseModel, pointer: str) -> dict[str, Any]:
        update = {}
        for code_list, places in CODE_LISTS.items():
            for kind, name in places.items():
                value = getattr(model, name) if isinstance(model, kind) else None
                if value is not None:
                    new = self._translate(CrosswalkList.CODE, code_list, value, f"{pointer}/{name}")
                    if new not in (None, value):
                        update[name] = new
        return update

    def _translate(self, name: CrosswalkList, code_list: str, value: str, pointer: str) -> str | None:
        """The other side's value, with the change noted; None, with the gap noted, when there is no entry."""
        new = self._lookup(name, code_list, value)
        if new is None:
            self._miss(name, code_list, value, pointer)
        elif new != value:
            self.changes.append(Change(pointer, f"crosswalk:{_list_name(name, code_list)}", value, new))
        return new

    def _lookup(self, name: CrosswalkList, code_list: str, value: str) -> str | None:
        return self.table.get((name, code_list), {}).get(value)

    def _miss(self, name: CrosswalkList, code_list: str, value: str, pointer: str) -> None:
        required = self.crosswalk.use(name) is CrosswalkUse.REQUIRED
        if name is CrosswalkList.CODE and (name, code_list) not in self.table:
            return  # The profile asks for codes of the lists it has rows of, not for every code there is.
        partner, what = self.crosswalk.profile.partner, _list_name(name, code_list)
        side = "" if self.inbound else "ours:"
        key = f"crosswalk:{what}:{partner}:{side}{value}"
        if key in self.missing:
            return
        whose = f"{partner}'s" if self.inbound else "our"
        row = f"{name},{code_list}," + (f"{clip(value)},(ours)" if self.inbound else f"({partner}'s),{clip(value)}")
        finding = Finding(
            code="CROSSWALK-MISSING",
            severity=Severity.WARNING if required else Severity.INFO,
            locator=pointer,
            message=f"There is no crosswalk entry for {whose} {what} {clip(value)}",
            value=value,
            fix=f"add the row {row}",
        )
        self.missing[key] = Missing(key, finding, required)


def _list_name(name: CrosswalkList, code_list: str) -> str:
    return f"{name}/{code_list}" if code_list else name.value
