"""``hub sample``: valid documents to try things with, made from the tables and a partner's guide."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from channels.errors import PayloadError
from channels.x12.sample.wrong import wrong_samples
from channels.x12.standards.tables import UnsupportedSetError
from hub.cli.output import refuse
from hub.cli.partner_choice import Config, Partner, Profiles, chosen
from hub.cli.reach import DATA, Database, DataDir
from hub.guides.subject import Subject, interchange, samples, subject

app = typer.Typer()

COUNT_LIMIT = 10_000
LINE_LIMIT = 10_000


@app.command("sample")
def sample_documents(
    set_type: Annotated[str, typer.Argument(metavar="SET", help="The transaction set, as 850.")],
    partner: Partner = None,
    profiles: Profiles = None,
    config: Config = None,
    release: Annotated[
        str | None, typer.Option(metavar="RELEASE", help="GS08, as 005010; without it the one agreed.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another number makes other documents.")] = 0,
    count: Annotated[int, typer.Option(min=1, max=COUNT_LIMIT, metavar="N", help="Documents in the file.")] = 1,
    lines: Annotated[int, typer.Option(min=1, max=LINE_LIMIT, metavar="N", help="Lines of each document.")] = 2,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write to this file, not to the terminal.")
    ] = None,
    wrong: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Instead, write into this folder one file for each rule of the guide, which breaks that rule alone.",
        ),
    ] = None,
    data_dir: DataDir = DATA,
    database: Database = "",
) -> None:
    """Write valid X12 documents of any set: plausible, different for each seed, the same for the same one.

    With a partner they keep its guide, release, separators and identifiers. They are test traffic (ISA15 = T).

    \b
    Example:
      hub sample 850 --partner samples/partners/corner-hardware.yaml --lines 3
      hub sample 810 --release 005010 --count 5 -o invoices.edi
      hub sample 810 --partner samples/partners/acme-fasteners.yaml --wrong wrong-invoices
    """
    profile, ours = chosen(partner, profiles, config, data_dir, database)
    try:
        about = subject(profile, ours, set_type, release)
        if wrong is not None:
            _write_wrong(about, seed, lines, wrong)
            return
        made = interchange(about, samples(about, seed=seed, count=count, lines=lines), seed)
    except (UnsupportedSetError, PayloadError) as error:
        refuse(f"No sample of {set_type}: {error.detail}.")
    if out is None:
        sys.stdout.write(made.decode())
        return
    try:
        out.write_bytes(made)
    except OSError as error:
        refuse(f"{out}: {error.strerror}")
    typer.echo(f"{out}: {count} document{'' if count == 1 else 's'}, {len(made)} bytes")


def _write_wrong(about: Subject, seed: int, lines: int, folder: Path) -> None:
    """The files and, in expected.json, what is to be said of each."""
    if about.guide is None:
        refuse(f"{about.partner.name} has no guide for {about.set_type}: there is no rule to break.")
    expected = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in wrong_samples(
            about.set_type, about.release, about.guide, seed=seed, lines=lines, separators=about.separators
        ):
            name = f"{about.set_type}-rule-{one.rule:02}.edi"
            (folder / name).write_bytes(interchange(about, [one.sample], seed + one.rule))
            expected[name] = one.finding.model_dump(mode="json", exclude_none=True)
            typer.echo(f"{folder / name}: {one.finding.message} [{one.finding.code}]")
        text = json.dumps(expected, indent=2, ensure_ascii=False)
        (folder / "expected.json").write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        refuse(f"{error.filename}: {error.strerror}")
