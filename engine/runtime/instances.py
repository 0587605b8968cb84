"""How many instances an activity has, what each begins with, and what becomes of what it gave.

The whole keeps under `many`: n (how many), done, active, ended (cancelled), item (its name), at (the numbers of those
whose results are collected, in order) and left (the items of a sequence that have not had their turn).
"""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

from engine import feel
from engine.bpmn.drawing import Element
from engine.bpmn.many import Many
from engine.bpmn.reader import Blueprint
from engine.errors import InstancesRefused
from engine.runtime import scopes
from engine.runtime.document import CaseDocument


class Host(Protocol):
    """What the script engine of a case does for its instances; `around` is of the step."""

    blueprint: Blueprint
    document: CaseDocument
    around: Any

    def stand(self, task: Any) -> None: ...
    def value(self, source: str) -> object: ...
    def holds(self, expression: str, element: str | None) -> bool: ...


class Instances:
    """The instances of a case's activities, as its script engine makes and counts them."""

    def __init__(self, scripts: Host) -> None:
        self._scripts = scripts

    def begin(self, task: Any) -> list[dict[str, Any]]:
        """Return the own data of each instance with which a whole begins; none when there are none.

        Raises: InstancesRefused when there is no number, no list, or too many.
        """
        element, whole = self._element(task), scopes.outside(task)
        many = element.many
        assert many is not None
        self._scripts.stand(task)
        items = self._items(element, many)
        count = items if isinstance(items, int) else len(items)
        most = self._scripts.around.most_instances
        if count > most:
            raise InstancesRefused(element=element.id, reason="too-many", found=count, limit=most)
        kept: dict[str, Any] = {"n": count, "done": 0, "active": 0, "ended": 0, "at": []}
        if many.item is not None:
            kept["item"] = many.item
        if isinstance(items, list) and many.sequential:
            kept["left"] = items[1:]
        first = 1 if many.sequential else count
        begun = [_own(many, nth, items if isinstance(items, int) else items[nth - 1]) for nth in range(1, count + 1)]
        kept["active"] = min(first, count)
        whole.internal_data["many"] = kept
        self._clear(element, many)
        return begun[:first]

    def count(self, task: Any) -> tuple[list[dict[str, Any]], bool]:
        """Take what an instance gave; return the own data of those that follow it, and whether the whole ends."""
        element, whole = self._element(task), scopes.outside(task)
        many, kept = element.many, dict(whole.internal_data["many"])
        assert many is not None
        kept |= {"done": kept["done"] + 1, "active": kept["active"] - 1, "at": list(kept["at"])}
        before = whole.internal_data["many"]
        whole.internal_data["many"] = kept  # its counts are what the expressions see
        try:
            self._scripts.stand(task)
            result = self._result(task, many)
            over = many.until is not None and self._scripts.holds(many.until, element.id)
        except BaseException:
            whole.internal_data["many"] = before
            raise
        self._collect(task, element, kept, result)
        if over or kept["done"] == kept["n"]:
            kept |= {"ended": kept["n"] - kept["done"], "active": 0}
            return [], True
        if not many.sequential:
            return [], False
        left = kept.get("left")
        kept["active"] = 1
        if left is not None:
            kept["left"] = left[1:]
        return [_own(many, kept["done"] + 1, left[0] if left else None)], False

    def _items(self, element: Element, many: Many) -> int | list[Any]:
        """Return how many instances there are, or the items of each."""
        if many.collection is None:
            return _whole_number(element, self._scripts.value(many.cardinality or ""))
        found = feel.jsonable(self._scripts.value(many.collection))
        if not isinstance(found, list):
            reason = "null-collection" if found is None else "not-a-list"
            raise InstancesRefused(element=element.id, reason=reason, source=many.collection)
        return found

    def _clear(self, element: Element, many: Many) -> None:
        """Let the results begin anew; those of an earlier round of the same activity are in the change log."""
        name = _results(element, many)
        if many.results is not None or name in self._scripts.document.seen():
            self._scripts.document.write(tuple(name.split(".")), [])

    def _result(self, task: Any, many: Many) -> Any:
        """Return what an instance gives: its result as drawn, else its own data when there is more than its item."""
        if many.result is not None:
            return feel.jsonable(self._scripts.value(many.result))
        local: Mapping[str, Any] = task.internal_data.get("local") or {}
        if many.results is None and not set(local) - {many.item, many.index}:
            return None
        return dict(local)

    def _collect(self, task: Any, element: Element, kept: dict[str, Any], result: Any) -> None:
        """Write a result among those of the whole, in the order of the instances."""
        many, nth = element.many, task.internal_data["nth"]
        assert many is not None
        if result is None and many.results is None:
            return
        path = tuple(_results(element, many).split("."))
        document = self._scripts.document
        document.stand(scopes.around(scopes.outside(task), self._scripts.blueprint.elements))
        if many.sequential:
            document.insert(path, None, result)
            return
        insort(kept["at"], nth)
        document.insert(path, kept["at"].index(nth), result)

    def _element(self, task: Any) -> Element:
        return self._scripts.blueprint.elements[task.task_spec.stands_for]


def _own(many: Many, nth: int, item: Any) -> dict[str, Any]:
    own: dict[str, Any] = {"nth": nth, "local": {}}
    if many.collection is not None and many.item is not None:
        own["local"][many.item] = item
    if many.index is not None:
        own["local"][many.index] = nth - 1
    return own


def _results(element: Element, many: Many) -> str:
    """Return the path of the results: as drawn, else the element's id as a name."""
    return many.results or re.sub(r"\W", "_", element.id)


def _whole_number(element: Element, value: object) -> int:
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if not number or value != int(value) or value < 0:  # type: ignore[call-overload,operator]  # `number` says so
        raise InstancesRefused(element=element.id, reason="not-a-number", found=str(value)[:80])
    return int(value)  # type: ignore[call-overload,no-any-return]  # as above
