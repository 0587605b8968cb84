"""Call activities: a process of the same document runs inside the case. Between any two moves the case is saved."""

from __future__ import annotations

from typing import Any

import pytest

from engine.bpmn.check.around import Surroundings
from engine.bpmn.reader import read
from engine.errors import DiagramRefused
from engine.runtime.run import Run
from tests.sketches import (
    Node,
    boundary,
    boundary_error,
    call,
    document,
    end,
    error,
    escalate,
    escalation,
    exclusive,
    global_task,
    on,
    parallel,
    process,
    script,
    sub,
    task,
    undo,
    undone_by,
)  # fmt: skip
from tests.unit.bpmn.test_events import Case, handler, says
from tests.unit.runtime.walks import around


class Called(Case):
    """A case of the first of several processes of a document."""

    def __init__(self, *parts: str, **data: Any) -> None:
        self.run = Run.start(read(document(*parts), process="teste"), {"log": [], **data}, around())
        self._settle()


def refused(*parts: str) -> list[dict[str, object]]:
    with pytest.raises(DiagramRefused) as caught:
        Called(*parts)
    found: list[dict[str, object]] = caught.value.facts["findings"]  # type: ignore[assignment]  # its own fact
    return found


CALLER = process("teste", [call("c", "outro"), says("depois"), end("fim")], "inicio > c > depois > fim")


def outro(nodes: list[Node], flows: str) -> str:
    return process("outro", [Node("startEvent", "io"), *nodes], flows)


def test_the_called_process_runs_inside_the_case_and_the_caller_waits_for_it() -> None:
    case = Called(CALLER, outro([says("a"), task("b"), end("fo")], "io > a > b > fo"))

    assert (case.log, case.open) == (["a"], ["b"])
    assert case.done("b").log == ["a", "depois"]
    assert case.finished


def test_a_process_is_called_from_two_places_and_in_rounds() -> None:
    nodes = [exclusive("g"), call("c", "outro"), exclusive("h"), call("d", "outro"), end("fim")]
    caller = process("teste", nodes, "inicio > g > c > h\nh > g : mais = true\nh > d : *\nd > fim")
    case = Called(caller, outro([task("b"), end("fo")], "io > b > fo"))

    case.done("b", mais=True).done("b", mais=False).done("b")

    assert case.finished
    assert case.effects.trace[-1].element.id == "fim"


def test_calls_that_run_at_once_keep_apart() -> None:
    nodes = [parallel("p"), call("c", "outro"), call("d", "outro"), parallel("j"), end("fim")]
    case = Called(
        process("teste", nodes, "inicio > p > c > j\np > d > j > fim"), outro([task("b"), end("fo")], "io > b > fo")
    )

    assert case.open == ["b", "b"]
    assert case.done("b").open == ["b"]
    assert case.done("b").finished


def test_a_message_on_the_boundary_ends_what_is_called() -> None:
    hears = boundary("corta", "c", '<bpmn:messageEventDefinition messageRef="msg_m" />', chave='"1"')
    nodes = [call("c", "outro"), hears, says("fora"), end("fim"), end("f2")]
    caller = process("teste", nodes, "inicio > c > fim\ncorta > fora > f2")
    case = Called(caller, outro([task("b"), end("fo")], "io > b > fo"))

    case.heard("corta")

    assert (case.open, case.log, case.finished) == ([], ["fora"], True)


def test_errors_and_escalations_rise_out_of_what_is_called() -> None:
    nodes = [call("c", "outro"), boundary_error("be", "c", "x"), says("erro"), end("fim"), end("f2"), end("f3")]
    nodes += [boundary("bs", "c", escalation("y"), interrupting=False), says("sobe")]
    caller = process("teste", nodes, "inicio > c > fim\nbe > erro > f2\nbs > sobe > f3")
    case = Called(caller, outro([escalate("e", "y"), task("b"), end("fo", error="x")], "io > e > b > fo"))

    assert case.log == ["sobe"]
    assert case.done("b").log == ["sobe", "erro"]
    assert case.finished


