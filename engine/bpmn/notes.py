"""Our neutral words for what a diagram says beyond BPMN: role, form, deadline, clock, paper, message key, connector."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Note:
    """What the extensions of one element say. Every expression is FEEL source, uncompiled."""

    role: str | None = None
    form: str | None = None
    due: str | None = None
    warn: str | None = None
    stage: str | None = None
    paper: str | None = None
    draft_paper: str | None = None
    signs: str | None = None
    clock: str | None = None
    norm: str | None = None
    effect: str | None = None
    suspends: str | None = None
    suspends_again: str | None = None
    restarts: str | None = None
    outcome: str | None = None
    valid_for: str | None = None
    warn_before: str | None = None
    key: str | None = None
    topic: str | None = None
    inputs: tuple[tuple[str, str], ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    decision: str | None = None
    result: str | None = None
    combine: str | None = None
    script: str | None = None


NOTHING = Note()
TIMERS = frozenset({"timeDate", "timeDuration"})
TIMES = TIMERS | {"timeCycle"}
_ISO = re.compile(r'\s*"?\s*(P(?=.)(\d+[YMWD])*(T(\d+[HMS])+)?|\d{4}-\d\d-\d\d(T[\d:.+Z-]+)?)\s*"?\s*')
_CYCLE = re.compile(r'\s*"?\s*(R[^"]*)"?\s*')


def iso_cycle(source: str) -> str | None:
    """Return the ISO 8601 repeating interval that `source` literally means to be, None when it is an expression."""
    match = _CYCLE.fullmatch(source)
    return match[1].strip() if match and re.match(r"R(-?\d*)/", match[1]) else None


def iso_term(source: str) -> str | None:
    """Return the ISO 8601 duration or moment that `source` literally is, None when it is an expression."""
    match = _ISO.fullmatch(source)
    return match[1] if match else None
