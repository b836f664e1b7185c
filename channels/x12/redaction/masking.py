"""A value → another of the same length and kind, always the same one under one key, and no way back without it."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from canonical.identifier import has_valid_check_digit

ATTEMPTS = 50
"""How often another replacement is drawn when one will not do."""

_WORDS = re.compile(r"[^\W_]{4,}")
_HEADER = "ISA"
"""Starts an interchange wherever it stands, so no replacement may hold it."""

_CHECKED_LENGTHS = (8, 12, 13, 14, 18)
"""Digits of GTIN and SSCC, whose last one is a check digit."""

_UPPER, _LOWER, _DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"
_TWO_BYTES = "".join(chr(c) for c in range(0xE0, 0x100) if c != 0xF7)
_THREE_BYTES = "".join(chr(c) for c in range(0x4E00, 0x4E40))
_FOUR_BYTES = "".join(chr(c) for c in range(0x20000, 0x20040))


def words(text: str) -> Iterator[str]:
    """What could be recognised: runs of four letters or digits and more, in capitals."""
    return (word.upper() for word in _WORDS.findall(text))


class Masker:
    """Replaces values. ``avoid`` are words that no replacement may hold: those of what is replaced."""

    def __init__(self, key: bytes, separators: str, avoid: frozenset[str] | set[str] = frozenset()) -> None:
        self._key, self._avoid = key, avoid
        self._pools = [
            "".join(c for c in pool if c not in separators)
            for pool in (_UPPER, _LOWER, _DIGITS, _TWO_BYTES, _THREE_BYTES, _FOUR_BYTES)
        ]
        self._cached = lru_cache(65_536)(self._mask)

    def mask(self, text: str, fits: Callable[[str], bool] | None = None) -> str:
        """Letters become letters, digits digits; blanks around it and all other characters stay. A check digit is right
        afterwards when it was right before, and only then. ``fits`` says what the replacement must be besides."""
        core = text.strip(" ")
        masked = self._cached(core) if fits is None else self._mask(core, fits)
        return text.replace(core, masked, 1) if core else text

    def _mask(self, core: str, fits: Callable[[str], bool] | None = None) -> str:
        drawn = core
        for attempt in range(ATTEMPTS):
            drawn = self._drawn(core, attempt)
            if drawn == core or _HEADER in drawn:
                continue
            if (fits is None or fits(drawn)) and self._avoid.isdisjoint(words(drawn)):
                break
        return drawn

    def _drawn(self, core: str, attempt: int) -> str:
        numbers = self._numbers(f"{attempt}:{core}".encode("utf-8", "surrogatepass"), len(core))
        leading = len(core) - len(core.lstrip("0.-+ ")) if _is_number(core) else 0
        drawn = list(core)
        for at in range(leading, len(core)):
            if pool := self._pool(core[at]):
                number = next(numbers)
                drawn[at] = pool[1 + number % 9] if at == leading and pool[:2] == "01" else pool[number % len(pool)]
        return _with_check_digit(core, "".join(drawn))

    def _pool(self, character: str) -> str:
        upper, lower, digits, two, three, four = self._pools
        if character.isascii():
            return (
                digits
                if character.isdigit()
                else upper
                if character.isupper()
                else lower
                if character.islower()
                else ""
            )
        code = ord(character)
        if code < 0xA0 or not character.isprintable():
            return ""
        return two if code < 0x800 else three if code < 0x10000 else four

    def _numbers(self, message: bytes, count: int) -> Iterator[int]:
        """As many numbers as there are characters, from a stream that only the key tells."""
        stream, block = b"", 0
        for index in range(count):
            if 2 * index + 2 > len(stream):
                stream += hmac.new(self._key, block.to_bytes(4, "big") + message, hashlib.sha256).digest()
                block += 1
            yield int.from_bytes(stream[2 * index : 2 * index + 2], "big")


def _is_number(core: str) -> bool:
    """Leading zeros of a number stay, so that it is as long as it was."""
    return not core.strip("0123456789.-+ ")


def _with_check_digit(core: str, drawn: str) -> str:
    if not core.isdecimal() or not core.isascii():
        return drawn
    start = 2 if len(core) == 20 and core.startswith("00") else 0  # an SSCC behind its application identifier
    if len(core) - start not in _CHECKED_LENGTHS:
        return drawn
    right = has_valid_check_digit(core[start:])
    last = next((d for d in _DIGITS if has_valid_check_digit(drawn[start:-1] + d) is right), drawn[-1])
    return drawn[:-1] + (drawn[-1] if has_valid_check_digit(drawn[start:]) is right else last)