def test_an_event_sub_process_of_the_caller_catches_what_is_called() -> None:
    catches = handler("h", on("e", error("x")), says("trata"), flows="e > trata")
    caller = process("teste", [call("c", "outro"), catches, end("fim")], "inicio > c > fim")
    case = Called(caller, outro([task("b"), end("fo", error="x")], "io > b > fo"))

    assert case.done("b").log == ["trata"]
    assert case.finished


def test_terminating_what_is_called_lets_the_caller_go_on() -> None:
    stops = Node("endEvent", "stop", {}, "<bpmn:terminateEventDefinition />")
    case = Called(
        CALLER, outro([parallel("p"), task("a"), task("b"), stops, end("fo")], "io > p > a > stop\np > b > fo")
    )

    case.done("a")

    assert (case.open, case.log, case.finished) == ([], ["depois"], True)


def test_a_call_is_undone_by_its_handler_and_not_from_inside() -> None:
    nodes = [call("c", "outro"), *undone_by("c", says("dc")), undo("u"), end("fim")]
    case = Called(
        process("teste", nodes, "inicio > c > u > fim"),
        outro([says("x"), *undone_by("x", says("dx")), end("fo")], "io > x > fo"),
    )

    assert case.log == ["x", "dc"]


def test_a_throw_inside_what_is_called_undoes_only_what_was_done_there() -> None:
    nodes = [says("a"), *undone_by("a", says("da")), call("c", "outro"), end("fim")]
    case = Called(
        process("teste", nodes, "inicio > a > c > fim"),
        outro([says("x"), *undone_by("x", says("dx")), undo("u"), end("fo")], "io > x > u > fo"),
    )

    assert (case.log, case.finished) == (["a", "x", "dx"], True)


def test_a_process_may_call_itself_behind_a_gateway() -> None:
    nodes = [script("conta", "n = n + 1"), says("v"), exclusive("g"), call("c", "teste"), exclusive("j"), end("fim")]
    case = Called(process("teste", nodes, "inicio > conta > v > g\ng > c : n < 4\ng > j : *\nc > j > fim"), n=0)

    assert (case.log, case.finished) == (["v"] * 4, True)


def test_calls_inside_one_another_stop_at_the_limit_and_can_be_tried_again() -> None:
    nodes = [script("conta", "n = n + 1"), exclusive("g"), call("c", "teste"), exclusive("j"), end("fim")]
    case = Called(process("teste", nodes, "inicio > conta > g\ng > c : n < 99\ng > j : *\nc > j > fim"), n=0)

    assert [(one.element, one.code) for one in case.effects.failures] == [("c", "call-refused")]
    assert case.run.document.values["n"] == 11
    assert case.run.retry(case.effects.failures[0].task_id)
    assert [one.code for one in case.run.effects().failures] == ["call-refused"]


def test_global_tasks_are_done_in_the_place_of_the_call() -> None:
    nodes = [call("c", "gu"), call("d", "gs"), end("fim")]
    person = global_task("globalUserTask", "gu", {"name": "assinar", "camunda:candidateGroups": "obras"})
    runs = global_task("globalScriptTask", "gs", {"scriptLanguage": "feel"}, '<bpmn:script>log = ["gs"]</bpmn:script>')
    case = Called(process("teste", nodes, "inicio > c > d > fim"), person, runs)

    assert case.open == ["c"]
    assert [one.role for one in case.effects.opened] == ["obras"]
    assert case.done("c").log == ["gs"]
    assert case.finished


def test_a_call_in_a_sub_process_of_a_called_process_is_read_too() -> None:
    middle = outro([sub("s", [call("c2", "terceiro"), end("fs")], "inicio_s > c2 > fs"), end("fo")], "io > s > fo")
    third = process("terceiro", [Node("startEvent", "it"), task("t"), end("ft")], "it > t > ft")
    case = Called(CALLER, middle, third)

    assert case.open == ["t"]
    assert case.done("t").finished


