"""One target under atheris (libFuzzer), in a process of its own: ``python -m tests.fuzz.fuzzing TARGET [option...]``.

The code that is fuzzed must be imported under atheris' eyes, so that it sees which of its branches an input reaches.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["channels", "canonical"]):
    from tests.fuzz.targets import TARGETS, planted


if __name__ == "__main__":
    target = {**TARGETS, "planted": planted}[sys.argv.pop(1)]
    atheris.Setup(sys.argv, lambda data: target(bytes(data)))
    atheris.Fuzz()
