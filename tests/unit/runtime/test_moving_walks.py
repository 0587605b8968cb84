"""A case moved in the middle of its way to a version whose ids are all others goes on as one that was never moved."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Any

import pytest

from engine.bpmn.reader import Blueprint, read
from engine.runtime import moving
from engine.runtime.moving import Choices
from engine.runtime.run import Run
from tests.unit.runtime.random_diagrams import Random
from tests.unit.runtime.test_equivalence import _PERMIT, _SMALL, _any_answers, _permit_answers, _permit_tables, _usual
from tests.unit.runtime.walks import Walk, around, move, moves, standing

_MARK = "novo_"
_NAMED = re.compile(r'(?<= )((?:id|sourceRef|targetRef|attachedToRef)=")([^"]+)"')


def renamed(xml: bytes) -> bytes:
    """Return a diagram with another id for every element; the names that people read stay."""
    process = xml.decode().index("<bpmn:process ")
    head, body = xml.decode()[:process], xml.decode()[process:]
    named = re.findall(r'<bpmn:\w*(?:Event|Task|task|Gateway|subProcess) [^>]*?\bid="([^"]+)"', body)

    def other(found: re.Match[str]) -> str:
        return f'{found[1]}{_MARK if found[2] in named else ""}{found[2]}"'

    return (head + _NAMED.sub(other, body)).encode()


def _plain(now: dict[str, Any]) -> dict[str, Any]:
    """Return what stands open with the ids of the drawing from which the other was made."""
    return {
        **now,
        "tasks": sorted(one.removeprefix(_MARK) for one in now["tasks"]),
        "timers": sorted((one.removeprefix(_MARK), due) for one, due in now["timers"]),
        "waits": sorted((one.removeprefix(_MARK), key) for one, key in now["waits"]),
    }


@dataclass
class Moved:
    """A case beside its unmoved twin; `carry` takes it to the other version, or back."""

    walk: Walk
    other: Blueprint

    def __post_init__(self) -> None:
        self.now = self.walk.blueprint

    def start(self) -> None:
        run = Run.start(self.now, {}, around(self.walk.at, self.walk.tables))
        run.effects()
        self.text, self.data, self.outcome = run.dump(), run.document.values, None

    def _load(self) -> Run:
        return Run.load(self.now, self.text, self.data, around(self.walk.at, self.walk.tables))

    def _keep(self, run: Run) -> None:
        effects = run.effects()
        self.text, self.data, self.outcome = run.dump(), run.document.values, effects.outcome

    def carry(self) -> None:
        to = self.other if self.now is self.walk.blueprint else self.walk.blueprint
        plan = moving.plan(self.now, to, self.text, Choices())
        assert plan.reasons == ()
        run = moving.apply(plan, self.data, around(self.walk.at, self.walk.tables))
        effects = run.effects()
        done = vars(effects)
        assert not any(done[name] for name in done if name not in {"finished", "outcome"})
        self.now, self.text, self.data = to, run.dump(), run.document.values

    def step(self, chance: random.Random, answers: Any) -> tuple[str, str]:
        state = chance.getstate()
        kind, element = self.walk.step(chance, answers)
        chance.setstate(state)
        found = sorted((one, name.removeprefix(_MARK)) for one, name in moves(self._load().awaited()))
        assert (kind, element) == chance.choice(found)
        given = answers(chance, element)
        run = self._load()
        move(run, kind, _MARK + element if self.now is self.other and element else element, given)
        self._keep(run)
        return kind, element

    def differences(self) -> list[str]:
        one, other = standing(self.walk.whole.awaited()), _plain(standing(self._load().awaited()))
        found = [f"{name}: {one[name]} is {other[name]} once moved" for name in one if one[name] != other[name]]
        if self.walk.whole.document.values != self.data:
            found.append("the data differ")
        return found


def _follow(made: Moved, seed: str, answers: Any, most: int) -> int:
    chance, when = random.Random(seed), random.Random(f"when {seed}")
    made.start()
    story: list[Any] = []
    carried = 0
    for _ in range(most):
        if made.walk.ended:
            break
        if not story or when.random() < 0.4:
            made.carry()
            carried += 1
            story.append("carried")
            assert made.differences() == [], story
        story.append(made.step(chance, answers))
        assert made.differences() == [], story
    return carried


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", _SMALL)
def test_a_small_case_moved_on_its_way_is_the_case_that_stayed(name: str, seed: int) -> None:
    xml = _SMALL[name]
    _follow(Moved(Walk(read(xml)), read(renamed(xml))), f"{name}/{seed}", _any_answers, most=30)


@pytest.mark.parametrize("seed", range(30))
def test_any_case_of_any_diagram_moved_on_its_way_is_the_case_that_stayed(seed: int) -> None:
    xml = Random(random.Random(seed)).draw()
    blueprint, other = read(xml), read(renamed(xml))

    for path in range(3):
        _follow(Moved(Walk(blueprint), other), f"{seed}/{path}", _any_answers, most=60)


@pytest.mark.parametrize("seed", range(12))
def test_a_permit_moved_on_its_way_is_the_permit_that_stayed(seed: int) -> None:
    xml = (_PERMIT / "process.bpmn").read_bytes()
    made = Moved(Walk(read(xml), _permit_tables()), read(renamed(xml)))

    assert _follow(made, f"permit {seed}", _permit_answers(_usual()), most=45) > 0


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(300))
def test_three_hundred_diagrams_on_ten_paths_each(seed: int) -> None:
    xml = Random(random.Random(f"moving {seed}")).draw()
    blueprint, other = read(xml), read(renamed(xml))

    for path in range(10):
        _follow(Moved(Walk(blueprint), other), f"{seed}/{path}", _any_answers, most=60)
