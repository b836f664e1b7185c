"""The options by which commands choose documents and deliveries, and how a person is asked before many are touched."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Annotated, Any

import typer

from hub.cli.output import refuse
from hub.document_kinds import kind_of_set, kinds

FILTERS: dict[str, Any] = {
    "number": Annotated[str | None, typer.Option(metavar="NUMBER", help="Any number a document is known by.")],
    "purchase_order": Annotated[str | None, typer.Option("--po", metavar="NUMBER", help="Purchase order number.")],
    "invoice": Annotated[str | None, typer.Option(metavar="NUMBER", help="Invoice number.")],
    "shipment": Annotated[str | None, typer.Option(metavar="NUMBER", help="Shipment identification.")],
    "control_number": Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Interchange or group control number.")
    ],
    "partner": Annotated[str | None, typer.Option(metavar="KEY", help="Of this partner only.")],
    "type": Annotated[str | None, typer.Option(metavar="TYPE", help="Such as invoice, or a set: 830.")],
    "finding": Annotated[str | None, typer.Option(metavar="CODE", help="With a finding of this code.")],
    "target": Annotated[str | None, typer.Option(metavar="KEY", help="With a delivery to this target.")],
    "since": Annotated[str | None, typer.Option(metavar="TIME", help="As 2026-01-31 or 2026-01-31T12:00, in UTC.")],
    "until": Annotated[str | None, typer.Option(metavar="TIME", help="Before this moment.")],
}
"""Options by the fields of a ``hub.selection.Selection`` that they fill."""

OF_DELIVERIES = ("partner", "target", "type", "since", "until")

Yes = Annotated[bool, typer.Option("--yes", help="Do it to all that fit the filter, without asking.")]


def filtered(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command these FILTERS as options; it gets those that are set as ``filters``, ready for a Selection."""

    def around(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def called(**given: Any) -> None:
            command(filters=_read({name: given.pop(name) for name in names}), **given)

        own = [p for p in signature(command, eval_str=True).parameters.values() if p.name != "filters"]
        named = [p for p in own if p.default is not Parameter.empty and p.name == "ids"]
        options = [Parameter(n, Parameter.KEYWORD_ONLY, default=None, annotation=FILTERS[n]) for n in names]
        rest = [p.replace(kind=Parameter.KEYWORD_ONLY) for p in own if p not in named]
        taken = [*named, *options, *rest]
        called.__signature__ = Signature(taken)  # type: ignore[attr-defined]
        called.__annotations__ = {p.name: p.annotation for p in taken}
        return called

    return around


def _read(given: dict[str, str | None]) -> dict[str, Any]:
    """Wrong usage ends the command."""
    named: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if "type" in named:
        named["type"] = known_kind(named["type"])
    for name in ("since", "until"):
        if name in named:
            named[name] = moment(named[name], f"--{name}").isoformat()
    return named


def chosen(ids: list[str] | None, filters: dict[str, Any]) -> dict[str, Any]:
    """A ``hub.selection.Selection`` as JSON: ids, or what the filters say."""
    if ids and filters:
        raise typer.BadParameter("name ids, or a filter, not both")
    if not ids and not filters:
        raise typer.BadParameter("name ids, or at least one filter")
    return {"ids": ids} if ids else filters


def known_kind(text: str) -> str:
    """A document's type, given by its name or by the number of an X12 set."""
    if text in kinds():
        return text
    if (kind := kind_of_set(text)) in kinds():
        return kind
    raise typer.BadParameter(f"it is the number of an X12 set, or one of {', '.join(kinds())}", param_hint="--type")


def moment(text: str, option: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("a time is written like 2026-01-31T12:00", param_hint=option) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def given(reason: str | None) -> str:
    """The reason, which must be there."""
    if reason is None:
        raise typer.BadParameter("say why: the reason is kept with the trace", param_hint="--reason")
    if not reason.strip():
        refuse("Say why: the reason is kept with the trace.")
    return reason


def confirmed(question: str, *, yes: bool) -> None:
    """Ends the command unless a person says yes, or said so before."""
    if yes:
        return
    if not sys.stdin.isatty():
        refuse("Nothing was changed. Add --yes to do it.")
    if not typer.confirm(question, err=True):
        refuse("Nothing was changed.")
