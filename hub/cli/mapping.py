"""``hub mapping``: a mapping suggested from a supplier's own file, and tried on one. Nothing is applied by it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.output import print_json, print_table, refuse, say
from hub.cli.reach import DATA, AsJson, Database, DataDir

if TYPE_CHECKING:
    from channels.files.suggesting import Known, Suggestion

app = typer.Typer()
mapping = typer.Typer(no_args_is_help=True)
app.add_typer(mapping, name="mapping")

Names = Annotated[
    list[str] | None,
    typer.Option(metavar="PATTERN", help="Files that the mapping is for, such as inv*.csv.", show_default=False),
]
Sample = Annotated[Path, typer.Argument(metavar="SAMPLE", help="A file as the supplier sends it.")]


@mapping.callback()
def about() -> None:
    """Mappings: suggested from a supplier's own file, and tried on one.

    \b
    Example:
      hub mapping suggest samples/files/invoices.csv --document invoice
    """


@mapping.command("suggest")
def suggest_mapping(
    sample: Sample,
    document: Annotated[str, typer.Option("--document", metavar="TYPE", help="Such as invoice.")],
    partner: Annotated[
        str | None,
        typer.Option("--partner", metavar="KEY", help="Whose it is; what the hub knows of its orders is used."),
    ] = None,
    write: Annotated[
        Path | None, typer.Option("--write", metavar="FILE", help="Write a profile with it, or put it into this one.")
    ] = None,
    names: Names = None,
    data_dir: DataDir = DATA,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Suggest a mapping for a supplier's own file: which column each field is read from, how sure that is, and why.

    Nothing is applied. ``--write`` makes a profile from the partner's own, or from the one for tables where there is
    none yet: look at it, then hub partner apply. Exit code 1 when something that documents must have was not found.

    \b
    Example:
      hub mapping suggest samples/files/invoices.csv --document invoice
      hub mapping suggest stock.xlsx --document inventory_advice --partner copper-tools --write copper-tools.yaml
    """
    from hub.operator.suggesting import knowledge
    from partners.suggestions import DOCUMENTS

    if document not in DOCUMENTS:
        raise typer.BadParameter(f"there is none for {document}: say {', '.join(DOCUMENTS)}", param_hint="--document")
    text, known, day_first = knowledge(partner, data_dir, database)
    found = _suggested(sample, document, known, day_first=day_first)
    if names:
        found = replace(found, mapping={**found.mapping, "names": names})
    if as_json:
        print_json(_record(found, known))
    else:
        _tell(found)
    if write is not None:
        _write(write, text, partner, found)
    elif not as_json:
        from partners.suggestions import mapping_text

        say("")
        for line in ["mappings:", *(f"  {one}" for one in mapping_text(found, found.document.replace("_", "-")))]:
            print(line)
    if not found.is_complete:
        raise typer.Exit(1)


def _suggested(sample: Path, document: str, known: Known, *, day_first: bool | None) -> Suggestion:
    from hub.errors import OperationRefused
    from hub.operator.suggesting import suggested

    try:
        return suggested(sample, document, known, day_first=day_first)
    except OSError as error:
        refuse(f"{sample}: {error.strerror}")
    except OperationRefused as error:
        refuse(f"{sample}: {error}")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        refuse(f"{path}: {error.strerror}")


def _tell(found: Suggestion) -> None:
    say(f"{found.form.detail or found.form.kind}: a mapping for documents of type {found.document}")
    if found.ready is not None:
        say(f"It follows a standard: the mapping {found.ready}, which comes with the hub, reads it.")
        return
    print_table(
        ("field", "read from", "confidence", "values", "because"),
        [
            (r.path, r.source, f"{r.in_words} {r.confidence:.2f}", ", ".join(r.values), "; ".join(r.reasons))
            for r in found.readings
        ],
        empty="No field was found.",
    )
    for one in found.missing:
        say(f"not found: {one.path}. {one.fix}", style="red")
    if found.not_read:
        say(f"not read: {', '.join(found.not_read)}")
    for note in found.notes:
        say(note, style="yellow")


