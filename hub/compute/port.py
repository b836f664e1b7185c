"""What a caller of computations sees, wherever they run.

A task is a function of one item, the bodies and the facts. Items and answers are texts, JSON that its models write and
read: a child reads hostile bytes, so what comes back from it is read as data and validated, never unpickled.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Protocol, TypeAlias

Body: TypeAlias = bytes | Path
"""Bytes to be read: themselves, or the file that holds them."""

Facts: TypeAlias = Mapping[str, Callable[[], str]]
"""What many items refer to, by a key that names the same text for as long as the process lives: a profile at a version.
The text is asked for only when a child does not have it."""

Task: TypeAlias = Callable[[bytes, Sequence[bytes | mmap], Mapping[str, str]], bytes]


class ChildDied(Exception):
    """The child died, or ran out of time or memory, over one item, while its parent lived. The message says how, in
    plain words; every answer before it is good."""


class TaskFailed(Exception):
    """The task raised, which is a fault of ours. The message names the kind of exception."""


class ComputingUnavailable(Exception):
    """No child can be started now: nothing is said of the item, try again later."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to compute: a JSON text without line breaks, of which the time limit is proportional to ``size``, in
    bytes of what it is about."""

    text: bytes
    size: int


class Asking(Protocol):
    """Answers on their way, in the order of the items. Iterating raises ChildDied, TaskFailed or ComputingUnavailable.
    It is to be closed: a child that is left in the middle of its work is killed."""

    def __iter__(self) -> Iterator[bytes]: ...
    def close(self) -> None: ...


class Computing(Protocol):
    """Runs tasks, ``width`` of them at the same time."""

    @property
    def width(self) -> int: ...

    def ask(
        self,
        task: str,
        items: Sequence[Item],
        bodies: Sequence[Body],
        facts: Facts,
        alive: Callable[[], object],
        *,
        patient: bool = True,
    ) -> Asking | None:
        """Has the items worked from now on. ``alive`` is called now and then while an answer is long in coming; what it
        raises ends the asking. None when everybody is busy and the caller, who holds answers still to be taken, is not
        ``patient``. Raises ComputingUnavailable."""
        ...

    def close(self) -> None: ...


class InProcess:
    """Computes in this process: for commands and tests, where nothing else would die with it."""

    width = 1

    def __init__(self, tasks: Mapping[str, Task]) -> None:
        self._tasks = tasks

    def ask(
        self,
        task: str,
        items: Sequence[Item],
        bodies: Sequence[Body],
        facts: Facts,
        alive: Callable[[], object],
        *,
        patient: bool = True,
    ) -> Asking | None:
        return self._answers(task, items, bodies, facts)

    def _answers(
        self, task: str, items: Sequence[Item], bodies: Sequence[Body], facts: Facts
    ) -> Generator[bytes, None, None]:
        known = {key: text() for key, text in facts.items()}
        with opened(bodies) as data:
            for item in items:
                try:
                    answer = self._tasks[task](item.text, data, known)
                except Exception as error:
                    raise TaskFailed(type(error).__name__) from error
                yield answer

    def close(self) -> None:
        """Nothing is held open."""


@contextmanager
def opened(bodies: Sequence[Body]) -> Iterator[list[bytes | mmap]]:
    """Bodies as bytes, files among them mapped."""
    with ExitStack() as stack:
        yield [body if isinstance(body, bytes) else stack.enter_context(_mapped(body)) for body in bodies]


def _mapped(path: Path) -> mmap:
    with path.open("rb") as file:
        return mmap(file.fileno(), 0, access=ACCESS_READ)
