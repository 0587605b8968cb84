"""Other engines at the same work: each runs a program of its own, with its own packages, and prints what it used.

The work: cases of five tasks of people with one decision between them, completed one by one, each completion committed
to SQLite before the next. The figure is CPU per completion, the case's start included. A peer that is not installed is
said to be absent; none of them is needed for anything else, and Rito imports none.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.stores import CannotMeasure

FOLDER = Path(__file__).resolve().parent
ENVIRONMENT = FOLDER.parents[1] / "build" / "peers"
PYTHON, MODULES = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "node_modules"
_LONGEST_SECONDS = 300
Peer = tuple[str, Callable[[], list[str] | None]]


def _python(program: str) -> Callable[[], list[str] | None]:
    return lambda: [str(PYTHON), str(FOLDER / program)] if PYTHON.exists() else None


def _node(program: str) -> Callable[[], list[str] | None]:
    def command() -> list[str] | None:
        node = shutil.which("node")
        return [node, str(FOLDER / program)] if node and MODULES.exists() else None

    return command


PEERS: tuple[Peer, ...] = (
    ("plain SpiffWorkflow", _python("spiff.py")),
    ("django-viewflow", _python("flow.py")),
    ("DBOS", _python("durable.py")),
    ("bpmn-engine", _node("engine.mjs")),
)


def measured(cases: int, rounds: int) -> Iterator[tuple[str, dict[str, Any] | str]]:
    """Yield each peer's name with what it printed, or with the reason why it cannot be measured.

    `cases` of five tasks are finished; a peer that knows loops also says what a completion costs after `rounds`.
    """
    for name, command in PEERS:
        words = command()
        yield name, "not installed: make peers" if words is None else _run([*words, str(cases), str(rounds)])


def _run(command: list[str]) -> dict[str, Any] | str:
    environment = {**os.environ, "NODE_PATH": str(MODULES), "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory(prefix="rito-peer-") as folder:
        try:
            done = subprocess.run(  # noqa: S603  programs of this folder, with what `make peers` installed
                command,
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=_LONGEST_SECONDS,
                check=True,
            )
        except subprocess.CalledProcessError as failed:
            return f"failed: {(failed.stderr.strip().splitlines() or ['without a word'])[-1][:200]}"
        except subprocess.TimeoutExpired:
            return f"not done after {_LONGEST_SECONDS} s"
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def require_linux() -> None:
    """Raises: CannotMeasure where the CPU of a process cannot be read."""
    if sys.platform != "linux":
        raise CannotMeasure("the peers are measured on Linux")
