"""The legal calendar: which days count, when a deadline ends, and the account of how it came to that.

Pure: rows and moments come in, dates and moments go out. It must never ask the clock, read a table or write a sentence.
"""

from engine.worktime.calendar import Calendar, DayOff, public_holidays
from engine.worktime.cycle import Cycle, Round, parse_cycle
from engine.worktime.deadline import (
    Interval,
    Left,
    Line,
    State,
    Term,
    Unit,
    clock_span,
    due_at,
    due_of_ledger,
    extrato,
    left,
    parse_term,
)

__all__ = [
    "Calendar",
    "Cycle",
    "DayOff",
    "Interval",
    "Left",
    "Line",
    "Round",
    "State",
    "Term",
    "Unit",
    "clock_span",
    "due_at",
    "due_of_ledger",
    "extrato",
    "left",
    "parse_cycle",
    "parse_term",
    "public_holidays",
]
