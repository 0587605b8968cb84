"""Every table at once, for migrations and for those who create an empty store."""

from __future__ import annotations

from engine.store import cases, deadlines, people, procedures, trail
from engine.store.base import Base

metadata = Base.metadata
MODULES = (people, procedures, cases, deadlines, trail)
