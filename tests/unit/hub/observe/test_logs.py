"""The log stays one line an event, whatever is logged, and tells nothing that it should not."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from hub.observe import logs
from hub.observe.context import ContextExecutor, bound

log = logging.getLogger("hub.test")

HOSTILE: dict[str, Any] = {
    "line ends": "a\r\nb\nc\rd\x0be\x0cf\x85g\u2028h\u2029i",
    "a forged event": '"}\n{"at":"2026-01-01","level":"info","event":"delivery.delivered"}',
    "terminal control": "\x1b[2J\x1b]0;owned\x07\x9b31m\x08\x7f",
    "5,000 digits": 10**5000 - 1,
    "5,000 digits below zero": -(10**5000),
    "5,000 digits as text": "9" * 5000,
    "long": "x" * 1_000_000,
    "NUL and surrogates": "\x00\ud800\udfff",
    "right to left": "\u202edetrevni\u2066",
    "bytes": b"\x00\xff" * 1000,
    "deep": [[[[["deep"]]]]],
    "wide": list(range(100_000)),
    "names": {"\n" * 50: 1, "a\x1b": {"b\n": "c\n"}},
    "not a number": float("nan"),
    "an object": object(),
}


@pytest.fixture(params=["json", "text"])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    yield from configured(text=request.param == "text")


@pytest.fixture
def as_json() -> Iterator[io.StringIO]:
    yield from configured(text=False)


def configured(*, text: bool, level: str = "info") -> Iterator[io.StringIO]:
    """The process's logging as ``hub serve`` sets it, given back afterwards."""
    root = logging.getLogger()
    handlers, old = root.handlers[:], root.level
    stream = io.StringIO(newline="")
    logs.configure(stream, text=text, level=level)
    try:
        yield stream
    finally:
        logging.captureWarnings(False)
        root.handlers[:] = handlers
        root.setLevel(old)


def lines(stream: io.StringIO) -> list[str]:
    """As a program splits them that takes every control character for a line's end."""
    return [line for line in stream.getvalue().splitlines() if line]


def events(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(stream)]


def test_every_event_is_one_line_of_printable_text(written: io.StringIO) -> None:
    count = 0
    for value in HOSTILE.values():
        for words in (value if isinstance(value, str) else str(type(value)), "fixed"):
            log.warning(words, extra={"given": value, "nested": {"inner": [value]}})
            count += 1
        log.warning("a value: %.9999s", value if isinstance(value, str) else "", extra={})
        with bound(channel=value if isinstance(value, str) else "x"):
            log.info("bound")
        count += 2
    assert len(lines(written)) == count
    assert all(line.isprintable() for line in lines(written))
    assert max(map(len, lines(written))) < 20_000


def test_a_line_whose_arguments_do_not_fit_is_told_all_the_same(written: io.StringIO) -> None:
    record = logging.LogRecord("hub", logging.WARNING, __file__, 1, "%d of %s", ("many",), None)
    ours = next(h for h in logging.getLogger().handlers if getattr(h, "stream", None) is written)
    ours.handle(record)  # pytest's own handler would fail on it
    (line,) = lines(written)
    assert "%d of %s [with arguments that do not fit]" in line


def test_a_failure_is_one_line_that_names_kind_and_place_and_not_its_words(written: io.StringIO) -> None:
    try:
        try:
            raise KeyError("CANARY-inner\n")
        except KeyError as error:
            raise ValueError("CANARY-outer: N1*ST*Jane Doe") from error
    except ValueError:
        log.exception("a document could not be processed")
    (line,) = lines(written)
    assert "CANARY" not in line
    assert "Jane" not in line
    assert "ValueError" in line
    assert "KeyError" in line
    assert "test_logs.py" in line


def test_at_level_debug_a_failure_is_told_in_its_own_words() -> None:
    stream = next(kept := configured(text=False, level="debug"))
    try:
        int("seven")
    except ValueError:
        log.exception("failed")
    assert "seven" in events(stream)[0]["error_text"]
    kept.close()


@pytest.mark.parametrize("name", [*sorted(logs.WITHHELD), "Authorization", "Idempotency-Key"])
def test_payload_people_and_secrets_are_withheld_by_their_fields(as_json: io.StringIO, name: str) -> None:
    if name == "name":  # a LogRecord's own attribute
        log.info("told", extra={"who": {name: "CANARY"}})
    else:
        log.info("told", extra={name: "CANARY", "who": {name: ["CANARY"]}})
    assert "CANARY" not in as_json.getvalue()
    assert "[withheld]" in as_json.getvalue()


def test_warnings_and_failures_that_nobody_awaits_are_events_too(as_json: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("two\nlines", stacklevel=1)
    logs.unhandled(None, {"message": "Task exception was never retrieved", "exception": ValueError("CANARY")})
    first, second = events(as_json)
    assert "two\\nlines" in first["event"]
    assert second["error"] == "ValueError"
    assert "CANARY" not in as_json.getvalue()


async def test_what_work_is_about_goes_with_it_through_threads_and_tasks(as_json: io.StringIO) -> None:
    loop = asyncio.get_running_loop()

    async def in_background(executor: ContextExecutor) -> None:
        await loop.run_in_executor(executor, lambda: log.info("in a thread"))
        log.info("in a task")

    with ContextExecutor(1) as executor:
        with bound(transmission="tr_1", partner=None):
            task = asyncio.ensure_future(in_background(executor))
        with bound(transmission="tr_2"):
            await loop.run_in_executor(executor, lambda: log.info("of another"))
        await task
        log.info("of nothing")
    told = {event["event"]: event.get("transmission") for event in events(as_json)}
    assert told == {"in a thread": "tr_1", "in a task": "tr_1", "of another": "tr_2", "of nothing": None}
    assert not any("partner" in event for event in events(as_json))
