"""Canonical objects put together of values that are known to be right, without validating them a second time.

A reader that has checked every value itself (the X12 sets) may build the very instance that validation would return.
How pydantic keeps an instance is known in this one place: its fields in ``__dict__`` in the order of the model, the
names that were given in ``__pydantic_fields_set__``, and None in two slots for what our models do not have (extra and
private attributes). Built so, an instance costs an eighth of a validated one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from canonical.base import CanonicalModel

UNSET: Any = object()
"""Stands in a template for a field that must be given, or whose default says something."""

new: Callable[[type[Any]], Any] = object.__new__
set_values: Callable[[Any, dict[str, Any]], None] = BaseModel.__dict__["__dict__"].__set__
set_given: Callable[[Any, set[str]], None] = vars(BaseModel)["__pydantic_fields_set__"].__set__
set_extra: Callable[[Any, None], None] = vars(BaseModel)["__pydantic_extra__"].__set__
set_private: Callable[[Any, None], None] = vars(BaseModel)["__pydantic_private__"].__set__


def instance(model: type[Any], values: dict[str, Any], given: set[str]) -> Any:
    """An instance with these values, complete and in field order. ``values`` may be filled in later; instances may
    share ``given``, since pydantic copies it before it changes it."""
    made = new(model)
    set_values(made, values)
    set_given(made, given)
    set_extra(made, None)
    set_private(made, None)
    return made


@dataclass(frozen=True, slots=True, eq=False)
class FieldPlan:
    """One field of a model. ``rank``: its place among the fields. ``annotation`` is that of the value, or of an entry
    where ``many``, without None; ``at_most``: how many entries."""

    name: str
    rank: int
    annotation: Any
    many: bool
    at_most: int | None
    info: FieldInfo
    blank: Any
    """What the template holds: None, () or UNSET."""
    fixed: Any
    """A default that is the same beside all values and says something, else None. JSON leaves it out."""
    depends: bool
    """Whether the default is made of the other fields (a code, of its word)."""

    @property
    def inner(self) -> type[CanonicalModel] | None:
        """The model of the value, or of each entry."""
        is_model = isinstance(self.annotation, type) and issubclass(self.annotation, CanonicalModel)
        return self.annotation if is_model else None


@dataclass(frozen=True, slots=True)
class Assembly:
    """A model as its objects are built. ``checks`` are its own validators, to be run on each complete instance;
    ``template`` has the blanks of all fields, in their order, ``unset`` are those that it leaves UNSET."""

    model: type[CanonicalModel]
    fields: Mapping[str, FieldPlan]
    checks: tuple[Callable[[Any], Any], ...]
    template: dict[str, Any]
    unset: tuple[FieldPlan, ...]


@cache
def assembly(model: type[CanonicalModel]) -> Assembly | None:
    """How to build the model's objects; None for a model with validators that cannot be run on what is built."""
    decorators = model.__pydantic_decorators__
    if decorators.field_validators or decorators.validators or decorators.root_validators:
        return None
    if any(validator.info.mode != "after" for validator in decorators.model_validators.values()):
        return None
    fields = {name: _plan(name, rank, info) for rank, (name, info) in enumerate(model.model_fields.items())}
    checks = tuple(validator.func for validator in decorators.model_validators.values())
    template = {name: plan.blank for name, plan in fields.items()}
    return Assembly(model, fields, checks, template, tuple(p for p in fields.values() if p.blank is UNSET))


def _plan(name: str, rank: int, info: FieldInfo) -> FieldPlan:
    annotation = _without_none(info.annotation)
    many = get_origin(annotation) is tuple
    at_most: int | None = None
    if many:
        annotation = get_args(annotation)[0]
        limits = [getattr(constraint, "max_length", 0) for constraint in info.metadata]  # 0: one not known here
        at_most = min(limits, default=None)
    elif info.metadata:
        annotation = Annotated[(info.annotation, *info.metadata)]
    plain = not info.is_required() and info.default_factory is None and info.default in (None, ())
    depends = bool(info.default_factory_takes_validated_data)
    speaks = not plain and not info.is_required() and not depends
    fixed = info.get_default(call_default_factory=True) if speaks else None
    return FieldPlan(name, rank, annotation, many, at_most, info, info.default if plain else UNSET, fixed, depends)


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        others = [kind for kind in get_args(annotation) if kind is not NoneType]
        return others[0] if len(others) == 1 else annotation
    return annotation


def passes(check: Callable[[Any], Any], made: Any) -> bool:
    """Whether a model's own validator leaves the instance as it is."""
    try:
        return check(made) is made
    except (ValidationError, ValueError, AssertionError):
        return False
