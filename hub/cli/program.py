"""The command tree, and what every command shares: late imports, exit codes, errors in plain words."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from io import TextIOWrapper

import typer

MODULES: dict[str, tuple[str, ...]] = {
    "hub.cli.serve": ("serve",),
    "hub.cli.ingest": ("ingest",),
    "hub.cli.status": ("status",),
    "hub.cli.documents": ("documents", "show", "dead-letters"),
    "hub.cli.operate": ("resend", "replay", "give-up"),
    "hub.cli.partner": ("partner",),
    "hub.cli.config": ("config",),
    "hub.cli.crosswalk": ("crosswalk",),
    "hub.cli.key": ("key",),
    "hub.cli.inspect": ("inspect",),
    "hub.cli.schema": ("schema",),
}
"""Module → the commands it adds, in the order of ``hub --help``. Each has an ``app`` with them."""


def program(first: str | None = None) -> typer.Typer:
    """The whole tree, or with the first word of a command line only what that word needs."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    @app.callback()
    def hub() -> None:
        """Supplier Hub: X12 and JSON of every trading partner in, canonical documents out, and back.

        Example: hub inspect order.edi
        """

    for module, names in MODULES.items():
        if first in names or not any(first in known for known in MODULES.values()):
            app.add_typer(import_module(module).app)
    return app


def main() -> None:
    """The console command. Exit code 0: done; 1: it could not be done, or found what it looks for; 2: wrong usage."""
    if isinstance(sys.stdout, TextIOWrapper):  # JSON is UTF-8 in every locale, and what is no text at all is escaped
        sys.stdout.reconfigure(encoding="utf-8" if "--json" in sys.argv else None, errors="backslashreplace")
    first = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    try:
        program(first)()
    except BrokenPipeError:  # the reader of a pipe has gone: nothing is left to be said
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
