"""The short and the thorough way from events to a document, compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from canonical.base import CanonicalModel
from canonical.business_document import DEPTH_LIMIT, BusinessDocument, known_json
from canonical.document import to_json
from channels.x12.envelope import Separators
from channels.x12.judging.grammar import grammar
from channels.x12.sets import binding_of
from channels.x12.sets.checked import Unusual
from channels.x12.sets.construction import Constructor, constructor
from channels.x12.sets.hierarchy import settle
from channels.x12.sets.outline import outline
from channels.x12.sets.reading import Event, SetReader
from tests.unit.channels.x12.strategies import SEPARATORS


@dataclass(frozen=True)
class Ways:
    model: type[CanonicalModel]
    reader: SetReader
    short: Constructor


@cache
def _thorough(release: str, set_type: str) -> SetReader:
    nodes = grammar(release, set_type).nodes
    return SetReader(binding_of(set_type).root, outline(nodes), len(nodes))


def ways(release: str, set_type: str) -> Ways:
    """With a constructor of its own, which has not met any shape yet."""
    binding, reader = binding_of(set_type), _thorough(release, set_type)
    short = constructor(binding.model, binding.root, reader)
    assert short is not None
    return Ways(binding.model, reader, short)


def both_agree(two: Ways, drawn: Sequence[Event], separators: Separators = SEPARATORS) -> bool:
    """Whether the short way was taken; it must have given the thorough way's document then."""
    drawn = settle(drawn, DEPTH_LIMIT)[0]
    reading = two.reader.trace(drawn, separators)
    try:
        document, provenance = two.short.build(drawn, separators)
    except Unusual:
        return False
    expected = two.model.model_validate(reading.values)  # what this refuses, the short way must refuse
    assert document == expected
    same_instances(document, expected)
    assert isinstance(document, BusinessDocument)
    assert known_json(document) == to_json(expected)  # type: ignore[arg-type]
    assert dict(provenance) == reading.provenance
    return True


def same_instances(ours: Any, theirs: Any) -> None:
    """Down to what pydantic keeps beside the values, and the order that it keeps them in."""
    assert type(ours) is type(theirs)
    if isinstance(ours, BaseModel):
        assert ours.model_fields_set == theirs.model_fields_set
        assert list(ours.__dict__) == list(theirs.__dict__)
        assert ours.__pydantic_extra__ is ours.__pydantic_private__ is None
        for name, value in ours.__dict__.items():
            same_instances(value, theirs.__dict__[name])
    elif isinstance(ours, tuple):
        for one, other in zip(ours, theirs, strict=True):
            same_instances(one, other)
