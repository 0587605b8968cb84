"""What exists around a diagram that is checked: the sectors, forms, tables, papers and connectors it may name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class Topic:
    """What a service task may ask for: its inputs as {name: (kind, required)}, and what its result always holds.

    `outputs` None: not declared. `broken`: why it cannot be called at all. `fits` says whether a value is of a kind.
    """

    inputs: Mapping[str, tuple[str, bool]]
    fits: Callable[[str, object], bool]
    outputs: Collection[str] | None = None
    broken: str | None = None


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What exists around a diagram. A None means: not known here, so do not check.

    `shortest_cycle`: what must lie at least between two instants of a cycle.
    """

    roles: Collection[str] | None = None
    procedures: Mapping[str, Collection[int]] | None = None
    forms: Collection[str] | None = None
    decisions: Collection[str] | None = None
    papers: Collection[str] | None = None
    topics: Mapping[str, Topic] | None = None
    shortest_cycle: timedelta = timedelta()


UNKNOWN = Surroundings()
