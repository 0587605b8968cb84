"""CPU and memory of process trees, read from /proc. Linux only; it reads and starts or ends nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """Seconds of CPU since boot: of ours (by tree, in the order given), and of everything on the machine."""

    ours: tuple[float, ...]
    machine: float


def usage(*roots: int) -> Usage:
    """Return what the trees under `roots` and the whole machine have used so far."""
    children = _children()
    return Usage(tuple(sum(map(_cpu, tree(root, children))) for root in roots), _machine())


def tree(root: int, children: dict[int, list[int]] | None = None) -> list[int]:
    """Return `root` and all its descendants."""
    children = children if children is not None else _children()
    found = [root]
    for process in found:
        found += children.get(process, [])
    return found


def resident_bytes(*roots: int) -> int:
    """Return the resident memory of the trees."""
    page = os.sysconf("SC_PAGE_SIZE")
    processes = [process for root in roots for process in tree(root)]
    return sum(int((_PROC / str(process) / "statm").read_text().split()[1]) * page for process in processes)


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it ended while we looked
                continue
            found.setdefault(parent, []).append(int(entry.name))
    return found


def _cpu(process: int) -> float:
    """Return the seconds that all threads of a process ran; to the nanosecond where the kernel says so."""
    try:
        threads = list((_PROC / str(process) / "task").iterdir())
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
    except OSError:
        return _ticks(process)


def _ticks(process: int) -> float:
    try:
        words = (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / _TICKS


def _machine() -> float:
    """Return the busy seconds of all cores: everything but idle and waiting for a disk."""
    line = (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _waiting, irq, softirq, steal = map(int, line)
    return (user + nice + system + irq + softirq + steal) / _TICKS
