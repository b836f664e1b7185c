"""The command line, ``hub``. Each command's module is imported when the command is called: ``hub inspect`` loads no
store, no web server and no terminal library."""

from __future__ import annotations

from hub.cli.program import main

__all__ = ["main"]
