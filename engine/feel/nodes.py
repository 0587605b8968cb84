"""The tree that the parser makes and the compiler reads: one frozen class for each form of FEEL. Must never hold
behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    value: Any


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one level, left to right: `first op1 rest1 op2 rest2`. For "and" and "or" all operators are the
    same.
    """

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Negation:
    operand: Node


@dataclass(frozen=True, slots=True)
class Comparison:
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between:
    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In:
    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """A range written out; None stands for an end left open by an operator such as `< 5`."""

    low: Node | None
    high: Node | None
    low_in: bool
    high_in: bool


@dataclass(frozen=True, slots=True)
class Differs:
    """The unary test `!= value`."""

    value: Node


@dataclass(frozen=True, slots=True)
class If:
    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Turn:
    """One iterator of for, some or every: over a list, or from `domain` to `until`."""

    name: str
    domain: Node
    until: Node | None


@dataclass(frozen=True, slots=True)
class For:
    turns: tuple[Turn, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified:
    some: bool
    turns: tuple[Turn, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Path:
    source: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter:
    source: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf:
    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call by position (`args`) or by name (`named`); never both."""

    callee: Node
    args: tuple[Node, ...]
    named: tuple[tuple[str, Node], ...]
    at: int


@dataclass(frozen=True, slots=True)
class Type:
    """A type as written: `list<number>` is Type("list", (Type("number"),)); a context keeps its entries by name."""

    name: str
    parts: tuple[Type, ...] = ()
    entries: tuple[tuple[str, Type], ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """A function definition: parameters with their types, None where none is written."""

    params: tuple[tuple[str, Type | None], ...]
    body: Node


@dataclass(frozen=True, slots=True)
class InstanceOf:
    value: Node
    type: Type


@dataclass(frozen=True, slots=True)
class UnaryTests:
    """The tests of a cell: any of them, none of them when `negated`; no tests at all (`-`) hold for every value."""

    tests: tuple[Node, ...]
    negated: bool


Node = (
    Literal
    | Name
    | Chain
    | Negation
    | Comparison
    | Between
    | In
    | Interval
    | Differs
    | If
    | For
    | Quantified
    | Path
    | Filter
    | ListOf
    | ContextOf
    | Invocation
    | Definition
    | InstanceOf
)
