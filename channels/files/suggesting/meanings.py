"""From a name to what it means: its words, parted and without accents, as concepts of the vocabulary."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

from channels.files.suggesting.vocabulary import COMPOUNDS, CONCEPTS, LIGHT, PASSED_OVER, UNKNOWN

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W_]+|[%#]")
_DOTTED = re.compile(r"\b([A-Z])\.(?=[A-Z]\.)|\b([Qq])\.\s?(?=[Tt])")
"""Points inside an abbreviation: ``U.M.``, ``Q.tà``."""
_LINKS = ("", "s", "n", "es", "en", "e")
"""Letters that German puts between the parts of a compound."""

_ENDING = re.compile(r"(?:te[nrsm]?|e[nrsm]?|[ao]s?|i|s|t)$")
SHORTEST = 6
"""Letters of a word from which its ending may differ."""

_CODES = "EUR USD GBP CHF CAD AUD JPY CNY SEK NOK DKK PLN CZK HUF MXN BRL INR SGD HKD NZD ZAR TRY AED KRW TWD THB"
CURRENCIES = frozenset(_CODES.split())
"""Currencies that a name or a value may say."""


def plain(text: str) -> str:
    """Without accents and case: ``Qté`` → ``qte``; ``ß`` → ``ss``, ``ae`` stays."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in folded if not unicodedata.combining(c))


@cache
def _words() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for concept, words in CONCEPTS.items():
        for word in (concept, *words.split()):
            for form in _spellings(word):
                found[form] = found.get(form, frozenset()) | {concept}
    for word, concepts in COMPOUNDS.items():
        for form in _spellings(word):
            found[form] = frozenset(concepts.split())
    return found


def _spellings(word: str) -> set[str]:
    """The word as it is compared: also with ``ue`` for ``ü``."""
    swapped = word.translate({0xE4: "ae", 0xF6: "oe", 0xFC: "ue"})
    return {plain(word), plain(swapped)}


@cache
def _stems() -> dict[str, frozenset[str]]:
    """Long words without their endings: one word in all its genders, numbers and cases."""
    found: dict[str, frozenset[str]] = {}
    for word, concepts in _words().items():
        if len(word) >= SHORTEST:
            found.setdefault(_stem(word), concepts)
    return found


def _stem(word: str) -> str:
    return _ENDING.sub("", word)


@cache
def meaning(name: str) -> frozenset[str]:
    """The concepts of a name; a word that is not known stands for itself, in capitals."""
    found: set[str] = set()
    for piece in _WORD.findall(_HUMP.sub(" ", _DOTTED.sub(r"\1\2", name))):
        word = plain(piece).strip("0123456789") or piece
        if word.upper() in CURRENCIES or word in PASSED_OVER:
            continue
        found |= _of_word(word) or {word.upper()}
    return frozenset(found)


@cache
def _of_word(word: str) -> frozenset[str]:
    """Its concepts, of a compound those of all its parts; none where some part is not known."""
    words = _words()
    if word in words:
        return words[word]
    if len(word) >= SHORTEST and (inflected := _stems().get(_stem(word))):
        return inflected
    for end in range(len(word) - 2, 2, -1):
        head = words.get(word[:end])
        if head is None:
            continue
        for link in _LINKS:
            rest = word[end:]
            if rest.startswith(link) and len(rest) > len(link) + 1:
                tail = _of_word(rest[len(link) :])
                if tail:
                    return head | tail
    return frozenset()


def currency_in(name: str) -> str | None:
    """The currency that a name says: ``Price (EUR)``."""
    return next((piece for piece in _WORD.findall(name) if piece in CURRENCIES), None)


def weight_of(concepts: Iterable[str]) -> float:
    return sum(_weight(concept) for concept in concepts)


def _weight(concept: str) -> float:
    return LIGHT.get(concept, 1.0 if concept.islower() else UNKNOWN)


def likeness(said: Mapping[str, float], wanted: frozenset[str]) -> float:
    """How well a name says what is wanted, 0 to 1. ``said`` are its concepts and how near each stands to the value: 1
    for the column's own name, less for the elements around it."""
    if not wanted or not said:
        return 0.0
    hit = [concept for concept in wanted if concept in said]
    # What is wanted and not said weighs more than what is said beside it.
    recall = sum(_weight(c) * (0.6 + 0.4 * said[c]) for c in hit) / weight_of(wanted)
    recall *= recall
    beside = sum(_weight(c) * near for c, near in said.items() if c not in wanted)
    own = weight_of(hit)
    precision = own / (own + beside) if own else 0.0
    return 0.0 if recall + precision == 0 else 2 * recall * precision / (recall + precision)
