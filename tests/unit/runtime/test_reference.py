"""Any process of blocks does, act by act, what a model that knows no tokens says: none is lost, none is doubled."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from engine.bpmn.check import ACCEPTABLE
from engine.bpmn.reader import read
from engine.runtime.effects import Awaited
from engine.runtime.run import Run
from tests.city import MORNING
from tests.unit.runtime.blocks import PROCESSES, Block, draw
from tests.unit.runtime.reference import Case, Offer, World
from tests.unit.runtime.walks import around

Key = tuple[str, UUID, str]


class Twins(RuleBasedStateMachine):
    """One case in the engine and the same in the model. `pairs` leads from what one offers to what the other does."""

    @initialize(block=PROCESSES)
    def ask(self, block: Block) -> None:
        self.blueprint = read(draw(block), accepted=ACCEPTABLE)
        self.at = MORNING
        self.run = Run.start(self.blueprint, {}, around(self.at))
        self.run.effects()
        self.case, self.world = Case(block), World()
        self.pairs: dict[Key, Offer] = {}
        self.over, self.asked = False, False

    @rule(data=st.data(), luck=st.integers(0, 9), saved=st.booleans())
    def act(self, data: st.DataObject, luck: int, saved: bool) -> None:
        """Do one of the things that can be done. The only rule: Hypothesis leaves some of several out."""
        if self.over:
            return
        self.at += timedelta(hours=1)
        self._take_up(saved)
        if not self.asked:
            self.asked = True
            self._complete(_keys(self.run.awaited())[0], luck)
            self.over = self.case.begin(self.world)
        else:
            key = data.draw(st.sampled_from(sorted(self.pairs, key=lambda one: (one[0], one[2]))))
            offer = self.pairs.pop(key)
            self._move(key, luck)
            self.over = self.case.take(offer, self.world)
        self.run.effects()
        self._pair()

    def _take_up(self, saved: bool) -> None:
        if saved:
            self.run = Run.load(self.blueprint, self.run.dump(), self.run.document.values, around(self.at))
        else:
            self.run.again(around(self.at))

    @invariant()
    def both_offer_the_same(self) -> None:
        if self.asked:
            engine = Counter((kind, element) for kind, _, element in _keys(self.run.awaited()))
            assert engine == Counter((offer.kind, offer.element) for offer in self.case.offers())
            assert self.run.awaited().finished == self.over
            assert not self.run.awaited().failed

    @invariant()
    def each_script_ran_as_often(self) -> None:
        written = {name: value for name, value in self.run.document.values.items() if name.startswith("count_")}
        assert written == self.world.counts

    def _complete(self, key: Key, luck: int) -> None:
        if not key[2].startswith("many_"):  # what one of several instances is told is its own
            self.world.luck = luck
        self.run.complete(key[1], {"sorte": luck})

    def _move(self, key: Key, luck: int) -> None:
        kind, task_id, element = key
        if kind == "complete":
            self._complete(key, luck)
        elif kind == "fire":
            assert self.run.fire(task_id, element)
        else:
            assert self.run.deliver(task_id, element, {})

    def _pair(self) -> None:
        """Pair what is newly offered by its name; what opened in one act under one name is alike."""
        offers, keys = self.case.offers(), _keys(self.run.awaited())
        self.pairs = {key: offer for key, offer in self.pairs.items() if key in keys and offer in offers}
        fresh = [offer for offer in offers if offer not in self.pairs.values()]
        for key in keys:
            if key not in self.pairs:
                mine = next((one for one in fresh if (one.kind, one.element) == (key[0], key[2])), None)
                if mine is not None:
                    self.pairs[key] = mine
                    fresh.remove(mine)


def _keys(now: Awaited) -> list[Key]:
    keys: list[Any] = [("complete", task_id, element) for task_id, element in now.people.items()]
    keys += [("fire", *key) for key in now.timers] + [("deliver", *key) for key in now.waits]
    return keys


def _walk(examples: int) -> None:
    usual = settings(
        max_examples=examples, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Twins, settings=usual)


def test_two_hundred_processes_lose_and_double_nothing() -> None:
    _walk(200)


@pytest.mark.nightly
def test_ten_thousand_processes_lose_and_double_nothing() -> None:
    _walk(10_000)
