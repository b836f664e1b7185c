"""A partner's own meanings of qualifiers: a binding in which the guide's words stand for the standard's.

Both directions follow from it: a code is read as the word that the guide gives it, and a word is written with the code
that the guide gives to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from canonical.base import CodedEnum
from channels.x12.guide import Meaning
from channels.x12.judging.grammar import Grammar
from channels.x12.sets.binding import Coded, Field, Part, Repeat, Segment, SetBinding
from channels.x12.sets.outline import Place, outline
from channels.x12.standards import tables


def as_meant(binding: SetBinding, grammar: Grammar) -> SetBinding:
    """The binding under the grammar's guide; the very same where the guide gives no code another word."""
    meanings = [meaning for meaning in grammar.guide.meanings if meaning.meaning is not None]
    if not meanings:
        return binding
    root = _Meant(grammar, meanings).level(binding.root, outline(grammar.nodes))
    return SetBinding(binding.set_type, binding.model, *root.inner)


class _Meant:
    def __init__(self, grammar: Grammar, meanings: Sequence[Meaning]) -> None:
        self._grammar = grammar
        self._meanings = meanings

    def level(self, segment: Segment, place: Place) -> Segment:
        """The segment that starts a loop, and all that is bound inside it."""
        inner = tuple(
            self.level(bound, place.children[bound.id]) if bound.id in place.children else bound
            for bound in segment.inner
        )
        if place.index < 0:
            return replace(segment, inner=inner)
        node = self._grammar.nodes[place.index]
        here = [
            meaning for meaning in self._meanings if meaning.segment == node.segment and meaning.holds_in(node.loop)
        ]
        fields = self._fields(segment.fields, node.segment, here) if here else segment.fields
        return replace(segment, inner=inner, fields=fields)

    def _fields(self, fields: Mapping[str, Field], segment: str, here: Sequence[Meaning]) -> dict[str, Field]:
        return {name: self._field(item, segment, here) for name, item in fields.items()}

    def _field(self, item: Field, segment: str, here: Sequence[Meaning]) -> Field:
        if isinstance(item, Part):
            return Part(self._fields(item.fields, segment, here))
        if isinstance(item, Repeat):
            groups = (Part(self._fields(group.fields, segment, here)) for group in item.groups)
            return Repeat(item.step, tuple(groups))
        if not isinstance(item, Coded):
            return item
        number = self._number(segment, item.element.position, item.element.component)
        meant = [one for one in here if self._number(segment, one.position, one.component) == number]
        return replace(item, meanings=tuple((one.code, word) for one in meant if (word := _word(item.words, one))))

    def _number(self, segment: str, position: int, component: int) -> str:
        """The data element there; empty where the release has none."""
        elements = tables.segment_table(self._grammar.release, segment).elements
        if position > len(elements):
            return ""
        use = elements[position - 1]
        return use.components[component - 1].number if 0 < component <= len(use.components) else use.number


def _word(words: type[CodedEnum], meaning: Meaning) -> CodedEnum | None:
    return next((word for word in words if word.value == meaning.meaning), None)
