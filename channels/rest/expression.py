"""JMESPath (jmespath.org) over JSON that others answered: read as data only."""

from __future__ import annotations

import json
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, StringConstraints


def _compiles(value: str) -> str:
    try:
        jmespath.compile(value)
    except JMESPathError as error:
        raise ValueError(f"not a JMESPath expression: {' '.join(str(error).split())}") from error
    return value


Expression = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_compiles)]
"""Such as ``status == 'ok'``."""


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
