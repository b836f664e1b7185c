"""The pool with real child processes: each way to die is told apart, and costs only the item it happened over."""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.compute.pool import Children, Limits
from hub.compute.port import ChildDied, ComputingUnavailable, Item, TaskFailed
from hub.observe.context import bound

LIMITS = Limits(seconds=0.3, memory_megabytes=512, patience=1)


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    pool = Children("tests.faults.tasks", 1, LIMITS)
    yield pool
    pool.close()


def item(value: Any) -> Item:
    return Item(json.dumps(value).encode(), 0)


def ask(pool: Children, task: str, *values: Any, body: bytes | Path = b"abc", **facts: str) -> list[Any]:
    items = [item(value) for value in values]
    known = {key: (lambda text=text: text) for key, text in facts.items()}
    asking = pool.ask(task, items, [body], known, lambda: None)
    assert asking is not None
    return [json.loads(answer) for answer in asking]


def test_answers_come_in_the_order_of_the_items(children: Children) -> None:
    assert ask(children, "echo", 1, "zwei", [3.5, None, "\ud800"]) == [1, "zwei", [3.5, None, "\ud800"]]


def test_bodies_are_read_from_the_request_or_from_a_file(children: Children, tmp_path: Path) -> None:
    assert ask(children, "length", 0, body=b"x" * 3_000_000) == [3_000_000]
    (tmp_path / "large").write_bytes(b"y" * 5_000_000)
    assert ask(children, "length", 0, body=tmp_path / "large") == [5_000_000]


def test_a_fact_is_sent_once(children: Children) -> None:
    asked = []
    for _ in range(3):
        items = [item("colour of 1")]
        fact = {"colour of 1": lambda: asked.append(1) or "green"}  # type: ignore[func-returns-value]
        assert list(children.ask("fact", items, [], fact, lambda: None) or ()) == [b'"green"']
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("task", "how"),
    [
        ("loop", "it took more than 0.3 seconds of processor time"),
        ("hoard", "it needed more than 512 MB of memory"),
        ("crash", r"its process crashed \(SIGSEGV\)"),
        ("leave", r"its process crashed \(exit code 3\)"),
        ("sleep", "it was not done within 0 seconds"),
    ],
)
def test_a_death_is_told_with_its_reason_after_the_answers_before_it(
    children: Children, monkeypatch: pytest.MonkeyPatch, task: str, how: str
) -> None:
    asking = children.ask("either", [item("good"), item(task), item("never")], [], {}, lambda: None)
    assert asking is not None
    answers = iter(asking)
    assert next(answers) == b'"good"'
    with monkeypatch.context() as patched:
        if task == "sleep":
            patched.setattr(children._children[0], "_limits", replace(LIMITS, grace=1))
        with pytest.raises(ChildDied, match=how):
            next(answers)
    assert ask(children, "echo", "alive") == ["alive"]


def test_an_exception_is_no_death(children: Children) -> None:
    with pytest.raises(TaskFailed, match="ZeroDivisionError"):
        ask(children, "divide", 0)


@pytest.mark.parametrize(("level", "told"), [(logging.INFO, ["tr_1"]), (logging.CRITICAL, [])])
def test_what_fails_in_a_child_is_logged_as_the_node_logs_with_the_arrival_it_is_about(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, level: int, told: list[str]
) -> None:
    monkeypatch.setattr(logging.getLogger(), "level", level)
    pool = Children("tests.faults.tasks", 1, LIMITS)
    with bound(transmission="tr_1"), pytest.raises(TaskFailed):
        ask(pool, "divide", 0)
    pool.close()
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    assert [line["transmission"] for line in lines if line["event"] == "a computation failed"] == told


def test_signals_to_the_whole_group_do_not_look_like_a_death(children: Children) -> None:
    (pid,) = ask(children, "pid", 0)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(pid, number)
    assert ask(children, "pid", 0) == [pid]


def test_a_child_that_was_killed_while_idle_is_replaced_and_nothing_is_blamed_for_it(children: Children) -> None:
    (pid,) = ask(children, "pid", 0)
    os.kill(pid, signal.SIGKILL)
    worker = children._children[0]._worker
    assert worker is not None
    assert worker.answers.poll(60), "it is dead"
    (other,) = ask(children, "pid", 0)
    assert other != pid


def test_secrets_of_the_node_do_not_reach_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_SECRET", "do not tell")
    pool = Children("tests.faults.tasks", 1, LIMITS)
    (environment,) = ask(pool, "environment", 0)
    pool.close()
    assert "ERP_SECRET" not in environment


def test_no_death_is_told_of_a_pool_that_is_closed() -> None:
    pool = Children("tests.faults.tasks", 1)
    ask(pool, "pid", 0)  # it has started
    threading.Timer(1.0, pool.close).start()
    with pytest.raises(ComputingUnavailable):
        ask(pool, "sleep", 0)


def test_children_end_with_their_parent() -> None:
    pool = Children("tests.faults.tasks", 1, LIMITS)
    (pid,) = ask(pool, "pid", 0)
    child = pool._children[0]
    assert child._control is not None
    assert child._worker is not None
    child._worker.close()  # as the kernel does it when the parent is gone
    child._control.close()
    assert child._keeper is not None
    assert child._keeper.wait(60) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_module_that_does_not_start_is_no_death() -> None:
    pool = Children("tests.faults.there_is_no_such_module", 1)
    with pytest.raises(ComputingUnavailable):
        ask(pool, "echo", 1)
    pool.close()
