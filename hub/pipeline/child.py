"""``python -m hub.pipeline.child MEMORY LEVEL``: a child process of a node, which computes the tasks of
``computing.py`` and ``marking.py``."""

from __future__ import annotations

import sys

from hub.compute.child import keep
from hub.observe import logs
from hub.pipeline import computing, marking

if __name__ == "__main__":
    logs.configure(level=sys.argv[2])
    keep(computing.TASKS | marking.TASKS, int(sys.argv[1]))
