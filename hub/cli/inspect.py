"""``hub inspect``: files judged on the spot, by the pipeline's own steps; no server and no store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from mmap import mmap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from channels.channel import Codec
from channels.x12.envelope import Scan
from hub.cli.inspection_text import print_text
from hub.cli.partner_choice import Judging, Senders, profile_of, profiles_of
from hub.cli.second_opinion import Judges
from hub.cli.x12_files import Files, bytes_of, inspected
from hub.inspection.file import NEUTRAL, Inspected
from hub.pipeline.forms.recognition import START, codec_of
from partners.pinned import Pinned

if TYPE_CHECKING:
    from channels.files.model.mapping import FileMapping

app = typer.Typer()


@app.command("inspect")
def inspect_files(
    files: Files,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line and file.")] = False,
    partner: Judging = None,
    mapping: Annotated[
        str | None,
        typer.Option(metavar="FILE|NAME", help="What is not X12 is read by this: a YAML file, or a ready mapping."),
    ] = None,
    profiles: Senders = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When answers are written, as 2026-01-31T12:00 (UTC if no zone).")
    ] = None,
    judges: Annotated[
        Judges,
        typer.Option("--judge", help="Whose verdict: ours, that of pyx12 from the same tables, or both compared."),
    ] = Judges.OURS,
) -> None:
    """Judge files: verdicts, findings, the answers that would be sent, canonical documents. Needs no server.

    What is not X12 is read by the mappings of the profiles, by the one that is said, or by a ready one that its bytes
    tell. Exit code 1 when some file cannot be read, else 0 whatever the verdicts.

    \b
    Example:
      hub inspect --json --profiles samples/partners samples/cases/customer-order/input.edi
    """
    chosen, moment = profile_of(partner, profiles), _moment(at)
    asked = [] if mapping is None and partner is None and profiles is None else _mapped(partner, profiles, mapping)
    print_one: Callable[[str, Iterator[Inspected], Judges], bool] = print_text
    if as_json:
        from hub.cli.inspection_json import print_json as print_one  # here: it knows trees, which verdicts do without
    all_read = True
    for file in files:
        with bytes_of(file) as data:
            values = _documents(file, data, asked) or inspected(data, chosen, moment)
            all_read = print_one(file, values, judges) and all_read
    if not all_read:
        raise typer.Exit(1)


def _mapped(partner: str | None, profiles: Path | None, mapping: str | None) -> list[Pinned]:
    """The profiles whose mappings may read a file. Ends the command for a mapping that cannot work."""
    asked = profiles_of(partner, profiles)
    if mapping is None:
        return asked
    from hub.inspection.documents import with_mapping  # here, as below: X12 is read without
    from partners.ready_mappings import READY, ready_mapping

    own = ready_mapping(mapping) if mapping in READY else _mapping_in(Path(mapping))
    return [with_mapping(pinned, own) for pinned in asked or [NEUTRAL]]


def _mapping_in(path: Path) -> FileMapping:
    from channels.files.model.mapping import FileMapping
    from partners.loader import read_file, read_model
    from partners.problem import Problem

    content = read_file(path)
    read = None if isinstance(content, Problem) else read_model(FileMapping, content, str(path))
    if read is not None and read.value is not None:
        return read.value
    for problem in read.problems if read else (content,):
        typer.echo(str(problem), err=True)
    raise typer.BadParameter(f"{path} holds no mapping that can be used", param_hint="--mapping")


def _documents(file: str, data: bytes | mmap | Scan, asked: Sequence[Pinned]) -> Iterator[Inspected] | None:
    """What the file holds that is not X12; None where it is, or can only be told what it lacks to be."""
    if isinstance(data, Scan):
        return None
    codec = codec_of(data[:START], mapped=True)
    if codec is Codec.FILES and not any(pinned.partner.reading_by() for pinned in asked):
        asked = _ready_for(data)
    if codec is Codec.X12 or (codec is Codec.FILES and not asked):
        return None
    from hub.inspection.documents import inspect_documents

    return inspect_documents(data, codec, name=Path(file).name, profiles=asked)


def _ready_for(data: bytes | mmap) -> list[Pinned]:
    """A mapping that comes with the hub, where the bytes tell which; none elsewhere."""
    from channels.files import recognise
    from hub.inspection.documents import with_mapping
    from partners.ready_mappings import READY_FOR, ready_mapping

    name = READY_FOR.get(recognise(data).detail)
    return [with_mapping(NEUTRAL, ready_mapping(name))] if name else []


def _moment(at: str | None) -> datetime | None:
    if at is None:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise typer.BadParameter("a time is written like 2026-01-31T12:00", param_hint="--at") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
