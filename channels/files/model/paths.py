"""Paths into canonical documents as mappings write them, resolved against the models.

``parties[ship_to].identifier.value``: names of fields with points between them. An entry of a list is named in brackets
by what it is, a word (``ship_to``), its X12 code where there is no word (``references[ZZ]``), a code list's own code
(``amounts[TT]``) or, in lists of plain texts and of things that have no name, by its place from 1
(``address.lines[2]``). Without brackets the first entry is meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from typing import Any, Literal, get_args, get_origin

from canonical.assembly import Assembly, FieldPlan, assembly
from canonical.base import CanonicalModel, CodedEnum

_STEP = re.compile(r"([a-z_]+)(?:\[([^\[\]]{1,80})\])?")
LONGEST = 20
"""Steps of a path; canonical documents are less deep, but for the levels of a ship notice, which are lists' own."""


class NoSuchPlace(ValueError):
    """A path that leads nowhere; the message says where it ends and what would go on."""


@dataclass(frozen=True, slots=True)
class Step:
    """One name of a path. ``fixed`` are the fields that a selector sets in the entry (``{"role": "ship_to"}``),
    ``place`` is the entry's place from 1 in a list whose entries are not told by what they are."""

    plan: FieldPlan
    fixed: tuple[tuple[str, Any], ...] = ()
    place: int | None = None

    @property
    def key(self) -> tuple[str, tuple[tuple[str, Any], ...], int | None]:
        """Tells entries of one list apart."""
        return self.plan.name, self.fixed, self.place


@dataclass(frozen=True, slots=True)
class CodePair:
    """A word (``role``) and the X12 code beside it (``role_code``)."""

    words: type[CodedEnum]
    word: str
    code: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A model as mappings see it."""

    assembly: Assembly
    pairs: dict[str, CodePair] = field(default_factory=dict)
    """The pair that a field belongs to, by the name of either."""

    @property
    def selector(self) -> str | None:
        """The field by which an entry of a list of these is told: its first word, else its first code that it needs."""
        words = (pair.word for pair in self.pairs.values())
        codes = (plan.name for plan in self.assembly.fields.values() if is_needed(plan) and value_type(plan) is str)
        return next(words, None) or next(codes, None)


@cache
def shape_of(model: type[CanonicalModel]) -> Shape:
    built = assembly(model)
    assert built is not None, f"{model.__name__} has validators that cannot be run on what is built"
    plans = list(built.fields.values())
    pairs: dict[str, CodePair] = {}
    for plan, following in pairwise(plans):
        words = value_type(plan)
        if isinstance(words, type) and issubclass(words, CodedEnum) and following.depends:
            pairs[plan.name] = pairs[following.name] = CodePair(words, plan.name, following.name)
    return Shape(built, pairs)


def value_type(plan: FieldPlan) -> Any:
    """``Decimal``, ``date``, ``time``, ``int``, ``str``, a CodedEnum, a model, or None for a fixed word (``type``)."""
    bare = plan.annotation
    while get_origin(bare) is not None and hasattr(bare, "__metadata__"):
        bare = get_args(bare)[0]
    return None if get_origin(bare) is Literal else bare


def is_code(plan: FieldPlan) -> bool:
    """Whether the field is a code of some list, which says something only beside what it is the code of."""
    return any(getattr(constraint, "max_length", None) == CODE_LENGTH for constraint in _metadata(plan))


def _metadata(plan: FieldPlan) -> tuple[Any, ...]:
    return getattr(plan.annotation, "__metadata__", ())


CODE_LENGTH = 80
"""Characters by which ``canonical.base.Code`` is told from ``Text``, which may be of any length."""


def is_needed(plan: FieldPlan) -> bool:
    """Whether an object cannot be without the field."""
    return plan.info.is_required()


def resolve(model: type[CanonicalModel], path: str) -> tuple[Step, ...]:
    """The steps of a path below a model. Raises NoSuchPlace."""
    texts = split(path)
    if len(texts) > LONGEST:
        raise NoSuchPlace(f"a path has at most {LONGEST} names")
    steps: list[Step] = []
    around: type[CanonicalModel] | None = model
    for text in texts:
        match = _STEP.fullmatch(text)
        if match is None:
            raise NoSuchPlace(f'"{text}" is no name of a field: write it as lines or parties[ship_to]')
        if around is None:
            raise NoSuchPlace(f"{steps[-1].plan.name} is a value and has no {match[1]}")
        plan = _field(around, match[1])
        steps.append(_step(plan, match[2]))
        around = plan.inner
    return tuple(steps)


def split(path: str) -> list[str]:
    """The path's steps as text: points inside brackets do not part."""
    return re.findall(r"(?:[^.\[\]]|\[[^\]]*\])+", path) or [path]


def _field(model: type[CanonicalModel], name: str) -> FieldPlan:
    fields = shape_of(model).assembly.fields
    plan = fields.get(name)
    if plan is not None and value_type(plan) is not None and name != "extras":
        return plan
    if plan is not None:
        raise NoSuchPlace(f"{name} is not for mappings to set")
    near = get_close_matches(name, fields, n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(n for n in fields if n != 'extras')}"
    raise NoSuchPlace(f"there is no {name} in {_called(model)}{hint}")


def _called(model: type[CanonicalModel]) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.__name__).lower()
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def _step(plan: FieldPlan, selector: str | None) -> Step:
    if not plan.many:
        if selector is not None:
            raise NoSuchPlace(f"{plan.name} is no list: take [{selector}] away")
        return Step(plan)
    if plan.inner is None or shape_of(plan.inner).selector is None:
        if selector is not None and not (selector.isdecimal() and 1 <= int(selector) <= 100):
            raise NoSuchPlace(f"entries of {plan.name} are told by their place from 1, such as {plan.name}[1]")
        return Step(plan, place=int(selector or 1))
    if selector is None:
        return Step(plan, place=1)
    return Step(plan, tuple(_selected(plan.inner, selector).items()))


def _selected(model: type[CanonicalModel], selector: str) -> dict[str, Any]:
    """The fields of an entry that its name in brackets stands for."""
    shape = shape_of(model)
    name = shape.selector
    assert name is not None
    pair = shape.pairs.get(name)
    if pair is None:
        return {name: selector}
    if selector in [str(word) for word in pair.words]:
        word = pair.words(selector)
        if not word.codes:
            raise NoSuchPlace(f"{selector} does not say which: write the X12 code in the brackets")
        return {pair.word: word}  # with the word's first code, unless the mapping says where the code stands
    word = pair.words.by_code().get(selector, pair.words("other"))
    if word is pair.words("other") and re.fullmatch("[a-z_]{4,}", selector):  # codes have capitals and digits
        near = get_close_matches(selector, [str(member) for member in pair.words], n=1)
        raise NoSuchPlace(f"{selector} is neither a word nor a code" + (f"; did you mean {near[0]}?" if near else ""))
    return {pair.word: word, pair.code: selector}
