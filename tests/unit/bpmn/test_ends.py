"""A terminate end event ends its scope, with the event sub-processes that run beside it, and no other."""

from __future__ import annotations

from tests.sketches import Node, end, escalate, escalation, on, parallel, sub, task
from tests.unit.bpmn.test_events import Case, handler, says

STOPS = Node("endEvent", "stop", {}, "<bpmn:terminateEventDefinition />")


def _beside() -> Node:
    return handler("h", on("e", escalation("y"), interrupting=False), task("lado"), flows="e > lado")


def test_an_event_sub_process_that_runs_beside_its_scope_ends_with_it() -> None:
    inside = [escalate("sobe", "y"), task("a"), STOPS, _beside()]
    nodes = [sub("s", inside, "inicio_s > sobe > a > stop"), says("depois"), end("fim")]
    case = Case(nodes, "inicio > s > depois > fim")

    assert sorted(case.open) == ["a", "lado"]
    case.done("a")

    assert (case.open, case.log, case.finished) == ([], ["depois"], True)


def test_terminating_the_process_ends_everything() -> None:
    case = Case([escalate("sobe", "y"), task("a"), STOPS, _beside()], "inicio > sobe > a > stop")

    case.done("a")

    assert (case.open, case.finished) == ([], True)


def test_terminating_an_event_sub_process_ends_only_that() -> None:
    inside = [parallel("p"), task("lado"), task("outra"), STOPS, end("fh")]
    beside = handler("h", on("e", escalation("y"), interrupting=False), *inside,
                     flows="e > p > lado > stop\np > outra > fh")  # fmt: skip
    case = Case([escalate("sobe", "y"), task("a"), beside, end("fim")], "inicio > sobe > a > fim")

    case.done("lado")

    assert case.open == ["a"]
    assert case.done("a").finished


def test_terminating_an_inner_scope_lets_the_outer_go_on() -> None:
    inner = sub("t", [parallel("p"), task("a"), task("b"), STOPS, end("ft")], "inicio_t > p > a > stop\np > b > ft")
    nodes = [sub("s", [inner, task("c"), end("fs")], "inicio_s > t > c > fs"), end("fim")]
    case = Case(nodes, "inicio > s > fim")

    assert case.done("a").open == ["c"]
    assert case.done("c").finished
