"""What stands in an address: the parameters of an operation as a model, read in one place. A parameter that is not
known, stands twice or is out of bounds is refused before anything is looked up."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeVar

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from hub.submission.refusal import Refused, finding, pointer, refused

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
NAME_LENGTH = 200
"""Characters of an id or key in a path."""


def digits(value: Any) -> Any:
    """Before a number is read: pydantic by itself takes '1_000', ' 5 ' and '5.0' for whole numbers."""
    if isinstance(value, str) and not (value.isascii() and value.isdecimal() and len(value) <= 18):
        raise ValueError("Write it in plain digits.")
    return value


def whole(value: Any) -> Any:
    """Before a number of a JSON body is read: 19.0 is whole (JSON Schema), text and truth values are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("Write a whole number, without quotes.")
    return value


def _truth(value: Any) -> Any:
    """pydantic by itself takes 'yes', '1' and 'on', too."""
    if isinstance(value, str) and value not in ("true", "false"):
        raise ValueError("Write true or false.")
    return value


def _instant(value: Any) -> Any:
    """pydantic by itself takes numbers for seconds since 1970."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("Write an instant like 2026-03-01T08:00:00Z, with its zone.")
    return value


Cursor = Annotated[
    int,
    Field(ge=0, le=10**18 - 1, description="Where the page before ended: follow its `next`."),
    BeforeValidator(digits),
]
PageSize = Annotated[
    int, Field(ge=1, le=500, description="How many rows to look at, at most."), BeforeValidator(digits)
]
Instant = Annotated[AwareDatetime, BeforeValidator(_instant)]
"""With its zone: 2026-03-01T08:00:00Z."""

Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""Something to search by, whole: no pattern is understood."""


class Parameters(BaseModel):
    """The base of every model of query parameters."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoQuery(Parameters):
    """An operation without parameters."""


class ListQuery(Parameters):
    """What every list of documents is narrowed and paged by, newest first."""

    direction: Literal["inbound", "outbound"] | None = Field(default=None, description="As the hub sees it.")
    partner: Word | None = Field(default=None, description="Whose it is: for systems and gateways.")
    since: Instant | None = Field(default=None, description="Made at this instant or later.")
    until: Instant | None = Field(default=None, description="Made before this instant.")
    cursor: Cursor | None = None
    page_size: PageSize = 100


class WriteQuery(Parameters):
    """What every write takes."""

    dry_run: Annotated[
        bool,
        Field(description="Judge and check as if it were done, and tell what would come of it. Nothing is changed."),
        BeforeValidator(_truth),
    ] = False


P = TypeVar("P", bound=Parameters)
_READ = web.RequestKey("parameters", Parameters)


def read_parameters(request: web.Request, model: type[Parameters]) -> None:
    """Reads the query of a request for ``parameters_of``. Raises Refused with every problem."""
    given, fix = dict(request.query), _fix(model)
    if twice := [name for name in given if len(request.query.getall(name)) > 1]:
        place = [_place((name,)) for name in twice]
        raise Refused(tuple(finding("QUERY-TWICE", at, "This parameter stands twice.", fix=fix) for at in place))
    try:
        request[_READ] = model.model_validate(given)
    except ValidationError as error:
        raise refused(error, _place, fix) from None


def _fix(model: type[Parameters]) -> str:
    names = ", ".join(model.model_fields)
    return f"GET /v1/openapi.json describes what this takes: {names or 'no parameters'}."


def parameters_of(request: web.Request, model: type[P]) -> P:
    """The parameters that the operation's model has read."""
    read = request[_READ]
    if not isinstance(read, model):
        raise TypeError(f"this operation reads a {type(read).__name__}")
    return read


def is_dry_run(request: web.Request) -> bool:
    """Whether a write is only to be looked at."""
    return parameters_of(request, WriteQuery).dry_run


def refuse_odd_names(request: web.Request) -> None:
    """An id that cannot be one is answered like one that is not there. Raises HTTPNotFound."""
    if not all(value.isprintable() and len(value) <= NAME_LENGTH for value in request.match_info.values()):
        raise web.HTTPNotFound(text="There is nothing of this name.")


def _place(path: tuple[int | str, ...]) -> str:
    return f"/query{pointer(path)}"
