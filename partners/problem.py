"""Problems of configuration files, in words for the person who wrote the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, RootModel, ValidationError
from pydantic_core import ErrorDetails

from canonical.finding import clip
from channels.channel import INCONSISTENT

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: where (file, line, path of fields), what, and how to mend it."""

    file: str
    line: int
    path: Path
    message: str
    fix: str | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" + (f" {path_text(self.path)}" if self.path else "")
        return f"{place}: {self.message}" + (f" ({self.fix})" if self.fix else "")


class ConfigurationError(Exception):
    """Configuration that cannot be used; ``problems`` holds every one that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def path_text(path: Path) -> str:
    """``("documents", 0, "channel")`` → ``documents[0].channel``."""
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{clip(part)}" for part in path)
    return shown.removeprefix(".")


def explain(error: ValidationError, model: type[BaseModel], data: Any) -> Iterator[tuple[Path, str, str | None]]:
    """(path, message, fix) of every problem that pydantic found in ``data``."""
    for detail in error.errors(include_url=False):
        path = _path_in(detail["loc"], data)
        if detail["type"] == INCONSISTENT:
            for inner, message in detail["ctx"]["problems"]:
                yield (*path, *inner), message, None
        else:
            yield path, _message(detail), _fix(detail, path, model)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """ "did you mean ...?" for a misspelt name, or None when nothing is near."""
    match = get_close_matches(name, list(known), n=1)
    return f"did you mean {match[0]}?" if match else None


def _path_in(loc: tuple[int | str, ...], data: Any) -> Path:
    """The place in the file: pydantic also names the chosen member of a union and marks keys, the file does not."""
    path: list[str | int] = []
    node = data
    for part in loc:
        if isinstance(node, dict) and part not in node and (part == "[key]" or node.get("kind") == part):
            continue
        path.append(part)
        if isinstance(node, dict):
            node = node.get(part)
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            node = node[part]
        else:
            node = None
    return tuple(path)


_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "there is no such field",
    "model_type": "holds fields, each on a line of its own",
    "model_attributes_type": "holds fields, each on a line of its own",
    "dict_type": "holds names with values",
    "tuple_type": "is a list",
    "string_type": "is text, not a list or fields",
    "bool_parsing": "{value} is neither true nor false",
    "bool_type": "is true or false",
    "int_parsing": "{value} is no whole number",
    "int_type": "is a whole number",
    "float_parsing": "{value} is no number",
    "float_type": "is a number",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be above {gt}",
    "less_than_equal": "must be at most {le}",
    "too_short": "needs at least {min_length}",
    "string_too_short": "must not be empty",
    "string_too_long": "is longer than {max_length} characters",
    "string_pattern_mismatch": "{value} does not have the form {pattern}",
    "enum": "{value} is not one of {expected}",
    "literal_error": "{value} is not one of {expected}",
    "union_tag_invalid": "kind {tag} is not one of {expected_tags}",
    "union_tag_not_found": "needs kind",
}


def _message(detail: ErrorDetails) -> str:
    context = {name: clip(value) for name, value in (detail.get("ctx") or {}).items()}
    template = _MESSAGES.get(detail["type"])
    if template is None:
        return detail["msg"].removeprefix("Value error, ")
    return template.format_map({"value": clip(detail["input"]), **context})


def _fix(detail: ErrorDetails, path: Path, model: type[BaseModel]) -> str | None:
    if detail["type"] == "extra_forbidden":
        names = _field_names(model, path[:-1])
        return nearest(str(path[-1]), names) or (f"the fields are {', '.join(names)}" if names else None)
    if detail["type"] in ("enum", "literal_error", "union_tag_invalid"):
        context = detail.get("ctx") or {}
        allowed = re.findall(r"'([^']*)'", str(context.get("expected") or context.get("expected_tags") or ""))
        return nearest(str(context.get("tag", detail["input"])), allowed)
    return None


def _field_names(model: type[BaseModel], path: Path) -> list[str]:
    """The fields that may stand at the path."""
    models = [model]
    for part in path:
        if isinstance(part, str):
            models = [found for known in models for found in _models_below(known, part)]
    return sorted({name for known in models for name in known.model_fields})


def _models_below(model: type[BaseModel], field: str) -> Iterator[type[BaseModel]]:
    name = "root" if issubclass(model, RootModel) else field
    if name in model.model_fields:
        yield from _models_in(model.model_fields[name].annotation)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
