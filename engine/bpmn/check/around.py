"""What exists around a diagram that is checked: the sectors, forms, tables, papers and connectors it may name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What exists around a diagram. A None means: not known here, so do not check."""

    roles: Collection[str] | None = None
    forms: Collection[str] | None = None
    decisions: Collection[str] | None = None
    papers: Collection[str] | None = None
    topics: Collection[str] | None = None


UNKNOWN = Surroundings()
