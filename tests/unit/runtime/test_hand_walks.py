"""Random acts by hand on random diagrams: whatever is not refused, the case can still be brought to its end."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from engine.bpmn.reader import Blueprint, read
from engine.errors import HandRefused, RunawayCase
from engine.runtime import hand
from engine.runtime.run import Run
from tests.unit.runtime.random_diagrams import Random
from tests.unit.runtime.walks import around, move, moves

_ACTS = ("restart", "move", "skip", "cancel", "add", "reopen")


class _Handled:
    """One case, saved and loaded after every step; an act that is refused leaves it as it was saved."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self.done: dict[str, int] = {}
        self.steps = 0
        self.told: Counter[str] = Counter()
        self.last = ""
        self.run = Run.start(blueprint, {"sorte": 0}, around())
        self.keep()

    def keep(self) -> None:
        for entry in self.run.effects().trace:
            self.steps += 1
            self.done[entry.element.id] = self.steps
        self.saved = self.run.dump()
        self.load()

    def load(self) -> None:
        self.run = Run.load(self.blueprint, self.saved, self.run.document.values, around())

    @property
    def ended(self) -> bool:
        return self.run.awaited().finished

    def step(self, chance: random.Random, sorte: int) -> None:
        kind, element = chance.choice([one for one in moves(self.run.awaited()) if one[0] == "complete"])
        move(self.run, kind, element, {"sorte": sorte})
        self.keep()

    def by_hand(self, chance: random.Random) -> None:
        act = chance.choice(_ACTS)
        try:
            self._do(act, chance)
        except (HandRefused, RunawayCase) as refused:
            self.told[str(refused.facts.get("reason", "runaway"))] += 1
            self.load()
        else:
            self.told[act] += 1
            self.keep()

    def _name(self, token: Any) -> str:
        return str(self.run.workflow.get_task_from_id(token).task_spec.name) if token else "-"

    def _do(self, act: str, chance: random.Random) -> None:
        element = chance.choice(list(self.blueprint.elements))
        where = chance.choice(["before", "after"])
        tokens = [one.id for part in hand.places.live_parts(self.run.workflow) for one in hand.places.tokens(part)]
        token: Any = chance.choice(tokens) if tokens else None
        self.last = f"{act} {self._name(token)} {where} {element}"
        if act == "restart":
            hand.restart(self.run, chance.choice(list(self.done)), self.done)
        elif act == "move":
            hand.move(self.run, token, element, where)
        elif act == "skip":
            hand.skip(self.run, token, {})
        elif act == "cancel":
            hand.cancel(self.run, token)
        elif act == "add":
            hand.add(self.run, element, where)
        else:
            hand.end(self.run, None)
            self.run.effects()
            hand.reopen(self.run, element, where)


def _walk(seed: int) -> Counter[str]:
    chance = random.Random(seed)
    case = _Handled(read(Random(chance).draw()))
    for _ in range(12):
        if case.ended:
            break
        case.step(chance, chance.randint(0, 9)) if chance.random() < 0.6 else case.by_hand(chance)
    for _ in range(400):
        if case.ended:
            return case.told
        assert moves(case.run.awaited()), (seed, case.told)
        case.step(chance, 0)
    raise AssertionError((seed, "does not come to its end", case.told))


@pytest.mark.parametrize("block", range(4))
def test_whatever_is_done_by_hand_a_case_comes_to_its_end(block: int) -> None:
    told: Counter[str] = Counter()
    for seed in range(block * 60, block * 60 + 60):
        told += _walk(seed)

    assert {"restart", "move", "skip", "add", "reopen", "join-would-starve"} <= set(told)
