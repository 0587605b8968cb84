"""Plays the public BPMN cases against the engine, on SQLite and on PostgreSQL, and holds what passes: it may only grow.

The cases lie outside this repository, in the folder given. `tests/conformance/at_least.json` says how many pass.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(_ROOT))

from tests import needs  # noqa: E402  the repository is not installed where this tool runs
from tests.databases import migrate  # noqa: E402  as above
from tests.postgres import Cluster  # noqa: E402  as above

_ADAPTER = _ROOT / "tests" / "conformance" / "adapter.py"
_AT_LEAST = _ROOT / "tests" / "conformance" / "at_least.json"
_BETSY = ["run.py", "--files", "files/betsy"]
_SUITES: dict[str, list[str]] = {
    "betsy": [*_BETSY, "--not-group", "bpmn_constraints", "--drain", "300"],
    "invalid diagrams": [*_BETSY, "--only", "bpmn_constraints"],
    "people's side": ["userflow.py", "--files", "files/camunda7"],
}
TEMPLATE = "conformance"
Case = dict[str, Any]


def main() -> int:
    """Play every suite of the folder given; return 1 when one passes less than it did, or the two stores differ."""
    folder = Path(sys.argv[1]).resolve()
    least: dict[str, int] = json.loads(_AT_LEAST.read_text())
    found = {name: _played(folder, command, {}) for name, command in _SUITES.items()}
    worse = sum(_held(name, cases, least[name]) for name, cases in found.items())
    if needs.postgres_bin() is None:
        sys.stdout.write(f"{needs.missing()['postgresql']}\n")
        return 1 if worse or os.environ.get("CI") else 0
    with _postgres() as environment:
        for name, command in _SUITES.items():
            if name != "invalid diagrams":  # they are refused before any store is asked
                worse += _same(name, found[name], _played(folder, command, environment))
    return 1 if worse else 0


def _held(name: str, found: list[Case], least: int) -> int:
    """Say how many cases of a suite pass; return how much is worse than it was."""
    passed = sum(one["verdict"] == "pass" for one in found)
    counts = ", ".join(f"{count} {verdict}" for verdict, count in Counter(_verdicts(found)).most_common())
    sys.stdout.write(f"{name}: {passed} of {len(found)} pass, at least {least} must ({counts})\n")
    hung = [one["file"] for one in found if one["verdict"] in {"hung", "crash"} or one.get("lost")]
    if hung:
        sys.stdout.write(f"{name}: hung, crashed or lost something: {', '.join(hung)}\n")
    return (passed < least) + bool(hung)


def _same(name: str, lite: list[Case], postgres: list[Case]) -> int:
    differ = [one for one, other in zip(lite, postgres, strict=True) if one["verdict"] != other["verdict"]]
    words = ", ".join(str(one["file"]) for one in differ) or "the same verdicts"
    sys.stdout.write(f"{name} on PostgreSQL: {words if not differ else f'otherwise in {words}'}\n")
    return len(differ)


@contextmanager
def _postgres() -> Iterator[Mapping[str, str]]:
    """Give what tells the adapter of a server of its own, with a migrated template."""
    binaries = needs.postgres_bin()
    assert binaries
    cluster = Cluster(binaries)
    try:
        cluster.start()
        migrate(cluster.create(TEMPLATE))
        yield {"RITO_CONFORMANCE_CLUSTER": str(cluster.folder)}
    finally:
        cluster.stop()


def _played(folder: Path, command: list[str], environment: Mapping[str, str]) -> list[Case]:
    with tempfile.TemporaryDirectory() as kept:
        out = Path(kept) / "results.json"
        subprocess.run(  # noqa: S603  the runner of the folder that the caller named
            [sys.executable, *command, "--adapter", str(_ADAPTER), "--out", str(out)],
            cwd=folder, check=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        )  # fmt: skip
        found = json.loads(out.read_text())
    results: list[Case] = found["results"] if isinstance(found, dict) else found
    return results


def _verdicts(found: list[Case]) -> list[str]:
    return [one["verdict"] for one in found]


if __name__ == "__main__":
    sys.exit(main())
