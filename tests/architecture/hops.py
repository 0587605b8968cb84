"""Counts how far a flow travels through the house: which of our files it enters, and how often it commits.

The profiler hook sees this thread only, so the flow has to run in it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from sqlalchemy import Engine, event

from tests.architecture.source import OURS, ROOT


@dataclass
class Journey:
    """Our own files entered, in order of the first entry, and the commits made."""

    files: list[str] = field(default_factory=list)
    commits: int = 0

    @property
    def rooms(self) -> list[str]:
        """Return the rooms of the house that were entered, in order: `engine/acts`, `engine/audit.py`, `web/pages`."""
        return list(dict.fromkeys("/".join(path.split("/")[:2]) for path in self.files))

    def enter(self, path: str) -> None:
        relative = path.removeprefix(f"{ROOT}/")
        if relative != path and relative.split("/")[0] in OURS and relative not in self.files:
            self.files.append(relative)


@contextmanager
def hops(bind: Engine) -> Iterator[Journey]:
    """Follow what runs inside the block, with its commits on `bind`."""
    journey = Journey()

    def trace(frame: FrameType, what: str, _argument: Any) -> None:
        if what == "call":
            journey.enter(frame.f_code.co_filename)

    def count(_connection: Any) -> None:
        journey.commits += 1

    before = sys.getprofile()
    event.listen(bind, "commit", count)
    sys.setprofile(trace)
    try:
        yield journey
    finally:
        sys.setprofile(before)
        event.remove(bind, "commit", count)
