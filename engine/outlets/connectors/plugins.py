"""A city's own connectors: Python entry points of the group `rito.connectors`, by topic.

One that cannot be loaded is kept with the reason: it is told by `rito doctor`, refused when a diagram that names it is
published, and fails the jobs of those already running. It must never take the process down.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from engine.outlets.connectors.contract import KINDS, Connector, Input

GROUP = "rito.connectors"
_TOPIC = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*")


@dataclass(frozen=True)
class Found:
    """Connectors by topic, and the topics of those that are broken, with the reason."""

    connectors: Mapping[str, Connector]
    broken: Mapping[str, str]


def find(taken: Collection[str]) -> Found:
    """Load the entry points of the group; `taken` are topics that nobody may replace."""
    connectors: dict[str, Connector] = {}
    broken: dict[str, str] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda one: (one.name, one.value)):
        if entry.name in taken or entry.name in connectors or entry.name in broken:
            broken[entry.name] = "topic-taken"
            connectors.pop(entry.name, None)  # which of two was meant, nobody can say
            continue
        loaded = _load(entry)
        if isinstance(loaded, Connector):
            connectors[entry.name] = loaded
        else:
            broken[entry.name] = loaded
    return Found(connectors, broken)


def _load(entry: EntryPoint) -> Connector | str:
    """Return the connector of an entry point, or why there is none."""
    if not _TOPIC.fullmatch(entry.name) or len(entry.name) > 80:
        return "topic-unfit"
    try:
        found = entry.load()
    except (Exception, SystemExit) as broken:  # noqa: BLE001  somebody else's module may do anything when imported
        return f"{type(broken).__name__}: {str(broken)[:200]}"
    if not isinstance(found, Connector):
        return "not-a-connector"
    return "contract-unfit" if _unfit(found) else found


def _unfit(found: Connector) -> bool:
    inputs = found.inputs
    sound = isinstance(inputs, tuple) and all(isinstance(one, Input) and one.kind in KINDS for one in inputs)
    return not sound or len({one.name for one in inputs}) < len(inputs) or not callable(found.run) or found.inside
