"""The city's own days off, and those of one sector: each with its norm, for deadlines are counted over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from sqlalchemy import delete, insert, select

from engine.access import ADMINISTRATOR, By, require_duty
from engine.acts.procedures import touch
from engine.audit import record
from engine.errors import BadInput, NotFound
from engine.store.deadlines import Holiday
from engine.store.people import Role

_LONGEST_DAYS = 60


@dataclass(frozen=True, kw_only=True)
class NewDay:
    """A day off, or the days from `on` to `until`. `closes_at`: service ends early; `role` None: the whole city."""

    on: date
    until: date | None
    name: str
    closes_at: time | None
    role: str | None
    norm: str


def add_day(by: By, day: NewDay) -> int:
    """Enter a day off and return its id. Deadlines that were already set keep the date they were given.

    Raises: Denied, BadInput naming the field.
    """
    require_duty(by, ADMINISTRATOR)
    _check(by, day)
    row = {
        "on_date": day.on, "until_date": day.until, "name": day.name.strip(), "closes_at": day.closes_at,
        "role": day.role, "norm": day.norm.strip(),
    }  # fmt: skip
    day_id: int = by.connection.execute(insert(Holiday).values(**row).returning(Holiday.id)).scalar_one()
    touch(by)
    record(by, "holiday.add", f"holiday:{day_id}", _facts(day))
    return day_id


def remove_day(by: By, day_id: int) -> None:
    """Take a day off out of the calendar; the record keeps it. Raises: Denied, NotFound."""
    require_duty(by, ADMINISTRATOR)
    row = by.connection.execute(select(Holiday.__table__).where(Holiday.id == day_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(holiday=day_id)
    by.connection.execute(delete(Holiday).where(Holiday.id == day_id))
    touch(by)
    facts = {"on": row["on_date"].isoformat(), "name": row["name"], "role": row["role"], "norm": row["norm"]}
    record(by, "holiday.remove", f"holiday:{day_id}", facts)


def _check(by: By, day: NewDay) -> None:
    errors: dict[str, list[str]] = {}
    if not day.name.strip():
        errors["name"] = ["required"]
    if not day.norm.strip():
        errors["norm"] = ["required"]
    if day.until is not None and not 0 <= (day.until - day.on).days <= _LONGEST_DAYS:
        errors["until"] = ["out-of-range"]
    if day.role is not None and by.connection.execute(select(Role.id).where(Role.code == day.role)).scalar() is None:
        errors["role"] = ["unknown"]
    if errors:
        raise BadInput(errors=errors)


def _facts(day: NewDay) -> dict[str, object]:
    return {
        "on": day.on.isoformat(),
        "until": day.until.isoformat() if day.until else None,
        "name": day.name.strip(),
        "closes_at": day.closes_at.isoformat(timespec="minutes") if day.closes_at else None,
        "role": day.role,
        "norm": day.norm.strip(),
    }
