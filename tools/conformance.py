"""Plays the public BPMN cases against the engine and holds what passes: it may grow, never shrink.

The cases lie outside this repository, in the folder given. `tests/conformance/at_least.json` says how many pass.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
_ADAPTER = _ROOT / "tests" / "conformance" / "adapter.py"
_AT_LEAST = _ROOT / "tests" / "conformance" / "at_least.json"
_BETSY = ["run.py", "--files", "files/betsy"]
_SUITES: dict[str, list[str]] = {
    "betsy": [*_BETSY, "--not-group", "bpmn_constraints", "--drain", "300"],
    "invalid diagrams": [*_BETSY, "--only", "bpmn_constraints"],
    "people's side": ["userflow.py", "--files", "files/camunda7"],
}


def main() -> int:
    """Play every suite of the folder given; return 1 when one passes less than it did."""
    folder = Path(sys.argv[1]).resolve()
    least: dict[str, int] = json.loads(_AT_LEAST.read_text())
    worse = 0
    for name, command in _SUITES.items():
        found = _played(folder, command)
        passed = sum(one["verdict"] == "pass" for one in found)
        counts = ", ".join(f"{count} {verdict}" for verdict, count in Counter(_verdicts(found)).most_common())
        sys.stdout.write(f"{name}: {passed} of {len(found)} pass, at least {least[name]} must ({counts})\n")
        worse += passed < least[name]
        hung = [one["file"] for one in found if one["verdict"] in {"hung", "crash"} or one.get("lost")]
        if hung:
            sys.stdout.write(f"{name}: hung, crashed or lost something: {', '.join(hung)}\n")
            worse += 1
    return 1 if worse else 0


def _played(folder: Path, command: list[str]) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as kept:
        out = Path(kept) / "results.json"
        subprocess.run(  # noqa: S603  the runner of the folder that the caller named
            [sys.executable, *command, "--adapter", str(_ADAPTER), "--out", str(out)],
            cwd=folder, check=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        found = json.loads(out.read_text())
    results: list[dict[str, Any]] = found["results"] if isinstance(found, dict) else found
    return results


def _verdicts(found: list[dict[str, Any]]) -> list[str]:
    return [one["verdict"] for one in found]


if __name__ == "__main__":
    sys.exit(main())
