"""What a step began and asked, in order: timers, waits, throws, jobs, conditions, decisions, for rows and trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.worktime import Term


@dataclass(frozen=True)
class TimerStart:
    """A timer began to wait. `term` is how its instant was asked for, when it was a term and not a moment."""

    task_id: UUID
    element: str
    due_at: datetime
    term: Term | None


@dataclass(frozen=True)
class Wait:
    """A case began to wait for a message, or for a signal, which has no key."""

    task_id: UUID
    element: str
    kind: str
    name: str
    key: str


@dataclass(frozen=True)
class Thrown:
    """A case threw a message or a signal: `kind`, its name, the key of a message, and what it carries."""

    task_id: UUID
    element: str
    kind: str
    name: str
    key: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Job:
    """A service task began: what its connector is asked for."""

    task_id: UUID
    element: str
    topic: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True)
class NotBegun:
    """An event that should have begun to wait and could not: its instant or its key cannot be computed."""

    task_id: UUID
    element: str
    code: str
    facts: Mapping[str, Any]


@dataclass
class Records:
    """What happened in one step, in order."""

    not_begun: list[NotBegun] = field(default_factory=list)
    timers: list[TimerStart] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    thrown: list[Thrown] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    conditions: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    missed: list[dict[str, Any]] = field(default_factory=list)
