"""Activities that are done once more: asked before or after each turn, at most so often, whatever they are."""

from __future__ import annotations

import pytest

from engine.bpmn.reader import read
from engine.errors import DiagramRefused
from tests.sketches import Node, boundary_timer, end, script, sketch, sub, task
from tests.unit.bpmn.test_events import Case, says


def loop(condition: str = "", *, before: bool = False, maximum: str | None = None) -> str:
    words = f' testBefore="{str(before).lower()}"' + (f' loopMaximum="{maximum}"' if maximum is not None else "")
    inner = f"<bpmn:loopCondition>{condition}</bpmn:loopCondition>" if condition else ""
    return f"<bpmn:standardLoopCharacteristics{words}>{inner}</bpmn:standardLoopCharacteristics>"


def repeated(node: Node, characteristics: str) -> Node:
    return Node(node.tag, node.id, node.attributes, node.inner + characteristics, node.properties, node.parameters)


COUNT = script("conta", 'n = n + 1\nlog = append(log, "volta")')
FLOWS = "inicio > conta > fim"


@pytest.mark.parametrize(("n", "turns"), [(0, 3), (1, 2), (2, 1), (9, 1)])
def test_a_loop_asked_after_is_done_once_at_least(n: int, turns: int) -> None:
    case = Case([repeated(COUNT, loop("n &lt; 3")), end("fim")], FLOWS, n=n)

    assert (case.log, case.finished) == (["volta"] * turns, True)


@pytest.mark.parametrize(("n", "turns"), [(0, 3), (2, 1), (3, 0), (9, 0)])
def test_a_loop_asked_before_may_never_be_done(n: int, turns: int) -> None:
    case = Case([repeated(COUNT, loop("n &lt; 3", before=True)), end("fim")], FLOWS, n=n)

    assert (case.log, case.finished) == (["volta"] * turns, True)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(("condition", "turns"), [("true", 4), ("", 4), ("n &lt; 2", 2)])
def test_a_loop_ends_at_its_maximum_or_sooner(condition: str, turns: int, *, before: bool) -> None:
    case = Case([repeated(COUNT, loop(condition, before=before, maximum="4")), end("fim")], FLOWS, n=0)

    assert len(case.log) == turns


def test_each_turn_of_a_task_is_a_new_attempt_and_the_loop_counts_anew_when_it_is_entered_again() -> None:
    nodes = [repeated(task("a"), loop(maximum="2")), task("b"), Node("exclusiveGateway", "g"), end("fim")]
    case = Case(nodes, "inicio > a > b > g\ng > a : de_novo = true\ng > fim : *")
    attempts = []

    for element in ("a", "a", "b", "a", "a", "b"):
        assert case.open == [element]
        attempts += [one.attempt for one in case.effects.opened if element == "a"]
        case.done(element, de_novo=len(attempts) < 4)

    assert attempts == [1, 2, 3, 4]
    assert case.finished


def test_a_sub_process_is_done_once_more_as_a_whole() -> None:
    inner = repeated(sub("sp", [task("a"), says("s"), end("fi")], "inicio_sp > a > s > fi"), loop("mais = true"))
    case = Case([inner, task("depois"), end("fim")], "inicio > sp > depois > fim")

    assert case.done("a", mais=True).open == ["a"]
    assert case.done("a", mais=False).open == ["depois"]
    assert case.log == ["s", "s"]


def test_a_term_that_interrupts_a_turn_ends_the_loop() -> None:
    nodes = [repeated(task("a"), loop(maximum="3")), boundary_timer("t", "a", "P1D"), task("b"), end("fim")]
    case = Case(nodes, "inicio > a > fim\nt > b > fim")

    assert case.done("a").open == ["a"]
    assert case.fired("t").open == ["b"]


def test_a_loop_that_was_interrupted_counts_anew_when_it_is_entered_again() -> None:
    nodes = [
        Node("exclusiveGateway", "g"),
        repeated(task("a"), loop(maximum="2")),
        boundary_timer("t", "a", "P1D"),
        end("fim"),
    ]
    case = Case(nodes, "inicio > g > a > fim\nt > g")

    assert case.done("a").fired("t").done("a").open == ["a"]
    assert case.done("a").finished


def test_flows_of_every_kind_leave_a_loop_only_at_its_end() -> None:
    nodes = [repeated(task("a"), loop(maximum="2")), task("b"), task("c"), end("fim")]
    case = Case(nodes, "inicio > a > b > fim\na > c : x = 1\nc > fim", x=1)

    assert case.done("a").open == ["a"]
    assert case.done("a").open == ["b", "c"]


def test_a_condition_that_is_not_one_stops_at_the_activity_and_loses_nothing() -> None:
    case = Case([repeated(task("a"), loop("nada")), end("fim")], "inicio > a > fim")
    case.done("a", feito=True)

    assert [(one.element, one.code) for one in case.effects.failures] == [("a", "expression-refused")]
    assert case.run.document.values["feito"] is True


@pytest.mark.parametrize(
    ("characteristics", "code"),
    [
        (loop(maximum="0"), "loop-maximum"),
        (loop(maximum="-1"), "loop-maximum"),
        (loop("true", maximum="100000"), "loop-maximum"),
        (loop("true", maximum="muitas"), "loop-maximum"),
        (loop(), "endless-loop"),
        (loop("n = = 1"), "expression-refused"),
        ("<bpmn:multiInstanceLoopCharacteristics />", "many-of-nothing"),
    ],
)
def test_a_loop_that_cannot_be_counted_or_never_ends_is_refused(characteristics: str, code: str) -> None:
    with pytest.raises(DiagramRefused) as refused:
        read(sketch([repeated(task("a"), characteristics), end("fim")], "inicio > a > fim"))

    assert ("a", code) in {(one["element"], one["code"]) for one in refused.value.facts["findings"]}


def test_a_transaction_that_nothing_cancels_is_a_sub_process() -> None:
    inner = sub("tx", [task("a"), end("fi")], "inicio_tx > a > fi")
    case = Case(
        [Node("transaction", "tx", inner.attributes, inner.inner), task("b"), end("fim")], "inicio > tx > b > fim"
    )

    assert case.open == ["a"]
    assert case.done("a").open == ["b"]


def test_a_transaction_that_is_cancelled_and_goes_nowhere_is_refused() -> None:
    cancels = Node("endEvent", "fc", {}, "<bpmn:cancelEventDefinition />")
    inner = sub("tx", [task("a"), cancels], "inicio_tx > a > fc")

    with pytest.raises(DiagramRefused, match="cancel-not-caught"):
        read(sketch([Node("transaction", "tx", {}, inner.inner), end("fim")], "inicio > tx > fim"))
