"""Acts by hand as steps: what is wanted, in words that pages and integrations send, and the step that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from engine.city import Edition
from engine.errors import HandRefused
from engine.runtime import hand
from engine.runtime.hand.later import later
from engine.runtime.run import Run

Filled = list[tuple[str, list[str]]]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is to be done by hand: `kind` is correct, skip, add, remove, move, restart, end or reopen.

    `token` is the task of the engine that is acted on; `element` with `where` (before, after) the place it goes to;
    `path` and `value` of a correction; `outputs` of what is skipped; `outcome` of an end.
    """

    kind: str
    token: UUID | None = None
    element: str | None = None
    where: str = "before"
    path: tuple[str, ...] = ()
    value: Any = None
    outputs: Mapping[str, Any] = field(default_factory=dict)
    outcome: str | None = None


def step_of(wish: Wish, version: Edition, done: Mapping[str, int], told: Filled) -> Callable[[Run], None]:
    """Return the step that does what is wished; `told` gets the joins that will not wait again, and for what.

    `done`: the last step of each element. The step refuses in the words of the drawing. Raises: HandRefused.
    """

    def step(run: Run) -> None:
        try:
            told.extend(_STEPS[wish.kind](run, wish, done) or ())
        except HandRefused as refused:
            raise HandRefused(**{**refused.facts, **_named(version, refused.facts)}) from refused

    return step


def came_of(version: Edition, element: str, done: Mapping[str, int]) -> set[str]:
    """Return the elements to which the last doing of `element` has led."""
    return later(version.blueprint.drawing, element, done)


def _named(version: Edition, facts: Mapping[str, Any]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    if "element" in facts:
        named["name"] = _name(version, str(facts["element"]))
    if "others" in facts:
        named["others"] = [_name(version, one) for one in facts["others"]]
    return named


def _name(version: Edition, element_id: str) -> str:
    element = version.blueprint.elements.get(element_id)
    return element.name or element_id if element is not None else element_id


_STEPS: Mapping[str, Callable[[Run, Any, Mapping[str, int]], Filled | None]] = {
    "correct": lambda run, wish, _done: hand.correct(run, wish.path, wish.value),
    "skip": lambda run, wish, _done: hand.skip(run, wish.token, wish.outputs),
    "add": lambda run, wish, _done: hand.add(run, wish.element, wish.where),
    "remove": lambda run, wish, _done: hand.cancel(run, wish.token),
    "move": lambda run, wish, _done: hand.move(run, wish.token, wish.element, wish.where),
    "restart": lambda run, wish, done: hand.restart(run, wish.element, done),
    "end": lambda run, wish, _done: hand.end(run, wish.outcome),
    "reopen": lambda run, wish, _done: hand.reopen(run, wish.element, wish.where),
}
