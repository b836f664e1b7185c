"""JMESPath (jmespath.org) over JSON that came from others: read as data only."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, StringConstraints

COPIES = 64
"""How often an expression may repeat what it is asked of. Each list or object that it makes multiplies: twenty times
``[@, @][]`` would make a million of one value."""


def _compiles(value: str) -> str:
    try:
        tree = jmespath.compile(value).parsed
    except JMESPathError as error:
        raise ValueError(f"not a JMESPath expression: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise ValueError("not a JMESPath expression that can be read: it is nested too deeply") from error
    if _copies(tree) > COPIES:
        raise ValueError(f"the lists and objects that it makes could repeat a value more than {COPIES} times")
    return value


def _copies(tree: Any) -> int:
    """At most how often the result repeats what the expression is asked of."""
    found, open_ = 1, [tree]
    while open_:
        node = open_.pop()
        open_ += [one for one in node["children"] if isinstance(one, dict)]  # of a slice they are numbers
        if node["type"] in ("multi_select_list", "multi_select_dict"):
            found *= len(node["children"])
    return found


Expression = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_compiles)]
"""Such as ``status == 'ok'``."""


_PLAIN = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)


def is_plain(expression: str) -> bool:
    """Whether it is names with points between them and nothing else."""
    return _PLAIN.fullmatch(expression) is not None


def parsed(body: bytes) -> Any:
    """The value of a JSON body. Raises ValueError in plain words."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is no JSON") from error


def find(expression: Expression, value: Any) -> Any:
    """What the expression finds; None where there is nothing. Raises ValueError for values that it cannot work with."""
    try:
        return jmespath.search(expression, value)
    except (JMESPathError, RecursionError) as error:
        raise ValueError(f"{expression} cannot be asked of it") from error
