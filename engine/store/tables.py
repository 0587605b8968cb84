"""Every table at once, for migrations and for those who create an empty store."""

from __future__ import annotations

from engine.store import cases, deadlines, hand, moves, people, procedures, trail

# All of them hang on one base; importing each module is what puts its tables there.
metadata = next(module.Base.metadata for module in (people, procedures, cases, deadlines, trail, hand, moves))
