"""Ad-hoc sub-processes: what may be done at once, what ends them; saved and restored between any two moves."""

from __future__ import annotations

import pytest

from engine.bpmn.reader import read
from engine.errors import AnotherUnderWay, DiagramRefused
from tests.sketches import Node, boundary_timer, end, service, sketch, sub, task
from tests.unit.bpmn.test_events import Case, says


def ad_hoc(nodes: list[Node], flows: str = "", *, until: str = "", **words: str) -> Node:
    drawn = sub("livre", [Node("startEvent", "x"), *nodes], flows)
    inner = drawn.inner.replace('<bpmn:startEvent id="x" name="x"></bpmn:startEvent>', "")
    if until:
        inner += f"<bpmn:completionCondition>{until}</bpmn:completionCondition>"
    return Node("adHocSubProcess", "livre", dict(words), inner)


def begun(*nodes: Node, flows: str = "", until: str = "", **words: str) -> Case:
    return Case(
        [ad_hoc(list(nodes), flows, until=until, **words), task("depois"), end("fim")], "inicio > livre > depois > fim"
    )


def test_all_that_no_flow_enters_is_open_and_the_whole_ends_when_all_is_done() -> None:
    case = begun(task("a"), task("b"), task("c"), flows="a > c")

    assert case.open == ["a", "b"]
    assert case.done("b").done("a").open == ["c"]
    assert case.done("c").open == ["depois"]


def test_scripts_in_it_are_run_by_the_engine() -> None:
    case = begun(says("s"), says("t"), ordering="Sequential")

    assert (case.log, case.open) == (["s", "t"], ["depois"])


def test_the_completion_condition_ends_what_is_still_open() -> None:
    inner = sub("sp", [task("d"), end("fi")], "inicio_sp > d > fi")
    case = begun(
        task("a"), task("b"), inner, boundary_timer("t", "b", "P1D"), says("s"), flows="t > s", until="basta = true"
    )

    assert case.done("a", basta=False).open == ["b", "d"]
    assert case.done("d", basta=True).open == ["depois"]
    assert (len(case.effects.closed), len(case.effects.timers_gone)) == (1, 1)
    assert case.done("depois").finished


def test_what_is_open_is_finished_first_where_nothing_is_cancelled() -> None:
    case = begun(task("a"), task("b"), until="true", cancelRemainingInstances="false")

    assert case.done("a").open == ["b"]
    assert case.done("b").open == ["depois"]


def test_a_condition_that_is_none_stands_failed_and_keeps_what_was_done() -> None:
    case = begun(task("a"), task("b"), until="nada")

    case.done("a", nota=1)
    (failure,) = case.effects.failures
    case.run.document.values["nada"] = True
    assert case.run.retry(failure.task_id)
    case._settle()

    assert (failure.element, failure.code, case.open) == ("livre", "expression-refused", ["depois"])


def test_in_sequence_nothing_is_done_while_another_way_was_begun() -> None:
    case = begun(task("a"), task("b"), task("c"), flows="a > c", ordering="Sequential")

    assert case.done("a").open == ["b", "c"]
    with pytest.raises(AnotherUnderWay, match="'a'"):
        case.done("b")
    assert case.done("c").open == ["b"]
    assert case.done("b").open == ["depois"]


def test_in_sequence_a_job_under_way_and_a_sub_process_that_was_begun_go_first() -> None:
    inner = sub("sp", [task("d"), task("e"), end("fi")], "inicio_sp > d > e > fi")
    case = begun(task("a"), inner, ordering="Sequential")
    case.done("d")
    with pytest.raises(AnotherUnderWay, match="'sp'"):
        case.done("a")
    assert case.done("e").done("a").open == ["depois"]

    job = begun(service("j", "cadastro.consultar", {}, {}), task("a"), ordering="Sequential")
    with pytest.raises(AnotherUnderWay, match="'j'"):
        job.done("a")


def test_at_once_is_what_nothing_else_was_said_of() -> None:
    case = begun(task("a"), task("b"), task("c"), flows="a > c")

    assert case.done("a").done("b").open == ["c"]


def test_starts_and_ends_have_no_place_in_it() -> None:
    drawn = ad_hoc([task("a"), end("e")], "a > e", until="= =")

    with pytest.raises(DiagramRefused) as refused:
        read(sketch([drawn, end("fim")], "inicio > livre > fim"))

    found = {(one["element"], one["code"]) for one in refused.value.facts["findings"]}
    assert {("e", "not-in-ad-hoc"), ("livre", "expression-refused")} <= found
