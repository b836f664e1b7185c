"""``hub explain`` for the terminal: indented lines that read without colour, plain when piped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import typer

from canonical.finding import Finding, Verdict, clip
from channels.x12.envelope import Interchange, Scan
from channels.x12.explain import Element, Loop, Node, Placing, SetTree
from channels.x12.explain.values import meaning_of
from hub.cli.inspection_text import COLOURS, counted
from hub.inspection.file import Inspected, InspectedSet, InterchangeOpened

TEXT_SHOWN = 400
"""Characters of one value that are shown."""

_ENDINGS = {
    Verdict.ACCEPTED: "accepted",
    Verdict.ACCEPTED_WITH_ERRORS: "accepted, with errors to mend",
    Verdict.REJECTED: "rejected",
}


def print_explanation(file: str, values: Iterable[Inspected], *, only_findings: bool = False) -> None:
    """Prints the file's sets, each as it comes; ``only_findings``: of those without any only how many they are."""
    silent = 0
    for value in values:
        match value:
            case Scan():
                typer.secho(f"{clip(file, 200)}  {counted(value)}", bold=True)
                _print(_findings(value.findings, "  "))
            case InterchangeOpened():
                typer.echo(f"\nInterchange {_interchange(value.source)}")
                _print(_findings(value.findings, "  "))
            case InspectedSet():
                if only_findings and not value.findings:
                    silent += 1
                else:
                    _print_set(value)
    if silent:
        typer.echo(f"\n{silent} transaction set{'' if silent == 1 else 's'}: nothing to object to")


def _interchange(source: Interchange) -> str:
    sender, receiver = (f"{clip(p.id)} ({clip(p.qualifier)})" for p in (source.sender, source.receiver))
    day, clock = (meaning_of("005010", number, text) for number, text in (("373", source.date), ("337", source.time)))
    usage = {"P": "production", "T": "test", "I": "information"}.get(source.usage_indicator, "usage unknown")
    when = " ".join(part for part in (day, clock) if part)
    return f"{clip(source.control_number)} from {sender} to {receiver}, {when or 'no date'}, {usage}"


def _print_set(inspected: InspectedSet) -> None:
    tree = inspected.tree()
    name = f"{tree.name or 'Transaction set'} ({clip(tree.type) or 'no type'}) {clip(tree.number)}".rstrip()
    verdict = typer.style(_ENDINGS[inspected.verdict], fg=COLOURS[inspected.verdict])
    count = f"{tree.segment_count} segment{'' if tree.segment_count == 1 else 's'}"
    number, release = clip(tree.control_number), clip(inspected.group.release)
    typer.echo(f"\n{typer.style(name, bold=True)}, set {number}, release {release}, {count}: {verdict}")
    _print(_findings(tree.findings, "  "))
    print_tree(tree)


def print_tree(tree: SetTree) -> None:
    """Prints loops, levels and segments, each as deep as it lies."""
    for depth, node in tree.walk():
        _print(_node(node, "  " * (depth + 1)))
    if tree.left_out:
        typer.echo(f"  … {tree.left_out} more segments, without findings, are not shown")


def _node(node: Node, indent: str) -> Iterator[str]:
    if isinstance(node, Loop):
        label = f": {clip(node.label, 140)}" if node.label else ""
        yield typer.style(f"{indent}▸ {node.name}{label}", fg=typer.colors.CYAN, bold=True)
        return
    place = "  missing" if node.placing is Placing.MISSING else f"{node.position:>4}"
    name = node.name or ("no segment of this release" if node.placing is not Placing.MISSING else "")
    note = "  (it has no place in this set)" if node.placing is Placing.UNPLACED else ""
    yield f"{indent}{place}  {typer.style(clip(node.id), bold=True)}  {name}{note}"
    inner = f"{indent}        "
    yield from _findings(node.own_findings, inner)
    for element in node.elements():
        yield from _element(element, inner)


def _element(element: Element, indent: str) -> Iterator[str]:
    named = f"{element.designator}  {element.name}: " if element.name else f"{element.designator}: "
    meaning = typer.style(f"  = {clip(element.meaning, TEXT_SHOWN)}", fg=typer.colors.GREEN) if element.meaning else ""
    yield f"{indent}{named}{clip(element.text, TEXT_SHOWN) or '(empty)'}{meaning}"
    yield from _findings(element.findings, f"{indent}    ")
    for part in element.parts:
        yield from _element(part, f"{indent}    ")


def _findings(findings: Iterable[Finding], indent: str) -> Iterator[str]:
    for finding in findings:
        mark = typer.style(f"{finding.severity.value}:", fg=COLOURS[finding.severity], bold=True)
        yield f"{indent}{mark} {finding.message} [{finding.code}]"
        if finding.fix:
            yield f"{indent}  {finding.fix}"


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)
