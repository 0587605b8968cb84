"""Small versions of a procedure, and a case of one that a test carries to another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from engine.bpmn.reader import read
from engine.runtime import moving
from engine.runtime.effects import Effects
from engine.runtime.moving import Choices, Plan
from engine.runtime.run import Run
from tests.city import MORNING
from tests.sketches import (
    Node,
    end,
    on_message,
    parallel,
    sketch,
    sub,
    task,
)  # fmt: skip
from tests.unit.runtime.walks import around, move, standing

LATER = MORNING + timedelta(days=2)
FIM = end("fim", "emitido")
LINE = "inicio > pedir > analisar > fim"


def drawn(nodes: list[Node], flows: str) -> bytes:
    return sketch([task("pedir", "requerente"), *nodes, FIM], flows)


def simple(*nodes: Node, flows: str = LINE) -> bytes:
    return drawn([task("analisar"), *nodes], flows)


class Carried:
    """A case of one version, taken where its moves lead, that a test plans to carry to another."""

    def __init__(self, xml: bytes, *moved: tuple[str, str], given: dict[str, Any] | None = None) -> None:
        self.old = read(xml)
        self.run = Run.start(self.old, {}, around())
        self.run.effects()
        for kind, element in [("complete", "pedir"), *moved]:
            move(self.run, kind, element, given or {})
            self.run.effects()
        self.data = self.run.document.values

    def plan(self, xml: bytes, **chosen: str) -> Plan:
        self.new = read(xml)
        return moving.plan(self.old, self.new, self.run.dump(), Choices(elements=chosen))

    def reasons(self, xml: bytes, **chosen: str) -> list[tuple[str, str]]:
        return [(reason.code, reason.element) for reason in self.plan(xml, **chosen).reasons]

    def carry(self, xml: bytes, **chosen: str) -> Effects:
        plan = self.plan(xml, **chosen)
        assert plan.reasons == ()
        made = moving.apply(plan, self.data, around(LATER))
        effects = made.effects()
        self.run = Run.load(self.new, made.dump(), made.document.values, around(LATER))
        return effects

    def step(self, kind: str, element: str) -> Effects:
        move(self.run, kind, element, {})
        effects = self.run.effects()
        self.run = Run.load(self.new, self.run.dump(), self.run.document.values, around(LATER))
        return effects

    @property
    def now(self) -> dict[str, Any]:
        return standing(self.run.awaited())


def many(name: str, **words: str) -> bytes:
    kept = {"isSequential": "false", "camunda:collection": "[1, 2, 3]", "camunda:elementVariable": "setor", **words}
    told = "".join(f' {word}="{value}"' for word, value in kept.items())
    attributes = {"name": "Opinar", "camunda:candidateGroups": "obras"}
    each = Node("userTask", name, attributes, f"<bpmn:multiInstanceLoopCharacteristics{told} />")
    return drawn([each], f"inicio > pedir > {name} > fim")


def withdrawable(*more: Node, flows: str = LINE) -> bytes:
    gives_up = sub("sp_d", [on_message("m_d", "desistencia", '"k"'), task("juntar"), end("f_d", "desistencia")],
                   "m_d > juntar > f_d", on_event=True)  # fmt: skip
    return simple(gives_up, *more, flows=flows)


BLOCK = """
inicio > pedir > p
p > a > q
p > b > q
q > fim
"""
SPLIT = [parallel("p"), task("a"), task("b"), parallel("q")]
