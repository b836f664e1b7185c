"""Functions that are written while the program runs: their source, and the objects that it refers to by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Source:
    """Lines under construction; ``scope`` holds the globals of the functions in them."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self.lines: list[str] = []
        self.scope = dict(scope)
        self._count = 0

    def add(self, indent: int, *lines: str) -> None:
        self.lines += ["    " * indent + line for line in lines]

    def name(self, prefix: str, value: Any = None) -> str:
        """A fresh name, bound to ``value`` when one is given."""
        self._count += 1
        name = f"{prefix}{self._count}"
        if value is not None:
            self.scope[name] = value
        return name

    def compiled(self, name: str) -> Any:
        """The function called ``name``."""
        exec("\n".join(self.lines), self.scope)
        return self.scope[name]
