"""``make bench [ONLY=part]``: measures, tells each figure as it is there, prints a table and writes bench.json."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks import durable, files, nodes, x12
from tests.benchmarks.doors import rest, sftp
from tests.benchmarks.row import Row

PARTS: dict[str, Callable[[], Iterable[Row]]] = {
    "x12": x12.rows,
    "files": files.rows,
    "durable": durable.rows,
    "nodes": nodes.rows,
    "doors": lambda: chain(sftp.rows(), rest.rows()),
}
OUTPUT = Path("bench.json")


def main(names: list[str]) -> int:
    """Run the named parts, or all. 0 when every part gave its rows, 2 for an unknown part."""
    if unknown := [name for name in names if name not in PARTS]:
        print(f"there is no part {', '.join(unknown)}; the parts are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    rows: list[Row] = []
    table = Table("what", "value", "unit", "ratio", "against")
    for name in names or PARTS:
        for row in PARTS[name]():
            rows.append(row)
            table.add_row(*_cells(row))
            print(*filter(None, _cells(row)), file=sys.stderr, flush=True)
    Console(width=None if sys.stdout.isatty() else 200).print(table)
    OUTPUT.write_text(json.dumps([row.as_json() for row in rows], indent=1) + "\n", encoding="utf-8")
    return 0


def _cells(row: Row) -> tuple[str, ...]:
    value = f"{row.value:,.0f}" if row.value >= 100 else f"{row.value:.3g}"
    ratio = "" if row.ratio is None else f"{row.ratio:.3g} times"
    return row.name, value, row.unit, ratio, row.against or ""


sys.exit(main(sys.argv[1:]))
