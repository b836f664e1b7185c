"""How the demo tells what happened: plain sentences, one table for each question, no words that need explaining."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

NAMES = {
    "purchase_order": "purchase order",
    "purchase_order_acknowledgment": "order acknowledgment",
    "advance_ship_notice": "ship notice",
    "invoice": "invoice",
    "functional_acknowledgment": "acknowledgment",
    "850": "purchase order",
    "855": "order acknowledgment",
    "856": "ship notice",
    "810": "invoice",
}
STATES = {"routed": "passed on", "rejected": "[red]rejected[/]"}
ANSWERS = {"A": "[green]accepted[/]", "E": "[yellow]accepted, errors noted[/]", "R": "[red]rejected[/]"}


class Story:
    """Writes to the terminal, or plainly to whatever stands in for one."""

    def __init__(self) -> None:
        self.console = Console(width=110, highlight=False)

    def chapter(self, title: str) -> None:
        self.console.rule(f"[bold]{title}[/]", align="left")

    def say(self, text: str) -> None:
        self.console.print(f"  {text}")

    def show(self, title: str, lines: Sequence[str], limit: int = 7) -> None:
        """The beginning of a file, as it is."""
        more = [f"… {len(lines) - limit} more"] if len(lines) > limit else []
        self.console.print(Panel("\n".join([*lines[:limit], *more]), title=title, title_align="left", style="dim"))

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        table = Table(*columns, title=title, title_justify="left", title_style="bold", expand=True)
        for row in rows:
            table.add_row(*row)
        self.console.print(table)

    def explain(self, title: str, findings: Iterable[dict[str, Any]]) -> None:
        """Findings in words: what is wrong, where, what was there and how to mend it."""
        text = []
        for finding in findings:
            text.append(f"[bold]{finding['message']}[/]")
            for key, label in (("locator", "where"), ("value", "found"), ("expected", "expected"), ("fix", "to mend")):
                if finding.get(key):
                    text.append(f"    {label + ':':<10}{finding[key]}")
        self.console.print(Panel("\n".join(text), title=title, title_align="left", border_style="red"))
