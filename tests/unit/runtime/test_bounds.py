"""Drawings that would grow without end elsewhere stay small: counted in tasks and bytes of state, never in time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.bpmn.reader import read
from engine.runtime.run import Run
from tests.sketches import Node, boundary_timer, end, exclusive, inclusive, script, sketch, sub, task
from tests.unit.bpmn.test_loops import loop, repeated
from tests.unit.bpmn.test_many import many
from tests.unit.runtime.walks import around

_ROOM = replace(around(), most_instances=1_000)


def _start(nodes: list[Node], flows: str, **data: Any) -> Run:
    run = Run.start(read(sketch(nodes, flows)), dict(data), _ROOM)
    assert run.effects().failures == []
    return run


def _loaded(run: Run) -> Run:
    return Run.load(run.blueprint, run.dump(), run.document.values, _ROOM)


def _tasks(run: Run) -> int:
    return sum(len(part.tasks) for part in (run._workflow, *run._workflow.subprocesses.values()))


def _complete_one(run: Run) -> Run:
    run.complete(min(run.awaited().people), {"nota": 1})
    assert run.effects().failures == []
    return _loaded(run)


@pytest.mark.parametrize("gateway", [exclusive, inclusive])
def test_twenty_gateways_in_a_chain_that_join_again_predict_nothing_twice(gateway: Any) -> None:
    nodes, flows = [task("a"), end("fim")], ["inicio > a > g0"]
    for place in range(20):
        nodes += [gateway(f"g{place}"), script(f"s{place}", "x = 1"), script(f"t{place}", "x = 2")]
        after = f"g{place + 1}" if place < 19 else "fim"
        flows += [
            f"g{place} > s{place} : x = 1",
            f"g{place} > t{place} : *",
            f"s{place} > {after}",
            f"t{place} > {after}",
        ]
    run = _start(nodes, "\n".join(flows), x=1)

    assert _tasks(run) < 20
    assert _complete_one(run).awaited().finished


def test_a_loop_of_a_thousand_turns_costs_what_one_of_three_does() -> None:
    sizes = {}
    for turns in (3, 1_000):
        counted = repeated(script("s", "n = n + 1"), loop(maximum=str(turns)))
        run = _start([counted, task("a"), end("fim")], "inicio > s > a > fim", n=0)
        sizes[turns] = (_tasks(run), len(run.dump()))
        assert run.document.values["n"] == turns

    assert sizes[3] == sizes[1_000]


def test_a_task_done_a_thousand_times_in_a_loop_leaves_the_state_as_it_was() -> None:
    run = _start([repeated(task("a"), loop(maximum="1000")), end("fim")], "inicio > a > fim")
    sizes = []

    for _ in range(999):
        run = _complete_one(run)
        sizes.append(len(run.dump()))

    assert max(sizes) - sizes[10] <= 8  # the digits of two counts
    assert _complete_one(run).awaited().finished


@pytest.mark.parametrize("kind", ["task", "sub-process"])
def test_a_thousand_instances_in_sequence_stay_as_small_as_the_first(kind: str) -> None:
    inner = task("a") if kind == "task" else sub("a", [task("b"), end("fi")], "inicio_a > b > fi")
    node = repeated(inner, many("1000", sequential=True, results="notas", result="nota"))
    run = _start([node, end("fim")], "inicio > a > fim")
    sizes, trees = [], []

    for _ in range(999):
        run = _complete_one(run)
        sizes.append(len(run.dump()))
        trees.append(_tasks(run))

    assert max(sizes) - sizes[5] <= 12  # the digits of some counts
    assert max(trees) == trees[5]
    assert _complete_one(run).awaited().finished
    assert run.document.values["notas"] == [1] * 1_000


def test_a_thousand_instances_at_once_are_as_many_tasks_and_no_more() -> None:
    run = _start([repeated(task("a"), many("1000")), task("b"), end("fim")], "inicio > a > b > fim")

    assert len(run.awaited().people) == 1_000
    assert _tasks(run) < 2_100
    before = len(run.dump())
    for _ in range(20):
        run.complete(min(run.awaited().people), {})
        run.effects()
    assert len(run.dump()) < before
    assert len(_loaded(run).awaited().people) == 980


def test_a_thousand_scripts_at_once_and_in_sequence_run_in_one_step() -> None:
    for sequential in (True, False):
        node = repeated(script("s", "n = n + 1"), many("1000", sequential=sequential))
        run = _start([node, task("a"), end("fim")], "inicio > s > a > fim", n=0)

        assert run.document.values["n"] == 1_000
        assert _tasks(run) < 20


def test_a_chain_of_a_thousand_elements_is_read_and_run_to_its_end() -> None:
    names = [f"s{place}" for place in range(997)]
    nodes = [*(script(name, "n = n + 1") for name in names), task("a"), end("fim")]
    run = _start(nodes, f"inicio > {' > '.join(names)} > a > fim", n=0)

    assert run.document.values["n"] == 997
    assert _complete_one(run).awaited().finished


def test_what_lies_ahead_of_an_interrupted_task_is_dropped_however_long_it_is() -> None:
    names = [f"s{place}" for place in range(900)]
    nodes = [
        task("a"),
        *(script(name, "n = n + 1") for name in names),
        boundary_timer("t", "a", "P1D"),
        task("b"),
        end("fim"),
    ]
    run = _start(nodes, f"inicio > a > {' > '.join(names)} > fim\nt > b > fim", n=0)

    run = _loaded(run)
    ((task_id, element),) = run.awaited().timers
    assert run.fire(task_id, element)

    assert run.effects().failures == []
    assert list(run.awaited().people.values()) == ["b"]
