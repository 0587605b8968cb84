"""What a tree says about itself before it runs: the names that it reads and what one evaluation costs.

Must never evaluate anything.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from engine.feel import nodes as n

if TYPE_CHECKING:
    from collections.abc import Callable

_LEAVES = (n.Type, n.Literal)


def _parts(node: Any) -> tuple[Any, ...]:
    """Give what hangs directly under a node, or the elements of a tuple of nodes."""
    if isinstance(node, tuple):
        return node
    if isinstance(node, _LEAVES) or not is_dataclass(node):
        return ()
    return tuple(getattr(node, field.name) for field in fields(node))


def weight(node: Any) -> int:
    """Count the nodes under a node: what one evaluation of it costs."""
    return int(is_dataclass(node)) + sum(weight(part) for part in _parts(node))


def free_names(node: Any, bound: frozenset[str] = frozenset()) -> set[str]:
    """Give the names that a node reads from outside of itself, without the functions that it calls; `?` is one of
    them.
    """
    special = _FREE.get(type(node))
    if special is not None:
        return special(node, bound)
    return _free_below(_parts(node), bound)


def _free_below(parts: tuple[Any, ...], bound: frozenset[str]) -> set[str]:
    found: set[str] = set()
    for part in parts:
        found |= free_names(part, bound)
    return found


def _free_name(node: n.Name, bound: frozenset[str]) -> set[str]:
    return set() if node.name in bound else {node.name}


def _free_in_call(node: n.Invocation, bound: frozenset[str]) -> set[str]:
    own = set() if isinstance(node.callee, n.Name) else free_names(node.callee, bound)
    return own | _free_below(node.args, bound) | _free_below(tuple(value for _, value in node.named), bound)


def _free_in_definition(node: n.Definition, bound: frozenset[str]) -> set[str]:
    return free_names(node.body, bound | {name for name, _ in node.params})


def _free_in_filter(node: n.Filter, bound: frozenset[str]) -> set[str]:
    return free_names(node.source, bound) | free_names(node.condition, bound | {"item"})


def _free_in_loop(node: n.For | n.Quantified, bound: frozenset[str]) -> set[str]:
    found: set[str] = set()
    for turn in node.turns:
        found |= free_names(turn.domain, bound) | free_names(turn.until, bound)
        bound = bound | {turn.name}
    partial = {"partial"} if isinstance(node, n.For) else set()
    return found | free_names(node.body, bound | partial)


def _free_in_context(node: n.ContextOf, bound: frozenset[str]) -> set[str]:
    found: set[str] = set()
    for name, value in node.entries:
        found |= free_names(value, bound)
        bound = bound | {name}
    return found


_FREE: dict[type, Callable[[Any, frozenset[str]], set[str]]] = {
    n.Name: _free_name,
    n.Invocation: _free_in_call,
    n.Definition: _free_in_definition,
    n.Filter: _free_in_filter,
    n.For: _free_in_loop,
    n.Quantified: _free_in_loop,
    n.ContextOf: _free_in_context,
}
