"""``hub verify``: is what is stored what it should be?"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from hub.cli.output import Progress, print_json, say
from hub.cli.reach import DATA, AsJson, Database, DataDir, reading
from hub.upkeep.audit import HEADS, Head, read_heads
from hub.verify.checks import CHECKS, verify
from hub.verify.defect import Subject

app = typer.Typer()

Check = StrEnum("Check", list(CHECKS))  # type: ignore[misc]


@app.command("verify")
def verify_store(
    only: Annotated[list[Check] | None, typer.Option("--only", metavar="CHECK", help="This check; repeatable.")] = None,
    head: Annotated[
        list[str] | None,
        typer.Option("--head", metavar="NUMBER:HASH", help="As hub audit head printed it earlier; repeatable."),
    ] = None,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Check that nothing stored was lost, damaged or changed; a node may run meanwhile. Nothing is written.

    Exit code 1 when there is a finding.

    \b
    Example:
      hub verify
      hub verify --only bytes --only audit --json
    """
    wanted = [check.value for check in only] if only else list(CHECKS)
    found, counts = [], dict.fromkeys(wanted, 0)
    with reading(data_dir, database) as store:
        notices = store.notices()
        heads = [*read_heads(data_dir / HEADS), *map(_head, head or [])]
        for name in wanted:
            told = Progress(name)
            subject = Subject(store.read, store.blobs, data_dir, datetime.now(UTC), heads, told)
            for check, defect in verify(subject, [name]):
                found.append({"check": check, **asdict(defect)})
                if not as_json:
                    say(f"{defect.code}  {defect.place}", style="red")
                    for line in (f"found: {defect.got}", f"expected: {defect.expected}", defect.fix):
                        say(f"  {line}")
            counts[name] = told.count
    if as_json:
        print_json({"sound": not found, "looked_at": counts, "defects": found, "notices": notices})
    else:
        for notice in notices:
            say(notice)
        for name, count in counts.items():
            say(f"{name}: {count} looked at, {sum(one['check'] == name for one in found)} findings")
    if found:
        raise typer.Exit(1)


def _head(text: str) -> Head:
    number, _, value = text.partition(":")
    if not number.isdecimal() or not value:
        raise typer.BadParameter("a head looks like 12:3f0a..., as hub audit head prints it", param_hint="--head")
    return Head(int(number), 0, value, "elsewhere")