# -- data -------------------------------------------------------------------------------------------------------------


def _passing(*said: str) -> str:
    return f"<bpmn:extensionElements>{''.join(f'<camunda:{one} />' for one in said)}</bpmn:extensionElements>"


def test_a_called_process_with_data_of_its_own_sees_and_writes_only_those() -> None:
    said = _passing(
        'in source="log" target="log"', 'in sourceExpression="=n + 1" target="m"', 'out source="m" target="r"'
    )
    caller = process("teste", [call("c", "outro", said), says("depois"), end("fim")], "inicio > c > depois > fim")
    inside = [script("s", "m = m * 10\nn = 99"), task("b"), says("dentro"), end("fo")]
    case = Called(caller, outro(inside, "io > s > b > dentro > fo"), n=4)

    case.done("b", n=7)

    assert case.run.document.values == {"log": ["depois"], "n": 4, "r": 50}
    assert case.finished


def test_everything_goes_in_and_comes_out_when_it_is_said_so() -> None:
    said = _passing('in variables="all"', 'out variables="all"')
    caller = process("teste", [call("c", "outro", said), end("fim")], "inicio > c > fim")
    case = Called(caller, outro([says("a"), task("b"), end("fo")], "io > a > b > fo"))

    assert case.log == []
    assert case.done("b").log == ["a"]


def test_what_goes_in_and_does_not_compile_is_refused() -> None:
    said = _passing('in sourceExpression="=1 +" target="m"')
    caller = process("teste", [call("c", "outro", said), end("fim")], "inicio > c > fim")

    found = refused(caller, outro([task("b"), end("fo")], "io > b > fo"))
    assert [(one["element"], one["code"]) for one in found] == [("c", "expression-refused")]


# -- refusals ---------------------------------------------------------------------------------------------------------


def test_a_call_of_nothing_is_refused() -> None:
    assert refused(process("teste", [call("c", None), end("fim")], "inicio > c > fim")) == [
        {"element": "c", "code": "call-without-target"}
    ]


def test_a_call_of_what_does_not_exist_is_refused() -> None:
    with pytest.raises(DiagramRefused) as refused:
        read(document(CALLER), Surroundings(procedures={"terceiro": {1}}))

    assert refused.value.facts["findings"] == [{"element": "c", "code": "called-unknown", "name": "outro"}]


def test_a_process_that_always_calls_itself_again_is_refused() -> None:
    back = outro([task("b"), call("d", "teste"), end("fo")], "io > b > d > fo")

    assert [(one["element"], one["code"]) for one in refused(CALLER, back)] == [
        ("c", "endless-call"),
        ("d", "endless-call"),
    ]


def test_what_is_wrong_in_a_called_process_is_found() -> None:
    assert refused(CALLER, outro([task("b"), task("perdida"), end("fo")], "io > b > fo")) == [
        {"element": "perdida", "code": "no-way-on"},
        {"element": "perdida", "code": "unreachable"},
    ]


def test_a_process_that_begins_with_an_event_cannot_be_called() -> None:
    begins = Node("startEvent", "io", {}, '<bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration>'
                  "</bpmn:timerEventDefinition>")  # fmt: skip
    found = refused(CALLER, process("outro", [begins, end("fo")], "io > fo"))

    assert [one["element"] for one in found] == ["io"]


def test_the_same_id_in_two_processes_of_a_document_is_refused() -> None:
    found = refused(CALLER, process("outro", [Node("startEvent", "inicio"), end("fo")], "inicio > fo"))

    assert {"element": "inicio", "code": "duplicate-id"} in found


def test_a_call_of_what_only_an_event_begins_is_refused() -> None:
    begins = Node("startEvent", "e", {}, '<bpmn:messageEventDefinition messageRef="msg_x" />')
    other = process("outro", [begins, task("b"), end("f")], "e > b > f")

    assert {"element": "c", "code": "called-begins-by-event", "name": "outro"} in refused(CALLER, other)
