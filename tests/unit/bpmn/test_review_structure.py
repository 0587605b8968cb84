"""How ways split and meet: what can never go well is refused, what some data could make sensible passes."""

from __future__ import annotations

import random
from typing import Any

import pytest

from engine.bpmn.check import findings
from engine.bpmn.drawing import draw_from
from engine.bpmn.reader import read, read_cached
from engine.bpmn.source import B, parse
from engine.errors import DiagramRefused
from tests.sketches import (
    Node,
    boundary_timer,
    end,
    exclusive,
    inclusive,
    message,
    parallel,
    script,
    sketch,
    sub,
    task,
    timer,
)

A, C, D = task("a"), task("c"), task("d")
FORK, JOIN, END = parallel("abre"), parallel("fecha"), end("fim")


def _found(nodes: list[Node], flows: str) -> list[dict[str, Any]]:
    process = parse(sketch(nodes, flows)).find(B + "process")
    assert process is not None
    return findings(draw_from(process))


def _codes(nodes: list[Node], flows: str) -> set[tuple[str | None, str]]:
    return {(one["element"], one["code"]) for one in _found(nodes, flows)}


XOR_INTO_AND = (
    [exclusive("abre"), A, C, JOIN, D, END],
    "inicio > abre\nabre > a : x\nabre > c : *\na > fecha\nc > fecha\nfecha > d > fim",
)
REFUSED = {
    "an exclusive split into a parallel join": (*XOR_INTO_AND, ("fecha", "join-never-fires")),
    "a way around a task into a join of three": (
        [FORK, exclusive("pula"), A, C, JOIN, D, END],
        "inicio > abre > pula\npula > a : x\npula > fecha : *\na > fecha\nabre > c > fecha\nfecha > d > fim",
        ("fecha", "join-never-fires"),
    ),
    "a term that goes into the join beside its own task": (
        [FORK, A, boundary_timer("prazo", "a", "P1D"), C, D, JOIN, END],
        "inicio > abre\nabre > a > fecha\nprazo > c > fecha\nabre > d > fecha > fim",
        ("fecha", "join-never-fires"),
    ),
    "branches that meet at a task": (
        [FORK, A, C, D, END],
        "inicio > abre\nabre > a > d\nabre > c > d\nd > fim",
        ("d", "branches-meet-without-join"),
    ),
    "branches that meet at an exclusive gateway": (
        [FORK, A, C, exclusive("junta"), D, END],
        "inicio > abre\nabre > a > junta\nabre > c > junta\njunta > d > fim",
        ("junta", "branches-meet-without-join"),
    ),
    "a return into one branch where the whole block may be repeated too": (
        [exclusive("antes"), FORK, exclusive("meio"), A, C, JOIN, D, exclusive("volta"), END],
        "inicio > antes > abre\nabre > meio > a > fecha\nabre > c > fecha\nfecha > d > volta\n"
        "volta > meio : x\nvolta > antes : y\nvolta > fim : *",
        ("fecha", "way-into-parallel"),
    ),
    "a way past the split into one branch": (
        [exclusive("antes"), FORK, exclusive("meio"), A, C, JOIN, D, END],
        "inicio > antes\nantes > abre : x\nantes > meio : *\nabre > meio > a > fecha\nabre > c > fecha\n"
        "fecha > d > fim",
        ("fecha", "way-into-parallel"),
    ),
    "a way from one branch into another": (
        [FORK, A, exclusive("cruza"), C, exclusive("meio"), D, JOIN, END],
        "inicio > abre\nabre > a > cruza\ncruza > fecha : x\ncruza > meio : *\nabre > c > meio > d > fecha\n"
        "fecha > fim",
        ("fecha", "way-into-parallel"),
    ),
    "scripts that go round": (
        [exclusive("g"), script("um", "x = 1"), script("dois", "y = 1"), A, END],
        "inicio > g\ng > a : v\ng > um : *\num > dois > um\na > fim",
        ("um", "endless-loop"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_never_go_well_is_refused_at_its_element(name: str) -> None:
    nodes, flows, expected = REFUSED[name]

    assert expected in _codes(nodes, flows)


def test_it_is_refused_inside_a_sub_process_too() -> None:
    inside = sub(
        "dentro", [FORK, A, C, D, end("fim_dentro")], "inicio_dentro > abre\nabre > a > d\nabre > c > d > fim_dentro"
    )

    assert _codes([inside, END], "inicio > dentro > fim") == {("d", "branches-meet-without-join")}


ACCEPTED = {
    "an empty branch": ([FORK, A, JOIN, D, END], "inicio > abre\nabre > a > fecha\nabre > fecha\nfecha > d > fim"),
    "branches that end each for itself": (
        [FORK, A, C, END, end("outro")],
        "inicio > abre\nabre > a > fim\nabre > c > outro",
    ),
    "branches that meet only to end": (
        [FORK, A, C, exclusive("junta"), END],
        "inicio > abre\nabre > a > junta\nabre > c > junta\njunta > fim",
    ),
    "a branch that may end the case": (
        [FORK, A, exclusive("g"), C, JOIN, D, END, end("outro")],
        "inicio > abre\nabre > a > g\ng > fecha : x\ng > outro : *\nabre > c > fecha\nfecha > d > fim",
    ),
    "branches of which only one may come to the task": (
        [FORK, A, exclusive("g"), C, D, END, end("outro")],
        "inicio > abre\nabre > a > g\ng > d : x\ng > outro : *\nabre > c > d\nd > fim",
    ),
    "an exclusive split into an inclusive join": (
        [exclusive("abre"), A, C, inclusive("fecha"), D, END],
        "inicio > abre\nabre > a : x\nabre > c : *\na > fecha\nc > fecha\nfecha > d > fim",
    ),
    "a block that is repeated whole": (
        [exclusive("antes"), FORK, A, C, JOIN, D, exclusive("volta"), END],
        "inicio > antes > abre\nabre > a > fecha\nabre > c > fecha\nfecha > d > volta\nvolta > antes : y\n"
        "volta > fim : *",
    ),
    "a loop inside a branch": (
        [FORK, exclusive("m"), A, exclusive("g"), C, JOIN, END],
        "inicio > abre\nabre > m > a > g\ng > m : x\ng > fecha : *\nabre > c > fecha\nfecha > fim",
    ),
    "a notice that the join waits for": (
        [A, boundary_timer("aviso", "a", "P1D", interrupting=False), C, JOIN, END],
        "inicio > a > fecha\naviso > c > fecha\nfecha > fim",
    ),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_may_go_well_passes(name: str) -> None:
    assert _found(*ACCEPTED[name]) == []


class _Blocks:
    """Draws a random diagram of nested blocks, each closed by the gateway that opened it: nothing in it is wrong."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.nodes: list[Node] = []
        self.flows: list[str] = []

    def xml(self) -> bytes:
        first, last = self.block(4)
        return sketch([*self.nodes, end("fim")], "\n".join([f"inicio > {first}", f"{last} > fim", *self.flows]))

    def block(self, depth: int) -> tuple[str, str]:
        kinds = [self._task] if depth == 0 else [self._task, self._row, self._loop, self._split, self._split]
        return self.random.choice(kinds)(depth - 1)

    def _new(self, kind: Any) -> str:
        self.nodes.append(kind(f"n{len(self.nodes)}"))
        return self.nodes[-1].id

    def _task(self, _depth: int) -> tuple[str, str]:
        one = self._new(task)
        return one, one

    def _row(self, depth: int) -> tuple[str, str]:
        (first, middle), (then, last) = self.block(depth), self.block(depth)
        self.flows.append(f"{middle} > {then}")
        return first, last

    def _loop(self, depth: int) -> tuple[str, str]:
        before, after, on = self._new(exclusive), self._new(exclusive), self._new(task)
        first, last = self.block(depth)
        self.flows += [f"{before} > {first}", f"{last} > {after}", f"{after} > {before} : v", f"{after} > {on} : *"]
        return before, on

    def _split(self, depth: int) -> tuple[str, str]:
        kind = self.random.choice([exclusive, parallel, parallel, inclusive])
        opens, closes = self._new(kind), self._new(kind)
        for branch in range(self.random.randint(2, 3)):
            condition = "" if kind is parallel else " : *" if branch == 0 else " : v"
            first, last = self.block(depth)
            self.flows += [f"{opens} > {first}{condition}", f"{last} > {closes}"]
        return opens, closes


@pytest.mark.parametrize("batch", range(8))
def test_no_diagram_of_closed_blocks_is_refused(batch: int) -> None:
    for seed in range(batch * 40, batch * 40 + 40):
        drawn = _Blocks(seed).xml()

        process = parse(drawn).find(B + "process")
        assert process is not None
        assert findings(draw_from(process)) == [], seed


def test_a_fork_of_hundreds_of_branches_is_let_pass_rather_than_looked_at_for_minutes() -> None:
    branches = [task(f"t{number}") for number in range(450)]
    flows = "\n".join(f"abre > {one.id} > fecha" for one in branches)

    assert _found([FORK, JOIN, *branches, END], f"inicio > abre\nfecha > fim\n{flows}") == []


def test_a_version_that_a_newer_rule_would_refuse_still_runs() -> None:
    old = sketch(*XOR_INTO_AND)

    with pytest.raises(DiagramRefused):
        read(old)
    assert read_cached("0" * 64, old).elements.keys() >= {"abre", "fecha"}


@pytest.mark.parametrize("term", ["P1Y2M", "P99999D", "P0D", "2026-13-45"])
def test_a_term_that_cannot_be_counted_is_refused_before_a_case_meets_it(term: str) -> None:
    assert _codes([task("a", due=term), END], "inicio > a > fim") == {("a", "not-a-term")}
    assert _codes([timer("t", term), END], "inicio > t > fim") == {("t", "not-a-term")}


@pytest.mark.parametrize("term", ["P5D", "P2M", "PT24H", "2027-01-31", 'prazo(5, "uteis")', '"P30D"'])
def test_a_term_that_can_be_counted_passes(term: str) -> None:
    assert _codes([task("a", due=term), END], "inicio > a > fim") == set()


def test_words_longer_than_a_row_holds_are_refused() -> None:
    named = Node("userTask", "b", {"name": "n" * 201, "camunda:candidateGroups": "r" * 61})
    nodes = [task("a" * 121), named, message("m", "m" * 121, "1"), end("fim", "d" * 41)]

    found = _found(nodes, f"inicio > {'a' * 121} > b > m > fim")

    assert [(one["element"], one["where"]) for one in found] == [
        ("a" * 121, "id"), ("b", "name"), ("b", "role"), ("m", "message"), ("fim", "outcome"),
    ]  # fmt: skip
