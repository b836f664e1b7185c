"""Checks of an advance ship notice (856): what the packages hold, how many there are, and their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from canonical.advance_ship_notice import AdvanceShipNotice, LevelKind, ShipmentLevel
from canonical.error_condition import ErrorCondition
from canonical.identifier import has_valid_check_digit
from hub.rules import general
from hub.rules.arithmetic import plain, shown_quantity
from hub.rules.rule import CheckContext, Hit, Rule
from partners.agreement import CheckSetting

SSCC_CHECK_DIGIT = Rule(
    "sscc-check-digit",
    "Every SSCC has 18 digits and a valid check digit.",
    CheckSetting.HOLD,
    ErrorCondition.INVALID_IDENTIFICATION,
)
SSCC_DUPLICATE = Rule(
    "sscc-duplicate", "No two packages of the notice bear the same SSCC.", CheckSetting.HOLD, ErrorCondition.DUPLICATE
)
PACK_ROLL_UP = Rule(
    "pack-roll-up",
    "Quantities inside a level add up to the quantity the level itself states.",
    CheckSetting.HOLD,
    ErrorCondition.NOT_MATCHING,
)
PACKAGE_COUNT = Rule(
    "package-count",
    "Packages stated for a level (TD1) are those described inside it.",
    CheckSetting.WARNING,
    ErrorCondition.NOT_MATCHING,
)
RULES = (SSCC_CHECK_DIGIT, SSCC_DUPLICATE, PACK_ROLL_UP, PACKAGE_COUNT)

_PARTS_SHOWN = 5

Placed = tuple[str, ShipmentLevel]
"""A level with its JSON pointer."""


def check(document: AdvanceShipNotice, context: CheckContext) -> Iterator[Hit]:
    placed = list(_placed(document))
    items = 0
    for pointer, level in placed:
        if level.kind is LevelKind.ITEM:
            items += 1
        name = _name(level, items)
        yield from general.currency_agreed([(f"{pointer}/currency", level.currency)], context)
        yield from general.gtins(f"{pointer}/identifiers", name, level.identifiers)
        if level.quantity is not None:
            yield from general.quantity(f"{pointer}/quantity/shipped", name, level.quantity.shipped)
            yield from _roll_up(pointer, name, level)
        yield from _package_count(pointer, name, level)
    yield from _ssccs(placed)
    yield from _counts(document, placed, items)


def _placed(document: AdvanceShipNotice) -> Iterator[Placed]:
    """Every level in document order."""
    pending = [(f"/levels/{index}", level) for index, level in reversed(list(enumerate(document.levels)))]
    while pending:
        pointer, level = pending.pop()
        yield pointer, level
        inner = [(f"{pointer}/levels/{index}", below) for index, below in enumerate(level.levels)]
        pending.extend(reversed(inner))


def _name(level: ShipmentLevel, items: int) -> str:
    if level.kind is LevelKind.ITEM:
        return f"item {level.line_number or items}"
    if level.kind is LevelKind.ORDER and level.purchase_order is not None:
        return f"order {level.purchase_order.purchase_order_number}"
    return f"{level.kind} {level.sscc() or ''}".rstrip()


def _roll_up(pointer: str, name: str, level: ShipmentLevel) -> Iterator[Hit]:
    """An item split into packages, or a package that states what it holds: the parts against the whole, where both are
    in one unit. Only the next quantities below count, so that nothing is added twice."""
    whole = level.quantity.shipped if level.quantity else None
    parts = [part.quantity.shipped for part in _next_quantities(level) if part.quantity is not None]
    if whole is None or not parts or any(part.unit_of_measure != whole.unit_of_measure for part in parts):
        return
    total = sum((part.value for part in parts), Decimal(0))
    if total != whole.value:
        addends = [plain(part.value) for part in parts[:_PARTS_SHOWN]] + ["..."] * (len(parts) > _PARTS_SHOWN)
        yield Hit(
            PACK_ROLL_UP,
            f"{pointer}/quantity/shipped/value",
            f"{name}: {shown_quantity(whole)} shipped, but inside it are {' + '.join(addends)} = {plain(total)}",
            value=plain(whole.value),
            expected=plain(total),
        )


def _next_quantities(level: ShipmentLevel) -> Iterator[ShipmentLevel]:
    pending = list(reversed(level.levels))
    while pending:
        below = pending.pop()
        if below.quantity is not None:
            yield below
        else:
            pending.extend(reversed(below.levels))


def _package_count(pointer: str, name: str, level: ShipmentLevel) -> Iterator[Hit]:
    """TD1 may count pallets, cartons or both; one of the counts must be what stands below. A notice that describes no
    packages says nothing against its TD1."""
    stated = [lading.quantity for lading in level.lading if lading.quantity is not None]
    tares, packs = _packages_below(level) if stated else (0, 0)
    if not tares + packs:
        return
    fitting = {tares, packs, tares + packs}
    if sum(stated) not in fitting and not all(count in fitting for count in stated):
        counted = ", ".join(f"{kind}: {count}" for kind, count in (("pallets", tares), ("cartons", packs)) if count)
        yield Hit(
            PACKAGE_COUNT,
            f"{pointer}/lading",
            f"{name}: {' + '.join(map(str, stated))} packages stated, the notice describes {counted}",
            value=str(sum(stated)),
            expected=counted,
        )


def _packages_below(level: ShipmentLevel) -> tuple[int, int]:
    """(tares, packs), a package that stands under several items counted once by its SSCC."""
    found: dict[LevelKind, set[str]] = {LevelKind.TARE: set(), LevelKind.PACK: set()}
    pending = list(level.levels)
    unnumbered = 0
    while pending:
        below = pending.pop()
        if below.is_package:
            unnumbered += 1
            found[below.kind].add(below.sscc() or f"#{unnumbered}")
        pending.extend(below.levels)
    return len(found[LevelKind.TARE]), len(found[LevelKind.PACK])


def _ssccs(placed: list[Placed]) -> Iterator[Hit]:
    """Duplicates are told among packages that hold items, not among those under an item: a mixed carton rightly stands
    under each item it holds."""
    first: dict[str, str] = {}
    under_item = [f"{pointer}/" for pointer, level in placed if level.kind is LevelKind.ITEM and level.levels]
    covered = ""
    for pointer, level in placed:
        if under_item and pointer + "/" == under_item[0]:
            covered = under_item.pop(0)
        sscc = level.sscc()
        if sscc is None:
            continue
        if len(sscc) != 18 or not has_valid_check_digit(sscc):
            yield Hit(
                SSCC_CHECK_DIGIT,
                f"{pointer}/marks",
                f"SSCC {sscc} has a wrong length or check digit",
                value=sscc,
                expected="18 digits, the last one the GS1 check digit",
                fix="print a label with a valid SSCC and send the notice again",
            )
        if covered and pointer.startswith(covered):
            continue
        if sscc in first:
            message = f"SSCC {sscc} is on two packages of this notice"
            yield Hit(SSCC_DUPLICATE, f"{pointer}/marks", message, value=sscc, expected=f"another than {first[sscc]}")
        first.setdefault(sscc, pointer)


def _counts(document: AdvanceShipNotice, placed: list[Placed], items: int) -> Iterator[Hit]:
    """CTT01 counts the HL segments; many senders count items, and say so consistently."""
    totals = document.totals
    if totals is None:
        return
    if totals.line_item_count != items:
        yield from general.line_count("/totals/line_item_count", totals.line_item_count, len(placed), "levels (HL)")
    shipped = [level.quantity.shipped for _, level in placed if level.quantity is not None]
    yield from general.hash_total("/totals/hash_total", totals.hash_total, shipped)
