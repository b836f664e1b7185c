"""How a transaction set and a canonical model correspond, said once for both directions.

A set module is one declaration that mirrors the set's segments and loops::

    BINDING = SetBinding(
        "850",
        PurchaseOrder,
        segment("BEG", purpose=coded("BEG01", Purpose), purchase_order_number="BEG03", order_date=day("BEG05")),
        each("dates", "DTM", kind=coded("DTM01", DateKind, "qualifier"), date=day("DTM02")),
        each("parties", "N1", role=coded("N101", PartyRole), name="N102").containing(
            flowing("N3", address=part(lines=texts("N301", "N302"))),
            segment("N4", address=part(city="N401")),
        ),
        each("lines", "PO1", quantity=part(value=decimal("PO102"), unit_of_measure="PO103"),
             identifiers=repeat(10, 2, kind=coded("PO106", ItemIdentifierKind, "qualifier"), value="PO107")),
        segment("CTT", line_item_count=integer("CTT01")),
    )

Three words say where a segment's values go: ``segment`` into the object that stands for the loop around it, ``each``
into a new entry of a list of that object (a segment alone or, with ``containing``, the loop it starts), ``flowing``
into lists of that object which run on over as many repetitions of the segment as they need (N3, SDQ). A loop without
a list of its own is ``segment(...).containing(...)``. In which order the segments are declared does not matter: the
table's order rules. Declare every segment that some release has; what a release lacks is refused when written to it.

Elements are named by their reference designator (``PO102``, ``SLN05-1`` for a component). Whatever is not declared is
kept in ``extras`` of the object where it stood, so no declaration can lose anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from canonical.base import CanonicalModel, CodedEnum
from channels.x12.sets.values import DATE, DECIMAL, INTEGER, TEXT, TIME, Kind, implied


@dataclass(frozen=True, slots=True)
class Element:
    """One element (1 is the first) or component (0: the element is bound whole). ``shared``: see ``repeat``."""

    position: int
    component: int = 0
    kind: Kind = TEXT
    shared: bool = False

    @property
    def designator(self) -> str:
        """The reference designator without the segment: ``02`` or ``05-1``."""
        return f"{self.position:02}" + (f"-{self.component}" if self.component else "")

    def shifted(self, by: int) -> Element:
        return self if self.shared else replace(self, position=self.position + by)


@dataclass(frozen=True, slots=True)
class Coded:
    """A code with its word: the word goes into the field, the code into ``code_field`` beside it. ``meanings`` are a
    partner's own words for codes (``meanings.as_meant``)."""

    element: Element
    words: type[CodedEnum]
    code_field: str
    meanings: tuple[tuple[str, CodedEnum], ...] = ()

    def by_code(self) -> Mapping[str, CodedEnum]:
        """Code → word, for every code that has a word of its own."""
        known = self.words.by_code()
        return {**known, **dict(self.meanings)} if self.meanings else known

    def code_for(self, word: CodedEnum, code: str) -> str | None:
        """The code to write for a word that came with ``code``: where the partner has codes of its own for the word,
        one of those, else the one that came while it means the word, else one of the standard's that the partner has
        not given away; None = there is none."""
        own = [own for own, meant in self.meanings if meant is word]
        if code in own or (not own and self.by_code().get(code, self.words("other")) is word):
            return code
        taken = {taken for taken, _ in self.meanings}
        return next((each for each in (*own, *word.codes) if each in own or each not in taken), None) if taken else None

    def shifted(self, by: int) -> Coded:
        return replace(self, element=self.element.shifted(by))


@dataclass(frozen=True, slots=True)
class Part:
    """A nested object, made when at least one of its elements is there."""

    fields: Mapping[str, Field]

    def shifted(self, by: int) -> Part:
        return Part({name: item.shifted(by) for name, item in self.fields.items()})


@dataclass(frozen=True, slots=True)
class Texts:
    """Several elements as one list of values; empty ones leave no gap."""

    elements: tuple[Element, ...]

    def shifted(self, by: int) -> Texts:
        return Texts(tuple(element.shifted(by) for element in self.elements))


@dataclass(frozen=True, slots=True)
class Repeat:
    """A group of elements that comes several times in the segment, each ``step`` further (0: at places of their own),
    as a list of objects."""

    step: int
    groups: tuple[Part, ...]

    def shifted(self, by: int) -> Repeat:
        return Repeat(self.step, tuple(group.shifted(by) for group in self.groups))


Field: TypeAlias = Element | Coded | Part | Texts | Repeat
FieldSpec: TypeAlias = str | Field


