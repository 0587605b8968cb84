"""Results: written as JSON with what they were measured on, shown as a table, compared with earlier ones."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
WORSE = 1.10  # a ratio this much beyond the earlier one is a step back
_LIBRARIES = ("Flask", "SQLAlchemy", "SpiffWorkflow", "psycopg", "waitress")

# goal: (what it is, the goal, the gate)
GOALS: Mapping[str, tuple[str, float, float]] = {
    "G1": ("complete a task over HTTP on PostgreSQL / the floor, CPU", 1.5, 1.8),
    "G1b": ("complete a task over HTTP on SQLite / the floor, CPU", 1.8, 2.2),
    "G3": ("complete after 500 rounds / after 5, CPU", 1.2, 1.3),
    "G4": ("round trips to PostgreSQL per completion", 10, 10),
    "G5": ("start over HTTP / complete, CPU", 1.2, 1.2),
    "G8": ("inbox over HTTP / the floor's inbox, CPU", 1.5, 1.5),
    "G15": ("seconds to publish a process of 500 nodes", 1, 1),
    "G17": ("milliseconds that each of 20 scripts adds to a completion", 0.25, 0.25),
    "5,000 rounds": ("complete after 5,000 rounds / after 5, CPU", 1.3, 1.3),
    "G11": ("bytes per finished five-task case", 8192, 8192),
}


def result(store: str, figures: Mapping[str, Any], counters: Mapping[str, float]) -> dict[str, Any]:
    """Return figures with the machine, versions, commit and load that they belong to."""
    return {
        "store": store,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": {
            "cpu": _cpu_name(), "cores": os.cpu_count(), "load": os.getloadavg(), "system": platform.release(),
        },
        "versions": {
            "Python": platform.python_version(), "SQLite": sqlite3.sqlite_version,
            **{name: version(name) for name in _LIBRARIES},
        },
        "figures": figures,
        "counters": counters,
    }  # fmt: skip


def write(found: Mapping[str, Any], name: str) -> Path:
    """Write a result to the results folder and return its path."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def read(path: Path) -> dict[str, Any]:
    """Return a result that was written."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def table(found: Mapping[str, Any]) -> str:
    """Return a result as Markdown: goals first, then counters."""
    machine = found["machine"]
    load = ", ".join(f"{one:.1f}" for one in machine["load"])
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    where = f"{machine['cpu']}, {machine['cores']} cores, load {load}"
    lines = [
        f"{found['store']}, {found['at']}, commit {found['commit']}; {where}; {versions}",
        "",
        "| | what | measured | goal (gate) | |",
        "|---|---|---|---|---|",
        *_goal_lines(found["figures"]),
        *(f"| | {name} | {_plain(values)} | | |" for name, values in found["figures"].items() if name not in GOALS),
    ]
    if found["counters"]:
        lines += [
            "",
            "| counter | |",
            "|---|---|",
            *(f"| {name} | {value:g} |" for name, value in found["counters"].items()),
        ]
    return "\n".join(lines)


def _goal_lines(figures: Mapping[str, Any]) -> Iterator[str]:
    for goal, (what, wanted, gate) in GOALS.items():
        if goal in figures:
            values = figures[goal]
            met = "held" if _value(values) <= gate else "**missed**"
            yield f"| {goal} | {what} | {_plain(values)} | {wanted:g} ({gate:g}) | {met} |"


def _value(values: Mapping[str, Any]) -> float:
    return float(next(iter(values.values())))


def _plain(values: Mapping[str, Any]) -> str:
    if "ratio" not in values:
        return ", ".join(f"{value:g} {name}" for name, value in values.items())
    low, high = values["quartiles"]
    foreign = f", others {values['foreign']:.0%}" if "foreign" in values else ""
    sides = f"{values['below_ms']} → {values['above_ms']} ms"
    return f"{values['ratio']:.2f} ({low:.2f} to {high:.2f}; {values['pairs']} pairs; {sides}{foreign})"


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the two results side by side as Markdown, and the names of what became worse."""
    lines, worse = ["| | before | after | change |", "|---|---|---|---|"], []
    for name, (old, new) in _shared(before, after).items():
        change = new / old if old else 1.0
        slack = WORSE if name in before["figures"] else 1.0
        if new > old * slack:
            worse.append(name)
        lines.append(f"| {name} | {old:g} | {new:g} | {change - 1:+.1%} |")
    return "\n".join(lines), worse


def _shared(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    figures = {
        name: (_value(values), _value(after["figures"][name]))
        for name, values in before["figures"].items()
        if name in after["figures"]
    }
    counters = {
        name: (value, after["counters"][name])
        for name, value in before["counters"].items()
        if name in after["counters"]
    }
    return figures | counters


def _commit() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], check=False, capture_output=True, text=True)  # noqa: S607  the git of whoever measures
    return done.stdout.strip() or "unknown"


def _cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
