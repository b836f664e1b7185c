"""A field's texts turned into values of the canonical model, and back, as its rule says. Each distinct text is turned
once: tables are kept for each field, bounded, since the texts come from outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError

from canonical.assembly import FieldPlan
from canonical.base import CodedEnum
from channels.files.model.code_lists import CODE_LISTS
from channels.files.model.formats import CsvFormat, Formulas, Styles, XmlFormat
from channels.files.model.paths import CodePair, value_type
from channels.files.model.rules import FieldRule
from channels.files.model.styles import (
    DateText,
    ErrorText,
    NumberText,
    Unclear,
    Unlisted,
    date_reader,
    number_reader,
    time_reader,
    write_date,
    write_number,
    write_time,
)

KEPT = 4000
"""Texts that one field's table keeps: a mapping has some dozens of fields, a hub some hundreds of mappings."""

_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d{1,3}", re.ASCII)
_FREE_TEXT = frozenset({"name", "text", "description"})
_EXACT_DIGITS = 15
"""Digits that the numbers of a sheet keep."""

_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")

Read = Callable[[str], Any]


def guarded(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """What was guarded, without the apostrophe."""
    return text[1:] if text[:1] == "'" and _GUARDED.match(text) else text


class Table(dict[str, Any]):
    """Text → value. Raises Unclear for a text that is none."""

    def __init__(self, read: Read, *, keeps: bool = True) -> None:
        super().__init__()
        self._read, self._keeps = read, keeps

    def __missing__(self, text: str) -> Any:
        value = self._read(text)
        if self._keeps and len(text) <= 100:
            if len(self) >= KEPT:
                self.clear()
            self[text] = value
        return value


def reader(plan: FieldPlan, pair: CodePair | None, rule: FieldRule, styles: Styles, style: str | None) -> Read:
    """From the file's text to the field's value; for a word or its code, to both: (word, code). ``style`` is how
    decimals are written where neither the rule nor the format says it."""
    own = _own_reader(plan, pair, rule, styles, style)
    prepare = _prepare(rule, isinstance(styles, CsvFormat) and styles.formulas is Formulas.GUARD)
    if prepare is None:
        return own
    return lambda text: own(prepare(text))


def from_default(plan: FieldPlan, pair: CodePair | None, text: str) -> Any:
    """The value of a default or constant, which are written in our form. Raises Unclear."""
    return _own_reader(plan, pair, FieldRule(constant=text), Styles(), "point")(text)


def _prepare(rule: FieldRule, guarded: bool) -> Callable[[str], str] | None:
    """The transforms of text, in their order."""
    steps: list[Callable[[str], str]] = [unguarded] if guarded else []
    if rule.prefix is not None:
        steps.append(_without(rule.prefix))
    if rule.zero_filled is not None:
        steps.append(lambda text: text.lstrip("0") or "0")
    if rule.letters is not None:
        steps.append(str.upper if rule.letters == "upper" else str.lower)
    if rule.code_list is not None:
        codes = CODE_LISTS[rule.code_list]
        steps.append(lambda text: codes.get(text, text))
    if rule.lookup is not None:
        steps.append(_looked_up(rule))
    if not steps:
        return None

    def prepare(text: str) -> str:
        if type(text) is ErrorText:
            return text
        for step in steps:
            text = step(text)
        return text

    return prepare


def _without(prefix: str) -> Callable[[str], str]:
    def take_off(text: str) -> str:
        if not text.startswith(prefix):
            raise Unclear(f'does not start with "{prefix}"', f'a text that starts with "{prefix}"')
        return text[len(prefix) :]

    return take_off


def _looked_up(rule: FieldRule) -> Callable[[str], str]:
    table, otherwise, keeps = rule.lookup or {}, rule.otherwise, rule.unlisted == "keep"
    folded = {word.casefold(): ours for word, ours in table.items()}

    def look_up(text: str) -> str:
        found = table.get(text) or folded.get(text.casefold(), otherwise)
        if found is None and not keeps:
            raise Unlisted("is not in the mapping's lookup", f"one of {', '.join(table)}", "Add it to the lookup.")
        return text if found is None else found

    return look_up


def _own_reader(plan: FieldPlan, pair: CodePair | None, rule: FieldRule, styles: Styles, style: str | None) -> Read:
    kind = value_type(plan)
    if pair is not None:
        return _words_reader(pair) if plan.name == pair.word else _codes_reader(pair)
    if kind is Decimal:
        return _checking_errors(number_reader(rule.decimals or styles.decimals or style))
    if kind is date:
        return _marked_dates(date_reader(rule.dates or styles.dates), date.fromisoformat)
    if kind is time:
        return _marked_dates(time_reader(rule.times or styles.times), _time_of)
    if kind is int:
        return _checking_errors(_whole_number(number_reader(rule.decimals or styles.decimals or style)))
    return _text_reader(plan)


def _checking_errors(read: Read) -> Read:
    def checked(text: str) -> Any:
        if type(text) is ErrorText:
            raise Unclear("is an error of the spreadsheet's formula", "a value", "Mend the formula, or type the value.")
        return read(text)

    return checked


def _marked_dates(read: Read, of_cell: Read) -> Read:
    """A cell that holds a date has it in ISO's form, whatever style texts have."""

    def marked(text: str) -> Any:
        return of_cell(text[:10] if of_cell is date.fromisoformat else text) if type(text) is DateText else read(text)

    return _checking_errors(marked)


def _time_of(text: str) -> time:
    found = text[11:] if len(text) > 10 else text
    if ":" not in found:
        raise Unclear("holds a date without a time", "a time such as 13:45")
    return time.fromisoformat(found)


def _whole_number(read: Callable[[str], Decimal]) -> Callable[[str], int]:
    def whole(text: str) -> int:
        number = read(text)
        if number != number.to_integral_value():
            raise Unclear("is no whole number", "a whole number")
        return int(number)

    return whole


def _text_reader(plan: FieldPlan) -> Read:
    validate = TypeAdapter(plan.annotation).validator.validate_python
    identifies = plan.name not in _FREE_TEXT

    def read(text: str) -> str:
        if identifies and _SCIENTIFIC.fullmatch(text):
            raise Unclear(
                "is a number that a spreadsheet has shortened; its last digits are lost",
                "every digit",
                "Format the column as text before the numbers are typed or pasted.",
            )
        if type(text) is not str:
            text = _plain_text(text, identifies)
        try:
            return str(validate(text))
        except ValidationError as error:
            raise Unclear(_why_no_text(text, error), "a text without control characters") from None

    return read


def _plain_text(text: str, identifies: bool) -> str:
    if type(text) is ErrorText:
        raise Unclear("is an error of the spreadsheet's formula", "a value", "Mend the formula, or type the value.")
    if identifies and type(text) is NumberText and sum(c.isdigit() for c in text) > _EXACT_DIGITS:
        raise Unclear(
            f"is held as a number, of which the file keeps {_EXACT_DIGITS} digits",
            "every digit",
            "Format the column as text before the numbers are typed or pasted.",
        )
    return str.__str__(text)


def _why_no_text(text: str, error: ValidationError) -> str:
    kind = error.errors(include_url=False)[0]["type"]
    return f"is longer than 80 characters ({len(text)})" if kind == "string_too_long" else "holds control characters"


def _words_reader(pair: CodePair) -> Read:
    words = {str(word): word for word in pair.words if word.codes}
    codes = pair.words.by_code()

    def read(text: str) -> tuple[CodedEnum, str]:
        word = words.get(re.sub(r"[\W_]+", "_", text.strip()).lower())
        if word is not None:
            return word, word.codes[0]
        if text in codes:
            return codes[text], str.__str__(text)
        raise Unclear("is none of the words for it", _listed(words), "Add a lookup from this word to one of ours.")

    return read


def _listed(words: dict[str, CodedEnum]) -> str:
    return "one of " + ", ".join(words)


def _codes_reader(pair: CodePair) -> Read:
    """Any code is taken: one that no word stands for is of the word ``other``."""
    validate = TypeAdapter(str).validate_python
    codes, other = pair.words.by_code(), pair.words("other")

    def read(text: str) -> tuple[CodedEnum, str]:
        code = validate(str.__str__(text))
        if not code.isprintable() or len(code) > 80:
            raise Unclear("is no code", "a code of at most 80 characters")
        return codes.get(code, other), code

    return read


def writer(plan: FieldPlan, pair: CodePair | None, rule: FieldRule, styles: Styles) -> Callable[[Any], str]:
    """From the field's value (a pair's: word and code) to the text in the file. Raises Unclear for a value that the
    rule has no text for."""
    plain = _plain_writer(plan, pair, rule, styles)
    steps: list[Callable[[str], str]] = []
    if rule.lookup is not None:
        steps.append(_words_for(_reversed(rule.lookup), rule.unlisted == "keep"))
    if rule.code_list is not None:
        codes = _reversed(CODE_LISTS[rule.code_list])
        steps.append(lambda text: codes.get(text, text))
    if rule.zero_filled is not None:
        steps.append(lambda text: text.zfill(rule.zero_filled or 0))
    if rule.prefix is not None:
        steps.append(lambda text: f"{rule.prefix}{text}")

    def write(value: Any) -> str:
        text = plain(value)
        for step in steps:
            text = step(text)
        return text

    return write


def _reversed(table: dict[str, str]) -> dict[str, str]:
    """Ours → theirs; of several the first."""
    return {ours: theirs for theirs, ours in reversed(table.items())}


def _words_for(back: dict[str, str], keeps: bool) -> Callable[[str], str]:
    def word_for(text: str) -> str:
        found = back.get(text, text if keeps else None)
        if found is None:
            raise Unlisted("has no word in the mapping's lookup", f"one of {', '.join(back)}", "Add it to the lookup.")
        return found

    return word_for


def _plain_writer(plan: FieldPlan, pair: CodePair | None, rule: FieldRule, styles: Styles) -> Callable[[Any], str]:
    kind = value_type(plan)
    if pair is not None:
        return _word_or_code if plan.name == pair.word else lambda value: str(value[1])
    if kind is Decimal:
        style = rule.decimals or styles.decimals
        return lambda value: write_number(value, style)
    if kind is date:
        day = next(iter((*rule.dates, *styles.dates)), "yyyy-mm-dd")
        return lambda value: write_date(value, day)
    if kind is time:
        usual = "hh:mm:ss" if isinstance(styles, XmlFormat) else ""  # as xs:time has it
        clock = next(iter((*rule.times, *styles.times)), usual)
        return lambda value: write_time(value, clock)
    return str


def _word_or_code(value: tuple[CodedEnum, str]) -> str:
    word, code = value
    return str(word) if word.codes[:1] == (code,) else code
