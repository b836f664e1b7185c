"""Fifty made-up suppliers brought live by script, with nothing but the commands: a profile from the template for
tables, ``hub mapping suggest`` for each sort of file they send, ``hub partner apply`` and ``hub ingest``.

    python -m tests.unit.channels.files.fifty_suppliers [COUNT [FOLDER]]

A supplier needs no edit when every document of its answers, ship notices, invoices and stock was taken in with each
value as it is meant.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from typer.testing import CliRunner

from canonical.document import parse_document
from hub.cli.program import program
from hub.store.store import Store
from hub.store.traffic import documents as rows
from partners.starts import STARTS, Answers, profile_text
from tests.unit.channels.files.suppliers.forms import ENDINGS
from tests.unit.channels.files.suppliers.live import Live
from tests.unit.channels.files.suppliers.making import Supplier, fifty
from tests.unit.channels.files.suppliers.reading import wrong_in


class Hub:
    """A hub without a node, in a folder: its commands, called as a shell would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._data = folder / "data"

    def __call__(self, *arguments: str) -> str:
        """What a command prints. Raises SystemExit, with what it said, for one that fails."""
        done = CliRunner().invoke(program(arguments[0]), [*arguments, "--data-dir", str(self._data)])
        if done.exit_code:
            raise SystemExit(f"hub {' '.join(arguments)}: {done.output or done.exception!r}")
        return done.stdout

    def documents(self, transmission: str) -> list[Any]:
        """The canonical documents of what was taken in."""
        store = Store("", self._data, writable=False)
        try:
            with store.read() as tx:
                found = rows.of_transmission(tx, transmission)
        finally:
            store.close()
        return [parse_document(json.loads(row.canonical)) for row in found if row.canonical]


def brought_live(hub: Hub, supplier: Supplier) -> Live:
    """By the commands alone."""
    kinds = tuple(sample.document for sample in supplier.samples)
    zone = "America/Chicago" if supplier.language == "en" else "Europe/Berlin"
    profile = hub.folder / f"{supplier.key}.yaml"
    answers = Answers(supplier.key, supplier.key.title(), time_zone=zone, documents=kinds)
    profile.write_text(profile_text(STARTS["tables"], answers), encoding="utf-8")
    hub("partner", "apply", str(profile))
    files = {}
    for sample in supplier.samples:
        file = hub.folder / f"{sample.document}-{supplier.key}.{ENDINGS[supplier.form]}"
        file.write_bytes(sample.body)
        files[sample.document] = file
        about = ("--document", sample.document, "--partner", supplier.key, "--write", str(profile))
        hub("mapping", "suggest", str(file), *about, "--names", f"{sample.document}-*")
    hub("partner", "apply", str(profile))
    wrong = {}
    for sample in supplier.samples:
        taken = hub("ingest", "--partner", supplier.key, "--json", str(files[sample.document]))
        [outcome] = json.loads(taken)
        said = [f"{one['number']}: {one['reason']}" for one in outcome["documents"] if one["verdict"] == "rejected"]
        wrong[sample.document] = [*said, *wrong_in(sample, hub.documents(outcome["id"]))]
    return Live(supplier, profile.read_text(encoding="utf-8"), wrong)


def main(count: int, folder: Path) -> None:
    hub, started = Hub(folder), time.monotonic()
    every = []
    for supplier in fifty(count=count):
        live = brought_live(hub, supplier)
        every.append(live)
        word = "no edit" if live.is_right else f"to be mended: {'; '.join(map(str, filter(None, live.wrong.values())))}"
        print(f"{supplier.key}  {supplier.language}  {supplier.form:6}{live.lines:4} lines  {word}", flush=True)
    mean = sum(live.lines for live in every) / len(every)
    right = sum(live.is_right for live in every)
    print(f"{right} of {len(every)} need no edit; {mean:.0f} lines of YAML each in the mean, for four documents")
    print(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        main(int(sys.argv[1]) if sys.argv[1:] else 50, Path(sys.argv[2] if sys.argv[2:] else made))
