"""What is plainly right, decided quickly. Everything else is left to the judge's careful way, which names the errors.

Two questions are answered here, for segments of plain blocks (``envelope.segments``): does each stand where it may, and
is each of its elements what it must be? The first is a walk through an automaton, the second one generated
expression for each kind of segment and number of elements. Both may say no to what is right after all, never yes to
what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate
from operator import getitem, itemgetter
from typing import Any

from channels.x12.guide import Condition
from channels.x12.guide import ElementRule as GuideRule
from channels.x12.judging.grammar import UNLIMITED, Grammar
from channels.x12.standards.elements import ElementRule, note_faults, valid_date, valid_time

Fine = Callable[[list[str], str, str | None], object]
"""(elements with the segment name first, component separator, repetition separator or None) → true: plainly right."""

STATES_LIMIT = 20_000
"""States kept of one automaton; one that real documents use has a few hundred."""

FAR = 10_000
"""A segment or loop that may come as often as this is not counted in states but once, at the end of the set."""

_TIMES_LIMIT = 100_000

_name = itemgetter(0)


UNPLACED = -1
"""The node of a segment that has no place."""


class NotPlain(LookupError):
    """A segment stands where only the careful way can say whether something is wrong, and what."""


class State(dict[str, "State"]):
    """A segment was read at ``node``: name of the segment behind it → the state after that, worked out when first asked
    for. ``fine`` are the checks of its elements by the segment's length. Behind a segment without a place reading goes
    on from ``place``, the node of the last one that had one.

    ``counts`` are how often the place and each loop around it were read, by counter slot. A segment's maximum depends
    on nothing else, since no plain step comes back to what was left behind."""

    __slots__ = ("automaton", "beside", "counts", "fine", "node", "place")

    def __init__(self, automaton: Automaton, node: int, place: int, counts: dict[int, int], fine: Checks) -> None:
        super().__init__()
        self.automaton, self.node, self.place, self.counts, self.fine = automaton, node, place, counts, fine
        self.beside: State | None = None

    def __missing__(self, segment: str) -> State:
        return self.automaton.advance(self, segment)


class Automaton:
    """The states of one grammar that documents have reached so far. Safe to share between threads: what two of them
    work out at the same time is the same."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._states: dict[tuple[int, tuple[tuple[int, int], ...]], State] = {}
        self._checks: dict[object, Checks] = {}
        self._fine: dict[int, Checks] = {}
        self.start = State(self, grammar.start, grammar.start, {}, _DOUBTED)
        self._far = {node: limit for node, limit in grammar.limits() if FAR <= limit < UNLIMITED}

    def walk(self, state: State, rows: Sequence[list[str]]) -> list[State]:
        """The state after each segment. Raises NotPlain."""
        states = list(accumulate(map(_name, rows), getitem, initial=state))
        del states[0]
        return states

    def too_often(self, nodes: Sequence[int]) -> bool:
        """Whether a place that states do not count may have been read too often in a whole set."""
        return any(len(nodes) > limit and nodes.count(node) > limit for node, limit in self._far.items())

    def advance(self, state: State, segment: str) -> State:
        """Raises NotPlain."""
        steps = self._grammar.candidates(state.place, segment)
        if not steps:  # nothing is kept for names that hostile input may invent without end
            return self._beside(state)
        if steps[0].detour is not None:
            raise NotPlain(segment)
        step = steps[0]
        counts = {slot: state.counts[slot] for slot in self._grammar.lineage(step.target) if slot in state.counts}
        if step.high:  # a loop starts anew: its first segment was read once
            counts[step.low] = 1
        if step.limit < FAR:
            counts[step.slot] = state.counts.get(step.slot, 0) + 1
            if counts[step.slot] > step.limit:
                raise NotPlain(segment)
        after = self._state(step.target, counts)
        state[segment] = after
        return after

    def _beside(self, state: State) -> State:
        """The same place, after a segment that has none."""
        if state.node == UNPLACED:
            return state
        if state.beside is None:
            state.beside = State(self, UNPLACED, state.place, state.counts, _DOUBTED)
        return state.beside

    def _state(self, node: int, counts: dict[int, int]) -> State:
        key = (node, tuple(sorted(counts.items())))
        state = self._states.get(key)
        if state is None:
            if len(self._states) >= STATES_LIMIT:  # hostile input: what nobody holds any more goes
                self._states.clear()
                self.start.clear()
            state = self._states[key] = State(self, node, node, counts, self.fine(node))
        return state

    def fine(self, node: int) -> Checks:
        """The checks of the elements of a segment that is read at ``node``."""
        checks = self._fine.get(node)
        if checks is None:
            place = self._grammar.nodes[node]
            rules, notes = self._grammar.rules(place), self._grammar.notes(place)
            made = Checks(rules, notes, self._grammar.conditional(place))
            checks = self._fine[node] = self._checks.setdefault(self._grammar.rules_key(place), made)
        return checks


