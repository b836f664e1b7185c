"""The command tree, and what every command shares: late imports, exit codes, errors in plain words."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.metadata import version
from io import TextIOWrapper
from typing import Annotated

import typer

MODULES: dict[str, tuple[str, ...]] = {
    "hub.cli.serve": ("serve",),
    "hub.cli.ingest": ("ingest",),
    "hub.cli.status": ("status",),
    "hub.cli.documents": ("documents", "show", "dead-letters"),
    "hub.cli.work_items": ("work-items",),
    "hub.cli.targets": ("targets",),
    "hub.cli.operate": ("resend", "replay", "give-up", "close"),
    "hub.cli.partner": ("partner",),
    "hub.cli.config": ("config",),
    "hub.cli.crosswalk": ("crosswalk",),
    "hub.cli.control_numbers": ("control-numbers",),
    "hub.cli.key": ("key",),
    "hub.cli.ledger": ("ledger",),
    "hub.cli.verify": ("verify",),
    "hub.cli.audit": ("audit",),
    "hub.cli.inspect": ("inspect",),
    "hub.cli.explain": ("explain",),
    "hub.cli.diff": ("diff",),
    "hub.cli.redact": ("redact",),
    "hub.cli.verdicts": ("verdicts",),
    "hub.cli.sample": ("sample",),
    "hub.cli.guide": ("guide",),
    "hub.cli.schema": ("schema",),
}
"""Module → the commands it adds, in the order of ``hub --help``. Each has an ``app`` with them."""


def program(first: str | None = None) -> typer.Typer:
    """The whole tree, or with the first word of a command line only what that word needs."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    @app.callback()
    def hub(
        shown: Annotated[
            bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and exit.")
        ] = False,
    ) -> None:
        """Supplier Hub: X12 and JSON of every trading partner in, canonical documents out, and back.

        Example: hub inspect order.edi
        """

    for module, names in MODULES.items():
        if first in names or not any(first in known for known in MODULES.values()):
            app.add_typer(import_module(module).app)
    return app


def told(error: OSError) -> str:
    """What the system says, and of which file, without its number."""
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"Supplier Hub {version('supplier-hub')}")
        raise typer.Exit


def main() -> None:
    """The console command. Exit code 0: done; 1: it could not be done, or found what it looks for; 2: wrong usage."""
    if sys.stdout is None:  # closed by the caller, who wants no more than the exit code
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 (for as long as the process lives)
    if isinstance(sys.stdout, TextIOWrapper):  # JSON is UTF-8 in every locale, and what is no text at all is escaped
        sys.stdout.reconfigure(encoding="utf-8" if "--json" in sys.argv else None, errors="backslashreplace")
    first = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    try:
        try:
            program(first)()
        finally:
            sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # the reader of a pipe has gone: nothing is left to be said
            print(f"hub: {told(error)}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left in its buffer has nowhere to go
        raise SystemExit(1) from None
