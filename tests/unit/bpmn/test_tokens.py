"""Complex gateways and token quantities, as the standard counts tokens; saved and restored between any two moves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.bpmn.reader import read
from engine.errors import DiagramRefused
from tests.sketches import Node, boundary_timer, end, exclusive, parallel, script, sketch, task
from tests.unit.bpmn.test_events import Case, says


def complex_gateway(element: str, activation: str = "") -> Node:
    inner = f"<bpmn:activationCondition>{activation}</bpmn:activationCondition>" if activation else ""
    return Node("complexGateway", element, {}, inner)


def quantity(node: Node, *, start: str = "1", gives: str = "1") -> Node:
    return replace(node, attributes={**node.attributes, "startQuantity": start, "completionQuantity": gives})


THREE = "inicio > p\np > a > c\np > b > c\np > d > c\n"


def three(activation: str, after: str, *more: Node, **data: object) -> Case:
    nodes = [parallel("p"), task("a"), task("b"), task("d"), complex_gateway("c", activation), *more, end("fim")]
    return Case(nodes, THREE + after, **data)


# -- complex gateways -------------------------------------------------------------------------------------------------


def test_a_complex_gateway_fires_once_when_enough_have_come_and_swallows_the_rest() -> None:
    case = three("activationCount &gt;= 2", "c > depois > fim", task("depois"))

    assert case.done("b").open == ["a", "d"]
    assert case.done("a").open == ["d", "depois"]
    assert case.done("d").open == ["depois"]
    assert case.done("depois").finished


def test_a_complex_gateway_can_send_again_as_it_resets() -> None:
    after = "c > um : waitingForStart\nc > dois : not(waitingForStart)\num > fim\ndois > fim"
    case = three("activationCount = 1", after, says("um"), says("dois"))

    assert case.done("a").log == ["um"]
    assert case.done("b").log == ["um"]
    assert case.done("d").log == ["um", "dois"]
    assert case.finished


def test_a_complex_gateway_sees_the_case_and_takes_each_flow_that_holds() -> None:
    after = "c > um : n > 1\nc > dois : n > 2\nc > nenhum : *\num > fim\ndois > fim\nnenhum > fim"
    activation = "activationCount = 3 or pressa = true"

    slow = three(activation, after, says("um"), says("dois"), says("nenhum"), n=3)
    assert sorted(slow.done("a").done("b").done("d").log) == ["dois", "um"]
    fast = three(activation, after, says("um"), says("dois"), says("nenhum"), n=0, pressa=True)
    assert fast.done("a").log == ["nenhum"]


def test_a_complex_gateway_does_not_wait_for_what_cannot_come() -> None:
    nodes = [
        parallel("p"), task("a"), exclusive("g"), says("fora"), complex_gateway("c", "activationCount = 1"),
        task("depois"), end("fim"), end("outro"),
    ]  # fmt: skip
    flows = "inicio > p\np > a > c\np > b > g\ng > c : volta\ng > fora > outro : *\nc > depois > fim"
    case = Case([*nodes, task("b")], flows)

    assert case.done("a").open == ["b", "depois"]
    assert case.done("b", volta=False).open == ["depois"]
    assert case.done("depois").finished


def test_a_complex_gateway_counts_anew_in_the_second_round() -> None:
    nodes = [
        exclusive("g"), parallel("p"), task("a"), task("b"), complex_gateway("c", "activationCount = 2"), task("d"),
        exclusive("v"), end("fim"),
    ]  # fmt: skip
    case = Case(nodes, "inicio > g > p\np > a > c\np > b > c\nc > d > v\nv > g : de_novo\nv > fim : *")

    for again in (True, False):
        assert case.done("a").open == ["b"]
        assert case.done("b").open == ["d"]
        case.done("d", de_novo=again)

    assert case.finished


def test_a_complex_gateway_that_never_fires_leaves_a_case_that_nobody_moves() -> None:
    case = three("activationCount = 4", "c > fim")

    case.done("a").done("b").done("d")

    assert (case.open, case.finished, case.run.has_next_move()) == ([], False, False)


def test_a_complex_gateway_that_cannot_decide_keeps_its_tokens_for_the_retry() -> None:
    case = three("basta", "c > depois > fim", task("depois"))
    case.done("a")
    (failure,) = case.effects.failures
    assert (failure.element, failure.code) == ("c", "expression-refused")

    case.run.document.values["basta"] = True
    assert case.run.retry(failure.task_id)
    case._settle()

    assert case.open == ["b", "d", "depois"]
    assert case.done("depois").done("b").done("d").finished


def test_a_complex_gateway_with_one_way_in_only_parts() -> None:
    nodes = [task("a"), complex_gateway("c"), says("um"), says("dois"), end("fim")]

    assert Case(nodes, "inicio > a > c\nc > um : n = 1\num > fim\nc > dois > fim", n=1).done("a").log == ["um", "dois"]


def test_a_complex_gateway_without_a_condition_is_refused_where_tokens_meet() -> None:
    with pytest.raises(DiagramRefused, match="complex-without-condition"):
        three("", "c > fim")


# -- quantities -------------------------------------------------------------------------------------------------------


def test_an_activity_that_gives_three_tokens_lets_what_follows_be_done_three_times() -> None:
    case = Case([quantity(task("a"), gives="3"), says("s"), end("fim")], "inicio > a > s > fim")

    assert (case.done("a").log, case.finished) == (["s"] * 3, True)


def test_an_activity_that_wants_two_tokens_is_done_once_for_two() -> None:
    nodes = [parallel("p"), task("a"), task("b"), quantity(task("c"), start="2"), end("fim")]
    case = Case(nodes, "inicio > p\np > a > c\np > b > c\nc > fim")

    assert case.done("a").open == ["b"]
    assert case.done("b").open == ["c"]
    assert case.done("c").finished


def test_tokens_that_are_given_and_wanted_are_counted_out() -> None:
    nodes = [
        quantity(script("a", "x = 1"), gives="5"),
        quantity(says("s"), start="2", gives="2"),
        says("t"),
        end("fim"),
    ]
    case = Case(nodes, "inicio > a > s > t > fim")

    assert sorted(case.log) == ["s", "s", "t", "t", "t", "t"]
    assert (case.finished, case.run.has_next_move()) == (False, False)  # one token waits for another for ever


def test_a_boundary_event_ends_an_activity_that_collected_its_tokens() -> None:
    nodes = [
        quantity(task("a"), gives="2"), quantity(task("b"), start="2"), boundary_timer("t", "b", "P1D"), says("s"),
        end("fim"),
    ]  # fmt: skip
    case = Case(nodes, "inicio > a > b > fim\nt > s > fim")

    assert case.done("a").open == ["b"]
    assert case.fired("t").log == ["s"]
    assert case.finished


@pytest.mark.parametrize(("start", "gives"), [("0", "1"), ("1", "0"), ("-1", "1"), ("x", "1"), ("1", "101")])
def test_quantities_that_are_no_counts_are_refused(start: str, gives: str) -> None:
    with pytest.raises(DiagramRefused, match="unsupported-quantity"):
        read(sketch([quantity(task("a"), start=start, gives=gives), end("fim")], "inicio > a > fim"))