@lru_cache(maxsize=256)
def automaton(grammar: Grammar) -> Automaton:
    """The automaton of a grammar, from a cache: grammars are cached too, so their identity is key enough."""
    return Automaton(grammar)


class Checks(dict[int, Fine]):
    """Length of a segment, its name counted → the check of one so long, generated when first asked for.

    That of a PO1 with three elements reads

        def fine(e, component, repetition):
            _, e1, e2, e3 = e
            return len(e1) <= 20 and (not e2 or len(e2) <= 15 and (e2.isdecimal() or ...)) and e3 in codes3 and ...

    ``guided`` are a guide's rules that hold under a condition.
    """

    __slots__ = ("_guided", "_notes", "_rules")

    def __init__(self, rules: Sequence[ElementRule], notes: Sequence[str], guided: Sequence[GuideRule] = ()) -> None:
        super().__init__()
        self._rules, self._notes, self._guided = rules, notes, guided

    def __missing__(self, length: int) -> Fine:
        present = length - 1
        if present > len(self._rules) or any(rule.mandatory for rule in self._rules[present:]):
            return _never  # nothing is kept for lengths that hostile input may invent without end
        self[length] = fine = _compiled(self._rules[:present], self._notes, self._guided)
        return fine


class _Doubted(Checks):
    """The checks of a segment without a place: only the careful way can say."""

    def __missing__(self, length: int) -> Fine:
        return _never


_DOUBTED = _Doubted((), ())


def _never(_elements: list[str], _component: str, _repetition: str | None) -> bool:
    return False


def _compiled(rules: Sequence[ElementRule], notes: Sequence[str], guided: Sequence[GuideRule]) -> Fine:
    """The source holds names, positions and lengths only; codes, which a guide may bring, are passed as values."""
    scope: dict[str, Any] = {"dates": _DATES, "known_date": _known_date, "times": _TIMES, "known_time": _known_time}
    conditions = []
    for position, rule in enumerate(rules, 1):
        scope[f"codes{position}"] = _codes(rule)
        conditions += _conditions(rule, f"e{position}", f"codes{position}")
    if rules and not rules[-1].mandatory:
        conditions.append(f"e{len(rules)}")  # an empty one is a separator too many
    conditions += [condition for note in notes for condition in _note_conditions(note, len(rules))]
    for number, asked in enumerate(guided):
        scope[f"asked{number}"], scope[f"when{number}"] = frozenset(asked.codes), _when_codes(asked.when)
        conditions.append(_guided_condition(asked, rules, f"asked{number}", f"when{number}"))
    names = "".join(f"e{position}, " for position in range(1, len(rules) + 1))
    source = f"def fine(e, component, repetition):\n _, {names} = e\n return {' and '.join(conditions) or 'True'}"
    exec(source, scope)
    fine: Fine = scope["fine"]
    return fine


def _codes(rule: ElementRule) -> frozenset[str] | None:
    """What the element's text may be, where it is one of a list; nothing at all too, where it is optional."""
    listed = rule.components[0].codes if rule.components else rule.codes
    return listed if listed is None or rule.mandatory else listed | {""}


def _conditions(rule: ElementRule, x: str, codes: str) -> list[str]:
    """Python conditions on the text ``x`` that are true only where it is right."""
    if rule.forbidden:
        return [f"not {x}"]
    once = [f"(repetition is None or repetition not in {x})"] if rule.repetitions != 1 else []
    if not rule.components:
        return [*once, _condition(rule, x, codes)]
    first, *others = rule.components
    broken = any(note_faults(note, ["something"]) for note in rule.notes)
    if first.forbidden or broken or any(component.mandatory for component in others):
        return [f"not {x}"] if not rule.mandatory else ["False"]
    alone = first.narrowed(mandatory=rule.mandatory)
    return [*once, f"component not in {x}", _condition(alone, x, codes)]


