"""Dates, times and durations between ISO 8601 text and values. Must never ask the clock or assume a zone.

Source: DMN 1.5 sections 10.3.2.3.4 to 10.3.2.3.8 and the functions of 10.3.4.1 that read text.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from engine.feel.values import Months

_DATE = r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
_TIME = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))?"
_ZONE = r"(?:(?P<utc>[zZ])|(?P<sign>[+-])(?P<oh>\d\d):(?P<om>\d\d)(?::(?P<os>\d\d))?|@(?P<zone>[A-Za-z][\w+/-]{0,60}))?"
_DATE_ONLY = re.compile(_DATE, re.ASCII)
_TIME_ONLY = re.compile(_TIME + _ZONE, re.ASCII)
_BOTH = re.compile(f"{_DATE}T{_TIME}{_ZONE}", re.ASCII)
_DAYS = re.compile(
    r"(?P<minus>-)?P(?:(?P<days>\d{1,12})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,12})H)?(?:(?P<minutes>\d{1,12})M)?(?:(?P<seconds>\d{1,12}(?:\.\d{0,9})?)S)?)?",
    re.ASCII,
)
_MONTHS = re.compile(r"(?P<minus>-)?P(?:(?P<years>\d{1,12})Y)?(?:(?P<months>\d{1,12})M)?", re.ASCII)


@lru_cache(maxsize=512)
def named_zone(name: str) -> tzinfo | None:
    """Give a zone of the IANA database, None for a name that is not there."""
    if name in {"Z", "z"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return None


def _zone(found: re.Match[str]) -> tuple[bool, tzinfo | None]:
    """Give (whether the text holds, its zone)."""
    if found["utc"]:
        return True, UTC
    if found["zone"]:
        zone = named_zone(found["zone"])
        return zone is not None, zone
    if not found["sign"]:
        return True, None
    offset = timedelta(hours=int(found["oh"]), minutes=int(found["om"]), seconds=int(found["os"] or 0))
    if offset > timedelta(hours=18) or int(found["om"]) > 59:
        return False, None
    return True, timezone(-offset if found["sign"] == "-" else offset)


def _micro(found: re.Match[str]) -> int:
    return int((found["fraction"] or "0").ljust(6, "0")[:6])


def _clock(found: re.Match[str]) -> tuple[int, int, int, int]:
    return int(found["hour"]), int(found["minute"]), int(found["second"]), _micro(found)


def read_date(text: str) -> date | None:
    """Read `2026-11-23`."""
    found = _DATE_ONLY.fullmatch(text)
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"])) if found else None
    except ValueError:
        return None


def read_time(text: str) -> time | None:
    """Read `10:30:00`, with a fraction, `Z`, `-03:00` or `@America/Sao_Paulo` where given."""
    found = _TIME_ONLY.fullmatch(text)
    if found is None:
        return None
    good, zone = _zone(found)
    try:
        return time(*_clock(found), tzinfo=zone) if good else None
    except ValueError:
        return None


def read_moment(text: str) -> datetime | None:
    """Read `2026-11-23T10:30:00`, with the same zones as a time; a bare date is its first instant."""
    found = _BOTH.fullmatch(text)
    if found is None:
        day = read_date(text)
        return None if day is None else datetime(day.year, day.month, day.day)  # noqa: DTZ001  # FEEL's local moments have no zone
    good, zone = _zone(found)
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
        clock = _clock(found)
        carry = timedelta(days=1) if clock == (24, 0, 0, 0) else timedelta(0)
        at = time(0) if carry else time(*clock)
        return datetime.combine(day, at, tzinfo=zone) + carry if good else None
    except (ValueError, OverflowError):
        return None


def read_duration(text: str) -> timedelta | Months | None:
    """Read `P1DT2H` (days and time) or `P1Y2M` (years and months); a mixture is not a duration."""
    months = _MONTHS.fullmatch(text)
    if months and (months["years"] or months["months"]):
        count = int(months["years"] or 0) * 12 + int(months["months"] or 0)
        return Months(-count if months["minus"] else count)
    found = _DAYS.fullmatch(text)
    if not found or not any(found[part] for part in ("days", "hours", "minutes", "seconds")):
        return None
    try:
        span = timedelta(
            days=int(found["days"] or 0), hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0)
        )
        span += timedelta(microseconds=int(Decimal(found["seconds"] or 0) * 1_000_000))
    except OverflowError:
        return None
    return -span if found["minus"] else span


def read_any(text: str) -> Any:
    """Read what stands in an `@"..."` literal: a date, a time, a date and time or a duration; None when it is none of
    them.
    """
    for read in (read_date, read_moment, read_time, read_duration):
        value = read(text)
        if value is not None:
            return value
    return None


def _offset_text(value: time | datetime) -> str:
    zone = value.tzinfo
    if zone is None:
        return ""
    if isinstance(zone, ZoneInfo):
        return f"@{zone.key}"
    offset = value.utcoffset() or timedelta(0)
    if not offset:
        return "Z"
    sign, offset = ("-", -offset) if offset < timedelta(0) else ("+", offset)
    minutes, seconds = divmod(int(offset.total_seconds()), 60)
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")


def _clock_text(value: time | datetime) -> str:
    fraction = f".{value.microsecond:06}".rstrip("0") if value.microsecond else ""
    return f"{value.hour:02}:{value.minute:02}:{value.second:02}{fraction}{_offset_text(value)}"


def _days_text(value: timedelta) -> str:
    sign, value = ("-", -value) if value < timedelta(0) else ("", value)
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{value.microseconds:06}".rstrip("0") if value.microseconds else ""
    parts = [f"{hours}H" if hours else "", f"{minutes}M" if minutes else ""]
    parts.append(f"{seconds}{fraction}S" if seconds or fraction else "")
    clock = "".join(parts)
    days = f"{value.days}D" if value.days else ""
    return f"{sign}P{days}T{clock}" if clock else f"{sign}P{days or 'T0S'}"


def _months_text(value: Months) -> str:
    count = int(value)
    sign, count = ("-", -count) if count < 0 else ("", count)
    years, months = divmod(count, 12)
    return f"{sign}P{f'{years}Y' if years else ''}{f'{months}M' if months or not years else ''}"


def iso(value: date | time | timedelta | Months) -> str:
    """Give the ISO text of a date, time, date and time or duration, as FEEL's string() writes it."""
    if isinstance(value, datetime):
        return f"{value.year:04}-{value.month:02}-{value.day:02}T{_clock_text(value)}"
    if isinstance(value, date):
        return f"{value.year:04}-{value.month:02}-{value.day:02}"
    if isinstance(value, time):
        return _clock_text(value)
    return _months_text(value) if isinstance(value, Months) else _days_text(value)
