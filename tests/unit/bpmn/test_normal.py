"""What a drawing leaves implicit is written out, its ids come back as drawn, and cases move as the standard has it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.bpmn.reader import Blueprint, read
from engine.errors import DiagramRefused
from engine.runtime.run import Run
from tests.city import MORNING
from tests.sketches import (
    Node,
    boundary_timer,
    end,
    exclusive,
    inclusive,
    link,
    parallel,
    script,
    sketch,
    sub,
    task,
    timer,
)  # fmt: skip
from tests.unit.runtime.walks import around, move, standing


def _without_start(xml: bytes, element: str = "inicio") -> bytes:
    name = element.replace("_", " ")
    return xml.replace(f'<bpmn:startEvent id="{element}" name="{name}"></bpmn:startEvent>'.encode(), b"")


def _begun(xml: bytes | Blueprint, **data: Any) -> Run:
    run = Run.start(read(xml) if isinstance(xml, bytes) else xml, data, around())
    run.effects()
    return run


def _open(run: Run) -> list[str]:
    return standing(run.awaited())["tasks"]


def _timers(run: Run) -> list[str]:
    return [element for element, _ in standing(run.awaited())["timers"]]


def _done(run: Run, *elements: str) -> Run:
    """Complete tasks one after another; between two of them the case is saved and restored."""
    for element in elements:
        run = Run.load(run.blueprint, run.dump(), run.document.values, around())
        move(run, "complete", element, {})
        run.effects()
    return run


# -- ends and starts --------------------------------------------------------------------------------------------------


def test_a_task_that_leads_nowhere_ends_its_branch() -> None:
    run = _done(_begun(sketch([task("a"), parallel("p"), task("b")], "inicio > p > a\np > b")), "a")

    assert _open(run) == ["b"]
    assert _done(run, "b").awaited().finished


def test_a_drawing_without_a_start_begins_at_every_node_that_no_flow_enters() -> None:
    run = _begun(_without_start(sketch([task("a"), task("b"), task("c")], "a > c")))

    assert _open(run) == ["a", "b"]
    assert _done(run, "b", "a", "c").awaited().finished


def test_a_sub_process_may_leave_its_start_and_end_undrawn() -> None:
    drawn = sketch([sub("sp", [task("a"), task("b")], ""), task("c"), end("fim")], "inicio > sp > c > fim")
    run = _begun(_without_start(drawn, "inicio_sp"))

    assert _open(run) == ["a", "b"]
    half = _done(run, "a")
    assert _open(half) == ["b"]
    assert _open(_done(half, "b")) == ["c"]


def test_the_first_task_of_a_drawing_without_a_start_takes_what_was_asked_with() -> None:
    blueprint = read(_without_start(sketch([task("pedir", "requerente"), task("b")], "pedir > b")))

    assert blueprint.first_task is not None
    assert blueprint.first_task.id == "pedir"


@pytest.mark.parametrize(
    "xml",
    [
        sketch([task("a"), task("b")], "inicio > a\ninicio > b"),
        sketch([task("a"), task("b")], "inicio > a : x = 1\ninicio > b : *"),
        _without_start(sketch([task("a"), task("b")], "")),
        sketch([exclusive("g"), task("a")], "inicio > g > a"),
    ],
)
def test_a_case_that_does_not_begin_with_one_task_has_no_form_to_begin_with(xml: bytes) -> None:
    assert read(xml).first_task is None


@pytest.mark.parametrize(
    ("nodes", "flows", "finding"),
    [
        ([task("a"), task("b"), end("fim")], "inicio > a > fim\ninicio > b", ("b", "no-way-on")),
        ([task("a"), boundary_timer("t", "a", "P1D")], "inicio > a", ("t", "no-way-on")),
        ([task("a")], "", ("inicio", "no-way-on")),
        ([sub("sp", [task("a"), end("f")], "a > f")], "inicio > sp", ("sp", "no-start")),
    ],
)
def test_where_ends_are_drawn_starts_are_too_and_every_way_leads_to_one(
    nodes: list[Node], flows: str, finding: tuple[str, str]
) -> None:
    with pytest.raises(DiagramRefused) as refused:
        read(_without_start(sketch(nodes, flows), "inicio_sp"))

    assert finding in {(one["element"], one["code"]) for one in refused.value.facts["findings"]}


@pytest.mark.parametrize(
    ("direction", "flows", "holds"),
    [
        ("Diverging", "inicio > g > a\ng > b", True),
        ("Diverging", "inicio > g > a > b", False),
        ("Converging", "inicio > g > a\ng > b", False),
        ("Unspecified", "inicio > g > a > b", True),
        ("Mixed", "inicio > g > a\ng > b", False),
    ],
)
def test_a_gateway_has_the_flows_that_its_direction_says(direction: str, flows: str, holds: bool) -> None:
    drawn = sketch([Node("parallelGateway", "g", {"gatewayDirection": direction}), task("a"), task("b")], flows)

    if holds:
        assert read(drawn).elements["g"].direction == direction
    else:
        with pytest.raises(DiagramRefused, match="gateway-direction"):
            read(drawn)


@pytest.mark.parametrize("quantity", ["0", "1000", "-1", "muitos"])
def test_more_or_fewer_tokens_than_one_are_refused_and_not_ignored(quantity: str) -> None:
    drawn = sketch([Node("scriptTask", "s", {"completionQuantity": quantity, "scriptFormat": "feel"})], "inicio > s")

    with pytest.raises(DiagramRefused, match="unsupported-quantity"):
        read(drawn)


# -- flows out of an activity -----------------------------------------------------------------------------------------


def test_every_unconditional_flow_out_of_a_task_is_taken() -> None:
    run = _done(_begun(sketch([task("a"), task("b"), task("c")], "inicio > a > b\na > c")), "a")

    assert _open(run) == ["b", "c"]


@pytest.mark.parametrize(
    ("data", "taken"),
    [({"x": 1, "y": 1}, ["b", "c"]), ({"x": 1, "y": 0}, ["b"]), ({"x": 0, "y": 1}, ["c"]), ({"x": 0, "y": 0}, ["d"])],
)
def test_conditional_flows_out_of_a_task_are_taken_as_they_hold_and_the_default_when_none_does(
    data: dict[str, int], taken: list[str]
) -> None:
    drawn = sketch([task("a"), task("b"), task("c"), task("d")], "inicio > a\na > b : x = 1\na > c : y = 1\na > d : *")

    assert _open(_done(_begun(drawn, **data), "a")) == taken


@pytest.mark.parametrize(("x", "taken"), [(1, ["b", "c"]), (0, ["c"])])
def test_beside_a_conditional_flow_an_unconditional_one_is_always_taken(x: int, taken: list[str]) -> None:
    drawn = sketch([task("a"), task("b"), task("c")], "inicio > a > c\na > b : x = 1")

    assert _open(_done(_begun(drawn, x=x), "a")) == taken


def test_an_inclusive_join_waits_only_for_the_flows_that_a_task_took() -> None:
    drawn = sketch(
        [task("a"), task("b"), task("c"), inclusive("j"), task("d")],
        "inicio > a\na > b : x = 1\na > c : *\nb > j\nc > j\nj > d",
    )

    assert _open(_done(_begun(drawn, x=1), "a", "b")) == ["d"]
    assert _open(_done(_begun(drawn, x=2), "a", "c")) == ["d"]


def test_when_no_flow_out_of_a_task_holds_what_was_done_stays_and_the_failure_names_the_task() -> None:
    run = _begun(sketch([task("a"), task("b")], "inicio > a\na > b : x = 1"), x=2)
    move(run, "complete", "a", {"feito": True})
    effects = run.effects()

    assert [(one.element, one.code) for one in effects.failures] == [("a", "no-way-matches")]
    assert run.document.values["feito"] is True
    assert [(one["element"], one["condition"], one["value"]) for one in effects.conditions] == [("a", "x = 1", False)]


def test_a_start_may_choose_where_it_begins() -> None:
    drawn = sketch([task("a"), task("b")], "inicio > a : tipo = 1\ninicio > b : *")

    assert _open(_begun(drawn, tipo=1)) == ["a"]
    assert _open(_begun(drawn, tipo=2)) == ["b"]


def test_a_term_that_passes_may_go_two_ways() -> None:
    nodes = [task("a"), boundary_timer("t", "a", "P1D"), task("b"), task("c"), end("fim")]
    run = _begun(sketch(nodes, "inicio > a > fim\nt > b > fim\nt > c > fim"))
    move(run, "fire", "t", None)
    run.effects()

    assert _open(run) == ["b", "c"]


def test_parallel_flows_that_meet_unjoined_are_refused_unless_it_is_meant() -> None:
    drawn = sketch([task("a"), task("b"), task("c"), task("d")], "inicio > a > b > d\na > c > d")

    with pytest.raises(DiagramRefused) as refused:
        read(drawn)
    run = _done(_begun(read(drawn, accepted=["branches-meet-without-join"])), "a", "b", "c")

    assert [one["code"] for one in refused.value.facts["findings"]] == ["branches-meet-without-join"]
    assert _open(run) == ["d", "d"]


def test_what_cannot_run_as_drawn_is_refused_whatever_is_accepted() -> None:
    drawn = sketch([task("a"), Node("complexGateway", "x")], "inicio > a > x")

    with pytest.raises(DiagramRefused):
        read(drawn, accepted=["unsupported-element", "branches-meet-without-join"])


@pytest.mark.parametrize("x", [1, 2])
def test_a_condition_after_a_parallel_gateway_decides_nothing(x: int) -> None:
    drawn = sketch([parallel("p"), task("a"), task("b")], "inicio > p > a\np > b : x = 1")

    run = _begun(read(drawn, accepted=["condition-ignored"]), x=x)

    assert _open(run) == ["a", "b"]


# -- links ------------------------------------------------------------------------------------------------------------


def test_a_link_leads_on_at_its_pair_from_wherever_it_is_thrown() -> None:
    nodes = [exclusive("g"), script("s", "n = 1"), script("r", "n = 2"), link("l1", "A"), link("l2", "A")]
    nodes += [link("c", "A", catches=True), task("a"), end("fim")]
    flows = "inicio > g\ng > s : x = 1\ng > r : *\ns > l1\nr > l2\nc > a > fim"

    for x, n in ((1, 1), (2, 2)):
        run = _begun(sketch(nodes, flows), x=x)
        assert (_open(run), run.document.values["n"]) == (["a"], n)
        assert _done(run, "a").awaited().finished


@pytest.mark.parametrize(
    "nodes",
    [
        [link("l", "A")],
        [link("l", "A"), link("c", "B", catches=True)],
        [link("l", ""), link("c", "", catches=True)],
        [link("l", "A"), link("c", "A", catches=True), link("d", "A", catches=True)],
        [link("l", "A"), sub("sp", [link("c", "A", catches=True), task("b")], "c > b")],
    ],
)
def test_a_link_without_exactly_one_pair_in_its_scope_is_refused(nodes: list[Node]) -> None:
    with pytest.raises(DiagramRefused) as refused:
        read(sketch([task("a"), *nodes], "inicio > a > l"))

    assert ("l", "link-without-pair") in {(one["element"], one["code"]) for one in refused.value.facts["findings"]}


# -- ids --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Start", "End", "Root", "fim__x", "x.EndJoin", "a.BoundaryEventSplit", "id__0"])
def test_an_id_that_the_library_or_we_use_comes_back_as_drawn(name: str) -> None:
    drawn = sketch(
        [task(name), boundary_timer("t", name, "P1D"), exclusive("g"), task("b"), end("fim")],
        f"inicio > {name} > g\ng > b : x = 1\ng > fim : *\nt > fim\nb > fim",
    )
    run = _begun(drawn, x=1)

    assert (_open(run), _timers(run)) == ([name], ["t"])
    move(run, "complete", name, {})
    effects = run.effects()
    assert [entry.element.id for entry in effects.trace] == [name, "g"]
    assert _open(run) == ["b"]


def test_flows_without_ids_and_of_one_id_are_all_taken() -> None:
    drawn = sketch([task("a"), parallel("p"), task("b"), task("c")], "inicio > a > p > b\np > c").decode()
    without = drawn.replace(' id="fl_', ' data="fl_')

    assert _open(_done(_begun(without.encode()), "a")) == ["b", "c"]


# -- terms ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "length"),
    [
        ("PT10S", timedelta(seconds=10)),
        ("PT5M", timedelta(minutes=5)),
        ("P1DT2H", timedelta(days=1, hours=2)),
        ('"PT1H30M"', timedelta(minutes=90)),
    ],
)
def test_a_timer_may_run_for_any_length_of_clock_time(expression: str, length: timedelta) -> None:
    run = _begun(sketch([timer("t", expression), task("a")], "inicio > t > a"))

    (due,) = run.awaited().timers.values()
    assert due == MORNING + length
    assert _timers(run) == ["t"]


@pytest.mark.parametrize("expression", ["PT99999999999S", "P1Y2M", "P1MT1H", "PT-1S", "P4000DT1H"])
def test_a_length_that_is_none_or_bends_with_the_calendar_is_refused(expression: str) -> None:
    with pytest.raises(DiagramRefused):
        read(sketch([timer("t", expression), task("a")], "inicio > t > a"))