def _condition(rule: ElementRule, x: str, codes: str) -> str:
    form = _form(rule, x)
    if rule.codes is not None:
        return f"{x} in {codes}" if form == _length(rule, x) else f"({x} in {codes} and (not {x} or {form}))"
    if rule.mandatory:
        return f"{x} and {form}" if rule.type == "B" or rule.minimum < 1 else form
    return form if form == f"len({x}) <= {rule.maximum}" else f"(not {x} or {form})"


def _form(rule: ElementRule, x: str) -> str:
    """Like ``_condition``, for a text that is there, whatever list it may be of."""
    if rule.type == "R":
        # as long as allowed with its point; a shortest length is left to the careful way
        shape = x if rule.minimum > 1 else f"{x}.replace('.', '', 1)"
        return f"{_length(rule, x)} and ({x}.isdecimal() or {shape}.isdecimal())"
    if rule.type[0] == "N":
        return f"{_length(rule, x)} and {x}.isdecimal()"
    if rule.type == "DT":
        return f"({x} in dates or known_date({x}))" if rule.maximum == 8 else "False"
    if rule.type == "TM":
        return f"{_length(rule, x)} and ({x} in times or known_time({x}))"
    return "True" if rule.type == "B" else _length(rule, x)


def _length(rule: ElementRule, x: str) -> str:
    longest = f"len({x}) <= {rule.maximum}"
    return f"{rule.minimum} <= {longest}" if rule.minimum > 1 or (rule.mandatory and rule.minimum == 1) else longest


def _note_conditions(note: str, present: int) -> list[str]:
    """Conditions that are true where the syntax note is kept (X12.6), of a segment with ``present`` elements."""
    positions = [int(text) for text in re.findall("..", note[1:])]
    here = [f"e{p}" for p in positions if p <= present]
    others = [f"e{p}" for p in positions[1:] if p <= present]
    whole = len(here) == len(positions)
    if note[0] == "R":
        return [f"({' or '.join(here)})" if here else "False"]
    if not here or (note[0] in "CL" and positions[0] > present):
        return []
    if note[0] == "P":
        return [f"(not {here[0]}) is (not {other})" for other in others] if whole else [f"not {e}" for e in here]
    if note[0] == "E":
        return [f"({' + '.join(f'(not not {e})' for e in here)}) < 2"] if len(here) > 1 else []
    if note[0] == "C":
        return [f"(not {here[0]} or {' and '.join(others)})" if whole else f"not {here[0]}"]
    return [f"(not {here[0]} or {' or '.join(others)})" if others else f"not {here[0]}"]


def _when_codes(when: Condition | None) -> frozenset[str]:
    return frozenset(when.codes if when is not None else ())


def _guided_condition(asked: GuideRule, rules: Sequence[ElementRule], codes: str, when_codes: str) -> str:
    """A condition that is true where a guide's rule is kept or, for certain, not meant. Whole elements only: what a
    rule asks of a component is not looked at closely."""
    when = asked.when
    x = f"e{asked.position}" if asked.position <= len(rules) else "''"
    kept = [f"{x}"] if asked.usage == "required" and not asked.component else []
    if asked.usage == "forbidden" or asked.component:
        kept.append(f"not {x}")
    elif x != "''":
        shown = [f"{x} in {codes}"] if asked.codes else []
        shown += [f"len({x}) <= {asked.max}"] if asked.max is not None else []
        if asked.min is not None:  # neither sign nor decimal point counts towards the length of a number (X12.6)
            numeric = rules[asked.position - 1].type[:1] in ("N", "R")
            shown.append(f"len({x}) >= {asked.min}" + (f" and {x}.isdecimal()" if numeric else ""))
        kept += [f"(not {x} or {' and '.join(shown)})"] if shown else []
    if when is None or when.component:
        return " and ".join(kept) or "True"
    y = f"e{when.position}" if when.position <= len(rules) else "''"
    meant = f"{y} in {when_codes}" if when.present is None else y if when.present else f"not {y}"
    return f"(not ({meant}) or {' and '.join(kept)})" if kept else "True"


_DATES: set[str] = set()
"""Texts CCYYMMDD that were found to be days of the calendar: there are not so many that it need be bounded."""

_TIMES: set[str] = set()


def _known_date(text: str) -> bool:
    if len(text) != 8 or not valid_date(text):
        return False
    _DATES.add(text)
    return True


def _known_time(text: str) -> bool:
    if not valid_time(text):
        return False
    if len(_TIMES) < _TIMES_LIMIT:
        _TIMES.add(text)
    return True
