"""The command tree, and what every command shares: late imports, exit codes, errors in plain words."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated

import typer

COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("serve", "Run the hub: doors, pipeline, deliveries, pages and API, until SIGTERM or Ctrl-C."),
    "ingest": ("ingest", "Take files in and tell what became of each."),
    "status": ("status", "Show what is wrong and where the fault lies, worst first, then queues, targets."),
    "documents": ("documents", "List documents, newest first."),
    "show": ("documents", "Show the whole trace of one thing, from the bytes that came to what the ERP answered."),
    "dead-letters": ("documents", "List deliveries that could not be made, each with its reason."),
    "work-items": ("work_items", "List what waits for a person, oldest first; one item however many documents wait."),
    "targets": ("targets", "Targets and channels that the hub sends to: what holds them back, and how to change it."),
    "outbox": ("outbox", "What partners and systems come for: what lies there, since when, and who has fetched it."),
    "resend": ("operate", "Send the same bytes again, with the same control numbers and keys."),
    "replay": ("replay", "Work stored bytes through the pipeline again, and show first what would come of it."),
    "give-up": ("operate", "End dead letters: they are not delivered, and what waits behind them goes on."),
    "close": ("operate", "Close work items that are settled; what waited for them stays as it is."),
    "partner": ("partner", "Trading partners' profiles: YAML, one file a partner."),
    "mapping": ("mapping", "Mappings: suggested from a supplier's own file, and tried on one."),
    "channel": ("channel", "Channels: the host keys of partners' SFTP servers, to be pinned."),
    "mailbox": (
        "mailbox",
        "Mailboxes of partners on our own SFTP server: who has one.",
    ),
    "user": ("user", "People of partners who come in at the supplier portal: invited, listed, removed."),
    "config": ("config", "Our own identities, targets, locations and routes: hub.yaml."),
    "crosswalk": ("crosswalk", "A partner's words for our items, units, locations and codes."),
    "control-numbers": ("control_numbers", "Control numbers of interchanges (ISA13) and groups (GS06)."),
    "key": ("key", "Access keys for the API, each of one partner, one system of ours or one gateway."),
    "ledger": (
        "ledger",
        "Show for each day and partner: documents in = accepted + rejected + duplicate.",
    ),
    "verify": ("verify", "Check that nothing stored was lost, damaged or changed; a node may run meanwhile."),
    "retention": ("retention", "Show how long what is stored is kept, and how much was removed."),
    "backup": ("backup", "Back up into DIR, while the hub runs: first the rows, then the bytes they name."),
    "restore": ("backup", "Make a hub of the backup in DIR, and tell what it cannot know."),
    "store": ("store", "The store as a whole: its rows and bytes, moved to other engines."),
    "audit": ("audit", "The audit trail: every event is sealed into a chain of hashes."),
    "inspect": ("inspect", "Judge files: verdicts, findings, the answers that would be sent, canonical documents."),
    "explain": ("explain", "Explain X12 files in words: every segment, element and code."),
    "diff": ("diff", "Compare two X12 files by what they mean: which documents differ."),
    "redact": ("redact", "Make an X12 file safe to share: names, addresses, texts, numbers."),
    "verdicts": ("verdicts", "Count verdicts over many X12 files: what was sent, in which release."),
    "sample": ("sample", "Write valid X12 documents of any set: plausible, different for each seed."),
    "guide": ("guide", "Partners' guides: the standard narrowed to what is agreed."),
    "schema": ("schema", "Print the JSON Schemas of canonical documents; each names its version in $id."),
    "events": ("events", "What the hub tells: its kinds of events, described for programs."),
    "openapi": ("schema", "Print the OpenAPI 3.1 document of the API."),
}
"""Command → the module of this package that has it, and what ``hub --help`` says of it, in that order. A module is
loaded when one of its commands is called; its ``app`` has them all."""


def program(first: str | None = None) -> typer.Typer:
    """The commands of the module that the first word of a command line needs; without one they are only listed."""
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

    if first in COMMANDS:
        app.add_typer(import_module(f"hub.cli.{COMMANDS[first][0]}").app)
    else:
        for name, (_, said) in COMMANDS.items():
            app.command(name, help=said)(_listed)
    return app


def _listed() -> None:
    """Stands for a command in ``hub --help``. A command that is called is the first word, and its module is there."""


def told(error: OSError) -> str:
    """What the system says, and of which file, without its number."""
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # here: it takes a while to load

        typer.echo(f"Supplier Hub {version('supplier-hub')}")
        raise typer.Exit


def main() -> None:
    """The console command. Exit code 0: done; 1: it could not be done, or found what it looks for; 2: wrong usage."""
    if sys.stdout is None:  # closed by the caller, who wants no more than the exit code
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 (for as long as the process lives)
    if isinstance(sys.stdout, TextIOWrapper):  # JSON is UTF-8 in every locale, and what is no text at all is escaped
        sys.stdout.reconfigure(encoding="utf-8" if "--json" in sys.argv else None, errors="backslashreplace")
    first = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # else it looks for some in all that is installed
    gc.disable()  # what loads is no garbage, and looking for some takes a tenth of a short command's time
    try:
        try:
            called = program(first)
            gc.freeze()
            gc.enable()
            called()
        finally:
            sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # the reader of a pipe has gone: nothing is left to be said
            print(f"hub: {told(error)}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left in its buffer has nowhere to go
        raise SystemExit(1) from None
