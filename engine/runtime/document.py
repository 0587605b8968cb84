"""The one document of a case, written by path, with a log of what changed, and the scopes inside it.

Never shared between cases. A scope is what one instance of an activity or one sub-process has of its own: it is seen
and written from inside only, before the document (`scopes.py` says where a task stands).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Change = tuple[str, Any, Any]
Path = tuple[str, ...]


@dataclass(frozen=True)
class Scope:
    """Names of an instance or a sub-process. `values` are written in place, `fixed` goes before them and is not.

    `label` goes before a path in the log. `takes_new`: a name that is nowhere yet begins here, not in the document.
    `closed`: nothing outside it is seen or written.
    """

    label: str
    values: dict[str, Any]
    fixed: Mapping[str, Any]
    takes_new: bool
    closed: bool = False


class CaseDocument:
    """The case's data. `values` is the whole document; what writes says where it stands, and each write is logged.

    `revision` counts the changes since it was read.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values
        self._changes: list[Change] = []
        self._scopes: list[Scope] = []
        self.revision = 0

    def stand(self, scopes: list[Scope]) -> None:
        """Stand inside `scopes`, innermost first, until the next call."""
        self._scopes = scopes

    def seen(self) -> dict[str, Any]:
        """Return every name that is seen from here, the innermost value of each."""
        seen = {} if self._is_closed else dict(self.values)
        for scope in reversed(self._scopes):
            seen |= scope.values
            seen |= scope.fixed
        return seen

    @property
    def _is_closed(self) -> bool:
        return bool(self._scopes) and self._scopes[-1].closed

    def write(self, path: Path, value: Any) -> None:
        """Set the value at `path`, making objects on the way; a value in the way of a longer path is replaced.

        It is written where the path's first name is known, innermost first; a new name where new names begin.
        """
        self._write(*self._home(path[0]), path, value)

    def merge(self, values: Mapping[str, Any], path: Path = ()) -> None:
        """Write every value of a nested mapping at its own path; lists are values."""
        for name, value in values.items():
            if isinstance(value, Mapping) and value:
                self.merge(value, (*path, name))
            else:
                self.write((*path, name), value)

    def answer(self, answers: Mapping[str, Any]) -> None:
        """Merge what people answered: in an instance it is the instance's own, whatever the case knows by that name."""
        standing = self._scopes
        for name, value in answers.items():
            own = next((one for one in standing if one.takes_new or name in one.values), None)
            self._scopes = [] if own is None else [own]
            if own is not None:
                own.values.setdefault(name, None)
            self.merge({name: value})
        self._scopes = standing

    def insert(self, path: Path, position: int | None, value: Any) -> None:
        """Put a value into the list at `path`, at its end when `position` is None; logged as that place alone."""
        values, label = self._home(path[0])
        node = _down_to(values, path)
        found = node.get(path[-1])
        kept = list(found) if isinstance(found, list) else []
        position = len(kept) if position is None else position
        kept.insert(position, value)
        node[path[-1]] = kept
        self._log((f"{label}{'.'.join(path)}[{position + 1}]", None, value))

    def take_changes(self) -> list[Change]:
        """Return what was written since the last call: (dotted path, before, after)."""
        changes, self._changes = self._changes, []
        return changes

    def _home(self, name: str) -> tuple[dict[str, Any], str]:
        own = next((one for one in self._scopes if name in one.values), None)
        if own is None and (self._is_closed or name not in self.values):
            own = next((one for one in self._scopes if one.takes_new), None)
        return (self.values, "") if own is None else (own.values, f"{own.label}.")

    def _write(self, values: dict[str, Any], label: str, path: Path, value: Any) -> None:
        node = _down_to(values, path)
        before = node.get(path[-1])
        if path[-1] not in node or before != value:
            node[path[-1]] = value
            self._log((f"{label}{'.'.join(path)}", before, value))

    def _log(self, change: Change) -> None:
        self._changes.append(change)
        self.revision += 1


def _down_to(values: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the object in which the last name of a path stands, making it where it is not."""
    node = values
    for name in path[:-1]:
        below = node.get(name)
        if not isinstance(below, dict):
            below = node[name] = {}
        node = below
    return node
