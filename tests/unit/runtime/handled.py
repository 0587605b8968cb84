"""Cases for the operator's hand: small diagrams, and a run that is saved and loaded after every step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import pytest

from engine.bpmn.reader import read
from engine.errors import HandRefused
from engine.runtime import hand
from engine.runtime.effects import Effects
from engine.runtime.run import Run
from tests.sketches import boundary_timer, end, on_message, parallel, sketch, sub, task
from tests.unit.runtime.walks import around, move, standing

BLOCK = sketch(
    [
        task("pedir", "requerente"), parallel("abre"), task("a"), task("a2"), task("b"), task("c"), parallel("fecha"),
        task("reunir"), parallel("abre2"), task("x"), task("y"), parallel("fecha2"), task("decidir"), end("fim", "ok"),
    ],
    """
    inicio > pedir > abre > a > a2 > fecha
    abre > b > fecha
    abre > c > fecha
    fecha > reunir > abre2 > x > fecha2
    abre2 > y > fecha2 > decidir > fim
    """,
)  # fmt: skip
TO_COLLECT = ("pedir", "a", "a2", "b", "c")
SCOPED = sketch(
    [
        task("pedir", "requerente"),
        sub("sp", [task("urb"), task("amb"), end("fim_sp")], "inicio_sp > urb > amb > fim_sp"),
        boundary_timer("prazo", "sp", "P10D"), task("depois"), task("atrasado"), end("fim", "ok"),
        end("fim_prazo", "tarde"),
    ],
    "inicio > pedir > sp > depois > fim\nprazo > atrasado > fim_prazo",
)  # fmt: skip
HANDLED = sketch(
    [
        task("pedir", "requerente"), task("analisar"), task("assinar"), end("fim", "ok"),
        sub("desiste", [on_message("m", "desistencia", "processo.numero"), task("arquivar"), end("fd", "desistencia")],
            "m > arquivar > fd", on_event=True),
    ],
    "inicio > pedir > analisar > assinar > fim",
)  # fmt: skip


class Case:
    """A run that is saved and loaded after every step; it keeps the number of the last step of every element."""

    def __init__(self, xml: bytes) -> None:
        self.run = Run.start(read(xml), {}, around())
        self.done: dict[str, int] = {}
        self.steps = 0
        self.effects = self.note()

    def note(self) -> Effects:
        self.effects = self.run.effects()
        for entry in self.effects.trace:
            self.steps += 1
            self.done[entry.element.id] = self.steps
        self.run = Run.load(self.run.blueprint, self.run.dump(), self.run.document.values, around())
        return self.effects

    def complete(self, *elements: str, **answers: Any) -> Effects:
        for element in elements:
            move(self.run, "complete", element, answers)
            self.note()
        return self.effects

    def by_hand(self, act: Callable[..., Any], *words: Any) -> Any:
        told = act(self.run, *words)
        self.note()
        return told

    def restart(self, element: str) -> Any:
        return self.by_hand(hand.restart, element, self.done)

    def token(self, element: str) -> UUID:
        return self.run.open_task(element) or pytest.fail(f"{element} is not open")

    @property
    def open(self) -> list[str]:
        return standing(self.run.awaited())["tasks"]

    @property
    def stands(self) -> Mapping[str, Any]:
        return standing(self.run.awaited())


def refusal(act: Callable[[], Any]) -> tuple[Any, Any]:
    with pytest.raises(HandRefused) as refused:
        act()
    return refused.value.facts["reason"], refused.value.facts.get("element")
