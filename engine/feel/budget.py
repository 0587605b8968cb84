"""What one evaluation may use up. Charged by weight, so that the common closures need no counting of their own.

The source is bounded when it is parsed; what can run away is repetition. Each turn of a loop, each call and each
element
of a list pays the number of nodes it evaluates. Must never measure time: the same expression ends the same way on
every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import ExpressionRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NO_HOST: Mapping[str, Callable[..., object]] = {}


class Budget:
    """Steps, call depth, list length and text length that are left. Shared by passing one budget to several
    evaluations.
    """

    __slots__ = ("chars", "depth", "host", "items", "steps")

    def __init__(self, steps: int = 50_000, depth: int = 60, items: int = 50_000, chars: int = 200_000) -> None:
        self.steps = steps
        self.depth = depth
        self.items = items
        self.chars = chars
        self.host: Mapping[str, Callable[..., object]] = NO_HOST

    def spend(self, steps: int) -> None:
        """Take `steps`. Raises: ExpressionRefused(reason="budget") when none are left."""
        self.steps -= steps
        if self.steps < 0:
            raise ExpressionRefused(reason="budget", limit="steps")

    def text(self, value: str) -> str:
        """Pay for a text just made, or about to be kept. Raises: ExpressionRefused(reason="budget")."""
        self.room(len(value))
        return value

    def room(self, chars: int) -> None:
        """Pay for a text of this length before it is made. Raises: ExpressionRefused(reason="budget")."""
        if chars > self.chars:
            raise ExpressionRefused(reason="budget", limit="chars")
        self.spend(chars >> 6)

    def many(self, count: int) -> None:
        """Pay for a list of this length before it is made. Raises: ExpressionRefused(reason="budget")."""
        if count > self.items:
            raise ExpressionRefused(reason="budget", limit="items")
        self.spend(count >> 2)

    def list(self, value: list[Any]) -> list[Any]:
        """Pay for a list just made. Raises: ExpressionRefused(reason="budget")."""
        self.many(len(value))
        return value
