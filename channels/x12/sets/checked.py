"""Texts of elements turned into values that their model takes, with their JSON: each distinct text is validated once.

The tables below are filled by pydantic itself, so what they hold is what validation and serialisation would give. They
are bounded, since the texts come from outside.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from json.encoder import encode_basestring
from typing import Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from canonical.base import CodedEnum, ExactDecimal, Text
from channels.x12.sets.values import CACHED_VALUES, DECIMAL, TEXT, Kind

LONGEST_KEPT = 100
"""Characters of a text that a table keeps."""

quoted: Callable[[str], str] = encode_basestring
"""A text as a JSON string. What ``Text`` refuses shows in it as an escape other than of a quote or backslash."""

_PLAIN = re.compile(r"(?:0|[1-9]\d{0,17})(?:\.\d{1,9})?", re.ASCII).fullmatch


class Unusual(Exception):
    """What stands here only the thorough way can tell: reading into dicts and validating."""


class Checked(dict[str, tuple[Any, str]]):
    """Text → (value, its JSON). Raises Unusual for a text that cannot be read or that the field refuses."""

    def __init__(self, kind: Kind, annotation: Any) -> None:
        super().__init__()
        self._read = kind.read
        self._annotation = annotation
        self._adapter: TypeAdapter[Any] | None = None

    def __missing__(self, text: str) -> tuple[Any, str]:
        found = self._check(text)
        if len(self) >= CACHED_VALUES:
            self.clear()
        if len(text) <= LONGEST_KEPT:
            self[text] = found
        return found

    def _check(self, text: str) -> tuple[Any, str]:
        if self._adapter is None:
            self._adapter = TypeAdapter(self._annotation)
        try:
            value = self._adapter.validate_python(self._read(text))
        except ValidationError:
            raise Unusual from None
        return value, self._adapter.dump_json(value).decode()


class _Decimals(Checked):
    """Prices differ from line to line, so a number in its plainest form, which nothing refuses, is not asked about."""

    def _check(self, text: str) -> tuple[Any, str]:
        return (Decimal(text), f'"{text}"') if _PLAIN(text) else super()._check(text)


Meanings: TypeAlias = tuple[tuple[str, CodedEnum], ...]


class Words(dict[str, tuple[Any, str, str]]):
    """Code → (its word, the word's JSON, word and code as two members of a JSON object)."""

    def __init__(self, words: type[CodedEnum], annotation: Any, meanings: Meanings, members: tuple[str, str]) -> None:
        super().__init__()
        self._known = {**words.by_code(), **dict(meanings)}
        self._other = words("other")
        self._codes = checked(TEXT, annotation)
        self._members = members

    def __missing__(self, code: str) -> tuple[Any, str, str]:
        word = self._known.get(code, self._other)
        json, code_json = quoted(word.value), self._codes[code][1]
        of_word, of_code = self._members
        found = self[code] = (word, json, f'"{of_word}":{json},"{of_code}":{code_json}')
        if len(self) > CACHED_VALUES:
            self.clear()
        return found


@cache
def checked(kind: Kind, annotation: Any) -> Checked:
    """The table of one sort of element in fields of one annotation, shared by all bindings."""
    return _Decimals(kind, annotation) if kind is DECIMAL and annotation == ExactDecimal else Checked(kind, annotation)


@cache
def words(kinds: type[CodedEnum], annotation: Any, meanings: Meanings, members: tuple[str, str]) -> Words:
    """The table of one list of codes, under the words that a partner's guide gives to some of them, for fields of these
    names."""
    return Words(kinds, annotation, meanings, members)


def is_plain_text(kind: Kind, annotation: Any) -> bool:
    """Whether the document's last look (``has_only_text``) is all that the field asks for."""
    return kind is TEXT and annotation == Text


def has_only_text(json: str) -> bool:
    """Whether every ``Text`` in a document's JSON is one: no control characters, nothing that UTF-8 cannot write."""
    if "\\" in json and "\\" in json.replace("\\\\", "").replace('\\"', ""):
        return False
    if json.isascii():
        return "\x7f" not in json
    try:
        json.encode()
    except UnicodeEncodeError:
        return False
    return "\x7f" not in json
