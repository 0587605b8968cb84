"""Random walks: one case kept in memory whole, its twin pruned, saved and loaded after every step, side by side."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from engine.bpmn.reader import Blueprint
from engine.dmn import Decision
from engine.runtime import state
from engine.runtime.effects import Awaited, Effects
from engine.runtime.run import Run
from engine.runtime.scripts import Around
from engine.worktime import Calendar
from tests.city import MORNING

_CALENDAR = Calendar(zone="America/Sao_Paulo", state="SC", days_off=())
_PARAMETERS = {"UFM": 5, "prazo_analise_alvara_dias": 60, "efeito_prazo_legal_alvara": "avocar"}
Answers = Callable[[random.Random, str], dict[str, Any]]


def around(at: datetime = MORNING, tables: Mapping[str, Decision] | None = None) -> Around:
    facts = {"processo": {"numero": "2026.000001-3"}, "relogios": {"prazo_legal": {"suspensoes": 0}}}
    return Around(at=at, calendar=_CALENDAR, parameter=_PARAMETERS.get, tables=tables or {}, facts=facts)


@contextmanager
def unpruned() -> Iterator[None]:
    """Let the engine keep everything, as it would without our pruning."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "prune", lambda _top: None)
        yield


@dataclass
class Walk:
    """One case taken two ways. `step` does one thing to both; `differences` must stay empty."""

    blueprint: Blueprint
    tables: Mapping[str, Decision] = field(default_factory=dict)
    at: datetime = MORNING
    sizes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.whole = Run.start(self.blueprint, {}, self._around())
        self.whole_effects = self._take_whole()
        twin = Run.start(self.blueprint, {}, self._around())
        self.twin_effects = twin.effects()
        self.twin = self._through_store(twin)

    def _around(self) -> Around:
        return around(self.at, self.tables)

    def _take_whole(self) -> Effects:
        with unpruned():
            return self.whole.effects()

    def _through_store(self, run: Run) -> Run:
        text = run.dump()
        self.sizes.append(len(text))
        return Run.load(self.blueprint, text, run.document.values, self._around())

    @property
    def ended(self) -> bool:
        now = self.twin.awaited()
        return now.finished or not moves(now)

    def differences(self) -> list[str]:
        one, other = standing(self.whole.awaited()), standing(self.twin.awaited())
        found = [f"{name}: {one[name]} is {other[name]} once saved" for name in one if one[name] != other[name]]
        if self.whole_effects.outcome != self.twin_effects.outcome:
            found.append(f"outcome: {self.whole_effects.outcome} is {self.twin_effects.outcome}")
        return found

    def step(self, chance: random.Random, answers: Answers) -> tuple[str, str]:
        """Do one thing that can be done now, chosen by chance, to both; return what it was."""
        kind, element = chance.choice(moves(self.twin.awaited()))
        given = answers(chance, element)
        self.at += timedelta(hours=5)
        for run in (self.whole, self.twin):
            run.again(self._around())
            move(run, kind, element, given)
        self.whole_effects = self._take_whole()
        self.twin_effects = self.twin.effects()
        self.twin = self._through_store(self.twin)
        return kind, element


def moves(now: Awaited) -> list[tuple[str, str]]:
    """Return what can be done to a case, in an order that does not depend on ids."""
    found = [("complete", element) for element in now.people.values()]
    found += [("fire", element) for _, element in now.timers]
    found += [("deliver", element) for _, element in now.waits]
    return sorted([*found, *(("finish", "") for _ in now.jobs)])


def move(run: Run, kind: str, element: str, given: dict[str, Any]) -> None:
    now = run.awaited()
    if kind == "complete":
        run.complete(_first(element, now.people.items()), given)
    elif kind == "fire":
        assert run.fire(_first(element, now.timers), element)
    elif kind == "deliver":
        assert run.deliver(_first(element, now.waits), element, {"valor": 10, "motivo": "x", "pago_em": "2026-03-02"})
    else:
        assert run.finish_job(min(now.jobs), given)


def _first(element: str, keys: Any) -> UUID:
    return min(task_id for task_id, name in keys if name == element)


def standing(now: Awaited) -> dict[str, Any]:
    """Return what stands open, without ids."""
    return {
        "tasks": sorted(now.people.values()),
        "timers": sorted((element, due) for (_, element), due in now.timers.items()),
        "waits": sorted((element, key) for (_, element), key in now.waits.items()),
        "jobs": len(now.jobs),
        "failed": len(now.failed),
        "finished": now.finished,
    }
