"""The characters that X12 data may hold: the basic or the extended set of X12.6, or an encoding that both partners
agree on. No set holds control characters."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class CharacterSet(StrEnum):
    """What the receiver of our data can read. ``extended`` is all of printable ASCII: X12.6 lists ``^`` and the grave
    accent since 005010 only, and no receiver is known to tell them apart."""

    BASIC = "basic"  # capitals, digits, blank and 17 marks
    EXTENDED = "extended"
    UTF_8 = "utf-8"
    LATIN_1 = "latin-1"

    @property
    def encoding(self) -> str:
        """How its characters become bytes."""
        return self.value if self in (CharacterSet.UTF_8, CharacterSet.LATIN_1) else "ascii"

    def foreign(self, text: str) -> str:
        """The characters of ``text`` that this set does not have, each once, in their order."""
        return "".join(dict.fromkeys(_FOREIGN[self].findall(text)))


_FOREIGN = {
    CharacterSet.BASIC: re.compile("""[^A-Z0-9 !"&'()*+,./:;?=-]"""),
    CharacterSet.EXTENDED: re.compile("[^ -~]"),
    CharacterSet.UTF_8: re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"),
    CharacterSet.LATIN_1: re.compile("[^ -~\xa0-\xff]"),
}

_SPELLED = {
    **{"ß": "ss", "ẞ": "SS", "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Ø": "O", "ø": "o", "Þ": "TH", "þ": "th"},
    **{"Đ": "D", "đ": "d", "Ð": "D", "ð": "d", "Ł": "L", "ł": "l", "ı": "i"},  # noqa: RUF001
    **{"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'},  # noqa: RUF001
    **{"‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-", "…": "...", "\xa0": " ", "€": "EUR", "×": "x"},  # noqa: RUF001
}
"""Characters that have no accent to be taken from, in the spelling that stands for them."""


def transliterate(text: str, characters: CharacterSet) -> str:
    """``text`` with accents taken from foreign letters (é → e), and capitals where the set has no small letters. What
    has no usual spelling in the set stays as it is."""
    if not characters.foreign(text):
        return text
    return "".join(_spelled(c, characters) if characters.foreign(c) else c for c in unicodedata.normalize("NFC", text))


def _spelled(character: str, characters: CharacterSet) -> str:
    spelling = _SPELLED.get(character, "")
    if not spelling and character.isalpha():
        spelling = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    for candidate in (spelling, spelling.upper()):
        if candidate and not characters.foreign(candidate):
            return candidate
    return character
