"""One case of a drawing, saved and restored between any two moves, with a clock of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

from engine.bpmn.reader import read
from engine.runtime.run import Run
from engine.runtime.scripts import Around
from tests.city import MORNING
from tests.sketches import Node, script, sketch
from tests.unit.runtime.walks import around, move, standing


class Played:
    """A case: every verb saves and restores it. `log` is what its scripts wrote, `failures` what has failed so far."""

    def __init__(self, nodes: list[Node], flows: str, *, at: datetime = MORNING, **data: Any) -> None:
        self.at = at
        self.failures: list[str] = []
        self.missed: list[int] = []
        self.run = Run.start(read(sketch(nodes, flows)), {"log": [], **data}, self._around())
        self._settle()

    def _around(self) -> Around:
        return replace(around(self.at), shortest_cycle=timedelta(seconds=1))

    def _settle(self) -> None:
        self.effects = self.run.effects()
        self.failures += [one.code for one in self.effects.failures]
        self.missed += [one["count"] for one in self.effects.missed]
        self.run = Run.load(self.run.blueprint, self.run.dump(), self.run.document.values, self._around())

    def done(self, element: str, **answers: Any) -> Played:
        move(self.run, "complete", element, answers)
        self._settle()
        return self

    def heard(self, element: str, **payload: Any) -> Played:
        now = self.run.awaited()
        assert self.run.deliver(min(task for task, name in now.waits if name == element), element, payload)
        self._settle()
        return self

    def job_failed(self, code: str) -> Played:
        assert self.run.fail_job(min(self.run.awaited().jobs), code, "recusado")
        self._settle()
        return self

    def retried(self) -> Played:
        assert self.run.retry(min(self.run.awaited().failed))
        self._settle()
        return self

    def passed(self, **much: float) -> Played:
        """Let time go on and fire, once each and in order, what has fallen due meanwhile."""
        return self.slept(**much).woke()

    def slept(self, **much: float) -> Played:
        self.at += timedelta(**much)
        self.run.again(self._around())
        return self

    def woke(self) -> Played:
        while due := sorted((due, key) for key, due in self.run.awaited().timers.items() if due <= self.at):
            assert self.run.fire(*due[0][1])
            self._settle()
        return self

    @property
    def open(self) -> list[str]:
        return list(standing(self.run.awaited())["tasks"])

    @property
    def due(self) -> list[datetime]:
        return sorted(self.run.awaited().timers.values())

    @property
    def waits(self) -> list[str]:
        return sorted(element for _, element in self.run.awaited().waits)

    @property
    def log(self) -> list[str]:
        return list(self.run.document.values["log"])

    @property
    def finished(self) -> bool:
        return self.run.awaited().finished


def says(element: str) -> Node:
    """Return a script that writes its own id into the log."""
    return script(element, f'log = append(log, "{element}")')


def cycle(text: str) -> str:
    return f"<bpmn:timerEventDefinition><bpmn:timeCycle>{escape(text)}</bpmn:timeCycle></bpmn:timerEventDefinition>"


def holds(condition: str) -> str:
    inner = f"<bpmn:condition>{escape(condition)}</bpmn:condition>"
    return f"<bpmn:conditionalEventDefinition>{inner}</bpmn:conditionalEventDefinition>"


def catches(element: str, inner: str, *, parallel: bool = False, **properties: str) -> Node:
    attributes = {"parallelMultiple": "true" if parallel else None}
    return Node("intermediateCatchEvent", element, attributes, inner, properties)