def _record(found: Suggestion, known: Known) -> dict[str, Any]:
    return {
        "document": found.document,
        "form": found.form.kind,
        "ready": found.ready,
        "complete": found.is_complete,
        "mapping": found.mapping,
        "fields": [
            {
                "field": r.path,
                "source": r.source,
                "confidence": r.confidence,
                "reasons": r.reasons,
                "values": r.values,
            }
            for r in found.readings
        ],
        "missing": [{"field": one.path, "fix": one.fix} for one in found.missing],
        "not_read": found.not_read,
        "notes": found.notes,
        "known_orders": len(known.purchase_orders),
    }


def _write(path: Path, text: str | None, partner: str | None, found: Suggestion) -> None:
    from partners.loader import load_profile_text
    from partners.starts import STARTS, Answers, profile_text
    from partners.suggestions import profile_with

    if path.exists():
        text = path.read_text(encoding="utf-8-sig")
    elif text is None:
        key = partner or path.stem
        text = profile_text(STARTS["tables"], Answers(key, key.replace("-", " ").title(), documents=(found.document,)))
    made = profile_with(text, found, found.document.replace("_", "-"))
    path.write_text(made, encoding="utf-8")
    problems = load_profile_text(made, str(path)).problems
    for problem in problems:
        typer.echo(str(problem), err=True)
    after = "mend what is named above, then" if problems else "look at it, then"
    typer.echo(f"{path} is written: {after} hub partner apply {path}", err=True)


@mapping.command("try")
def try_mapping(
    mapping_file: Annotated[Path, typer.Argument(metavar="MAPPING", help="A mapping alone, or a profile with one.")],
    sample: Sample,
    name: Annotated[str | None, typer.Option("--name", help="Of a profile's mappings, the one to try.")] = None,
    as_json: AsJson = False,
) -> None:
    """Try a mapping on a file: what each field reads in the first document, and what is wrong where. Needs no server.

    \b
    Example:
      hub mapping try samples/files/copper-tools.yaml samples/files/invoices.csv --name invoices
    """
    from channels.files import read_all, scan

    chosen = _chosen(mapping_file, name)
    body = _bytes(sample)
    found = scan(body, chosen)
    results = list(read_all(body, chosen, found.documents)) if found.is_readable else []
    findings = [*found.findings, *(finding for result in results for finding in result.findings)]
    first = next((result for result in results if result.document is not None), None)
    values = _values(first) if first is not None else []
    good = sum(result.is_good for result in results)
    if as_json:
        told = [finding.model_dump(mode="json", exclude_none=True) for finding in findings]
        print_json({"documents": len(results), "good": good, "fields": values, "findings": told})
    else:
        say(f"{len(results)} document{'' if len(results) == 1 else 's'}, {good} without errors")
        print_table(
            ("field", "value", "read from"),
            [(v["field"], v["value"], v["place"]) for v in values],
            empty="Nothing is read.",
        )
        for finding in findings:
            line = f"{finding.severity.value} {finding.locator}: {finding.message}".replace(" :", ":")
            say(f"{line} {finding.fix or ''}".strip(), style="red" if finding.severity.value == "error" else "")
    if good < len(results) or not results:
        raise typer.Exit(1)


def _values(result: Any) -> list[dict[str, str]]:
    tree = result.document.model_dump(mode="json")
    found = []
    for pointer, place in result.provenance.items():
        value: Any = tree
        for step in pointer.strip("/").split("/"):
            value = value[int(step)] if isinstance(value, list) else value[step]
        found.append({"field": pointer, "value": str(value), "place": place})
    return found


def _chosen(path: Path, name: str | None) -> Any:
    from channels.files import FileMapping
    from partners.loader import load_profile_text, read_file, read_model
    from partners.problem import Problem
    from partners.yaml_text import read_tree

    content = read_file(path)
    if isinstance(content, Problem):
        refuse(str(content))
    tree = read_tree(content, str(path)).value
    if isinstance(tree, dict) and "channels" in tree:
        profile = load_profile_text(content, str(path))
        if profile.value is None:
            refuse("\n".join(str(problem) for problem in profile.problems))
        names = list(profile.value.mappings)
        if name not in names and (name is not None or len(names) != 1):
            refuse(f"{path} has the mappings {', '.join(names) or 'none'}: say which with --name.")
        return profile.value.mappings[name or names[0]]
    read = read_model(FileMapping, content, str(path))
    if read.value is None:
        refuse("\n".join(str(problem) for problem in read.problems))
    return read.value
