"""The one document of a case, written by path, with a log of what changed. Never shared between cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Change = tuple[str, Any, Any]
Path = tuple[str, ...]


class CaseDocument:
    """The case's data. `values` is the whole document; writes go through `write` and `merge`, which log them."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values
        self._changes: list[Change] = []

    def write(self, path: Path, value: Any) -> None:
        """Set the value at `path`, making objects on the way; a value in the way of a longer path is replaced."""
        node = self.values
        for name in path[:-1]:
            below = node.get(name)
            if not isinstance(below, dict):
                below = node[name] = {}
            node = below
        before = node.get(path[-1])
        if path[-1] not in node or before != value:
            node[path[-1]] = value
            self._changes.append((".".join(path), before, value))

    def merge(self, values: Mapping[str, Any], path: Path = ()) -> None:
        """Write every value of a nested mapping at its own path; lists are values."""
        for name, value in values.items():
            if isinstance(value, Mapping) and value:
                self.merge(value, (*path, name))
            else:
                self.write((*path, name), value)

    def take_changes(self) -> list[Change]:
        """Return what was written since the last call: (dotted path, before, after)."""
        changes, self._changes = self._changes, []
        return changes