@dataclass(frozen=True, slots=True)
class Segment:
    """A bound segment. ``into`` names a list of the surrounding object, "" means that object itself."""

    id: str
    fields: Mapping[str, Field]
    into: str = ""
    flows: bool = False
    inner: tuple[Segment, ...] = ()
    tree: Tree | None = None

    def containing(self, *inner: Segment) -> Segment:
        """The other segments and loops of the loop that this segment starts."""
        return replace(self, inner=self.inner + inner)

    def nested_by(self, number: str, parent: str, children: str = "children") -> Segment:
        """For HL: entries lie in ``children`` of the entry whose ``number`` element their ``parent`` element names.

        Neither number is kept; writing numbers the entries from 1 in the order in which they are written.
        """
        return replace(self, tree=Tree(_element(number), _element(parent), children))


@dataclass(frozen=True, slots=True)
class Tree:
    number: Element
    parent: Element
    children: str


def _element(designator: str, kind: Kind = TEXT) -> Element:
    place, _, component = designator.partition("-")
    return Element(int(place[-2:]), int(component or 0), kind)


def _field(name: str, spec: FieldSpec) -> Field:
    if isinstance(spec, Coded) and not spec.code_field:
        return replace(spec, code_field=f"{name}_code")
    return _element(spec) if isinstance(spec, str) else spec


def _fields(specs: Mapping[str, FieldSpec]) -> dict[str, Field]:
    return {name: _field(name, spec) for name, spec in specs.items()}


def segment(segment_id: str, /, **fields: FieldSpec) -> Segment:
    """Bind a segment's elements to fields of the object around it. A second one of it is kept whole in ``extras``."""
    return Segment(segment_id, _fields(fields))


def each(into: str, segment_id: str, /, **fields: FieldSpec) -> Segment:
    """Make an entry of the list ``into`` of each such segment, or of each loop that it starts."""
    return Segment(segment_id, _fields(fields), into)


def flowing(segment_id: str, /, **field: FieldSpec) -> Segment:
    """Bind a segment to one list (``texts`` or ``repeat``, also inside a ``part``) that its repetitions continue."""
    bound = _fields(field)
    inner = list(bound.values())
    while len(inner) == 1 and isinstance(inner[0], Part):
        inner = list(inner[0].fields.values())
    if len(inner) != 1 or not isinstance(inner[0], (Texts, Repeat)):
        raise ValueError(f"{segment_id}: a flowing segment is bound to exactly one list")
    return Segment(segment_id, bound, flows=True)


def decimal(designator: str) -> Element:
    """Type R as ``Decimal``."""
    return _element(designator, DECIMAL)


def integer(designator: str) -> Element:
    """Type N0 as ``int``."""
    return _element(designator, INTEGER)


def with_decimals(places: int, designator: str) -> Element:
    """Type N1 to N9, whose decimal point is implied, as ``Decimal``."""
    return _element(designator, implied(places))


def day(designator: str) -> Element:
    """Type DT as ``date``."""
    return _element(designator, DATE)


def clock(designator: str) -> Element:
    """Type TM as ``time``."""
    return _element(designator, TIME)


def coded(designator: str, words: type[CodedEnum], code_field: str = "") -> Coded:
    """A code that people switch on: its word, and the code itself in ``code_field`` (``<field>_code`` if not named)."""
    return Coded(_element(designator), words, code_field)


def part(**fields: FieldSpec) -> Part:
    """A nested object, e.g. a quantity with its unit of measure."""
    return Part(_fields(fields))


def texts(*designators: str) -> Texts:
    """Several elements of one meaning as a list."""
    return Texts(tuple(_element(designator) for designator in designators))


def repeat(count: int, step: int, /, **fields: FieldSpec) -> Repeat:
    """A list of objects from groups of elements: ``fields`` describe the first group, the next is ``step`` further.

    An element wrapped in ``shared`` stands once in the segment and belongs to every group.
    """
    first = part(**fields)
    return Repeat(step, tuple(first.shifted(number * step) for number in range(count)))


def repeat_at(places: Sequence[int], /, **fields: FieldSpec) -> Repeat:
    """As ``repeat``, for groups that begin at these elements: ``fields`` describe the first (BLI01, BLI08, BLI10)."""
    first = part(**fields)
    return Repeat(0, tuple(first.shifted(place - places[0]) for place in places))


def shared(spec: str | Element) -> Element:
    """An element of a ``repeat`` that does not move on with the groups (SDQ01, the unit of all quantities)."""
    return replace(_element(spec) if isinstance(spec, str) else spec, shared=True)


class SetBinding:
    """A transaction set's whole declaration: ``root`` holds the segments and loops of its top level."""

    def __init__(self, set_type: str, model: type[CanonicalModel], *segments: Segment) -> None:
        self.set_type = set_type
        self.model = model
        self.root = Segment("", {}, inner=segments)


def elements_of(item: Field) -> Iterator[Element]:
    """Every element a field is made of."""
    if isinstance(item, Element):
        yield item
    elif isinstance(item, Coded):
        yield item.element
    elif isinstance(item, Texts):
        yield from item.elements
    else:
        for entry in item.groups if isinstance(item, Repeat) else (item,):
            for inner in entry.fields.values():
                yield from elements_of(inner)
