"""What the work at hand is about: bound once, it stands in every log line that the work leads to, also in the threads
and background tasks that it starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any, ParamSpec, TypeVar

from structlog.contextvars import bound_contextvars, get_contextvars

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def bound(**fields: str | int | None) -> Iterator[None]:
    """Log lines of the block, and of what it starts, carry these fields; those that are None are left out."""
    with bound_contextvars(**{name: value for name, value in fields.items() if value is not None}):
        yield


def about() -> dict[str, Any]:
    """The fields that are bound here, to be bound again where the work goes on."""
    return get_contextvars()


class ContextExecutor(ThreadPoolExecutor):
    """Threads that know what their caller's work is about, which ``run_in_executor`` alone does not carry over."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        context: Any = copy_context()
        return super().submit(context.run, fn, *args, **kwargs)
