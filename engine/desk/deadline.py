"""How a deadline stands, as every page shows it: working days left, the share used, and whether it presses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.access import By
from engine.city import calendar
from engine.worktime import left

PRESSING_DAYS, PRESSING_SHARE = 2, 90


@dataclass(frozen=True)
class Deadline:
    """`state`: ok, warn, late, paused or done. `days_left`: working days, negative once past. `used` is 0..100."""

    state: str
    days_left: int
    used: int
    at: datetime | None


def deadline(by: By, due_at: datetime | None, since: datetime, sector: str | None = None) -> Deadline | None:
    """Return how a deadline stands at `by.at` by the calendar of a sector, None when there is none."""
    if due_at is None:
        return None
    working = calendar(by).for_sector(sector) if sector else calendar(by)
    stand = left(due_at, by.at, working, since=since)
    used = stand.used_percent or 0
    pressing = stand.working_days <= PRESSING_DAYS or used >= PRESSING_SHARE
    state = "late" if stand.overdue else "warn" if pressing else "ok"
    return Deadline(state, stand.working_days, used, due_at)


def spent(by: By, since: datetime, until: datetime, due_at: datetime | None, sector: str) -> tuple[int, int | None]:
    """Return the working days that something took, and those that it had."""
    working = calendar(by).for_sector(sector)
    took = working.working_days_between(working.local_day(since), working.local_day(until))
    had = working.working_days_between(working.local_day(since), working.local_day(due_at)) if due_at else None
    return took, had
