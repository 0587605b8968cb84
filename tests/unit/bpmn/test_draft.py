"""A drawing that lacks conditions, times, roles and machines runs as a draft: what it lacks is asked of people."""

from __future__ import annotations

from typing import Any

import pytest

from engine.bpmn.check.around import Surroundings, Topic
from engine.bpmn.draft.plan import Draft
from engine.bpmn.reader import Blueprint, read, read_cached_draft, read_draft
from engine.errors import DiagramRefused
from engine.runtime.run import Run
from tests.sketches import (
    Node,
    boundary_error,
    end,
    error,
    event_based,
    exclusive,
    inclusive,
    parallel,
    sketch,
    sub,
    timer,
)
from tests.unit.runtime.walks import around, move

ROLES = Surroundings(
    roles=frozenset({"protocolo", "obras", "saude", "requerente"}),
    topics={"pedir": Topic(inputs={}, fits=lambda _kind, _value: True)},
    decisions=set(),
)


def task(element: str, kind: str = "task", inner: str = "") -> Node:
    return Node(kind, element, {}, inner)


def catch(element: str, kind: str = "timer") -> Node:
    return Node("intermediateCatchEvent", element, {}, f"<bpmn:{kind}EventDefinition />")


def boundary(element: str, host: str, kind: str = "timer", *, interrupting: bool = True) -> Node:
    attributes = {"attachedToRef": host, "cancelActivity": str(interrupting).lower()}
    return Node("boundaryEvent", element, attributes, f"<bpmn:{kind}EventDefinition />")


class Trial:
    """A case of a draft; each verb saves and restores it, on the plan that its version would have kept."""

    def __init__(self, nodes: list[Node], flows: str, **data: Any) -> None:
        xml = sketch(nodes, flows)
        planned = read_draft(xml, "protocolo", ROLES).draft
        assert planned is not None
        kept = Draft.of_json(planned.as_json())
        assert kept == planned
        self.blueprint: Blueprint = read_cached_draft(str(hash(xml)), xml, kept)
        self.run = Run.start(self.blueprint, data, around())
        self._settle()

    def _settle(self) -> None:
        self.effects = self.run.effects()
        self.run = Run.load(self.blueprint, self.run.dump(), self.run.document.values, around())

    def done(self, element: str, **answers: Any) -> Trial:
        """Complete the open task of an element, or of that name."""
        move(
            self.run,
            "complete",
            next(one for one in self.run.awaited().people.values() if self._is(one, element)),
            answers,
        )
        self._settle()
        return self

    def _is(self, element: str, said: str) -> bool:
        return said in {element, self.blueprint.elements[element].name}

    @property
    def open(self) -> list[str]:
        found = self.run.awaited().people.values()
        return sorted(self.blueprint.elements[one].name for one in found)

    def ways(self, element: str) -> tuple[str, ...]:
        return next(one.ways for name, one in self.blueprint.questions.items() if self._is(name, element))


PARTED = [task("a"), exclusive("g"), task("b"), task("c"), end("fim")]

# -- ways -------------------------------------------------------------------------------------------------------------


def named(flows: dict[str, str], xml: bytes) -> bytes:
    for flow, name in flows.items():
        xml = xml.replace(f'id="{flow}" '.encode(), f'id="{flow}" name="{name}" '.encode())
    return xml


@pytest.mark.parametrize(("way", "opened"), [("b", "b"), ("c", "c")])
def test_the_task_before_a_parting_without_conditions_asks_which_way(way: str, opened: str) -> None:
    trial = Trial(
        [task("a"), exclusive("g"), task("b"), task("c"), end("fim")], "inicio > a > g > b > fim\ng > c > fim"
    )

    assert trial.ways("a") == ("b", "c")
    assert trial.done("a", caminho=way).open == [opened]


def test_ways_bear_the_names_of_flows_and_else_of_where_they_lead_past_unnamed_joins() -> None:
    nodes = [task("a"), exclusive("g"), Node("exclusiveGateway", "j", {"name": None}), task("b"), end("fim")]
    xml = sketch(nodes, "inicio > a > g > b > fim\ng > j > fim\ng > j")

    blueprint = read_draft(named({"fl_g_b_2": "Deferir"}, xml), "protocolo")

    assert blueprint.questions["a"].ways == ("Deferir", "fim", "fim (2)")


def test_a_way_that_nobody_offered_opens_no_way_and_the_case_says_so() -> None:
    trial = Trial(
        [task("a"), exclusive("g"), task("b"), task("c"), end("fim")], "inicio > a > g > b > fim\ng > c > fim"
    )

    trial.done("a", caminho="outro")

    assert [one.code for one in trial.effects.failures] == ["no-way-matches"]


def test_of_an_inclusive_parting_several_ways_may_be_taken_and_they_join_again() -> None:
    nodes = [task("a"), inclusive("g"), task("b"), task("c"), task("d"), inclusive("j"), task("e"), end("fim")]
    trial = Trial(nodes, "inicio > a > g > b > j > e > fim\ng > c > j\ng > d > j")

    trial.done("a", caminho=["b", "d"])

    assert trial.open == ["b", "d"]
    assert trial.done("b").open == ["d"]
    assert trial.done("d").open == ["e"]


def test_an_inclusive_gateway_that_joins_and_parts_asks_after_the_join() -> None:
    nodes = [parallel("p"), task("b"), task("c"), inclusive("g"), task("d"), task("e"), end("fim")]
    trial = Trial(nodes, "inicio > p > b > g > d > fim\np > c > g > e > fim")

    assert trial.done("b").open == ["c"]
    assert trial.done("c").open == ["Escolher o caminho: g"]
    assert trial.done("Escolher o caminho: g", caminho=["d", "e"]).open == ["d", "e"]


@pytest.mark.parametrize(
    ("nodes", "before"),
    [
        ([], "inicio > g"),
        ([parallel("p"), task("x")], "inicio > p > g\np > x > fim"),
        ([sub("s", [Node("startEvent", "is"), task("y"), Node("endEvent", "fs")], "is > y > fs")], "inicio > s > g"),
    ],
    ids=["start", "fork", "scope"],
)
def test_where_no_persons_task_comes_before_a_task_to_choose_opens(nodes: list[Node], before: str) -> None:
    trial = Trial([*nodes, exclusive("g"), task("b"), task("c"), end("fim")], before + "\ng > b > fim\ng > c > fim")
    if "y" in trial.open:
        trial.done("y")

    assert "Escolher o caminho: g" in trial.open
    assert "c" in trial.done("Escolher o caminho: g", caminho="c").open


def test_two_partings_in_a_row_are_asked_one_after_the_other() -> None:
    nodes = [task("a"), exclusive("g"), exclusive("h"), task("b"), task("c"), task("d"), end("fim")]
    trial = Trial(nodes, "inicio > a > g > h > b > fim\nh > c > fim\ng > d > fim")

    assert trial.done("a", caminho="h").open == ["Escolher o caminho: h"]
    assert trial.done("Escolher o caminho: h", caminho="c").open == ["c"]


def test_a_loop_back_asks_again_each_time() -> None:
    trial = Trial([task("a"), task("b"), exclusive("g"), end("fim")], "inicio > a > b > g > a\ng > fim")

    for way in ("a", "a", "fim"):
        assert trial.open == ["a"]
        trial.done("a").done("b", caminho=way)

    assert trial.effects.finished


def test_conditions_that_cannot_be_read_are_asked_and_those_that_can_still_decide_elsewhere() -> None:
    nodes = [task("a"), exclusive("g"), task("b"), task("c"), exclusive("h"), task("d"), end("fim")]
    flows = "inicio > a > g > b > h > d > fim : *\ng > c > fim : valor maior que mil reais"
    trial = Trial(nodes, flows.replace(" > d > fim : *", " > fim : *") + "\nh > d : n = 1\nd > fim", n=1)

    assert trial.ways("a") == ("b", "c")
    assert trial.done("a", caminho="b").done("b").open == ["d"]


def test_a_complex_gateway_without_a_rule_is_asked_as_an_inclusive_one() -> None:
    trial = Trial([task("a"), Node("complexGateway", "g"), task("b"), task("c")], "inicio > a > g > b\ng > c")

    assert trial.done("a", caminho=["b", "c"]).open == ["b", "c"]


# -- time and events --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("timer", "Registrar que o prazo passou: t"),
        ("message", "Registrar que a mensagem chegou: t"),
        ("signal", "Registrar que o sinal chegou: t"),
        ("conditional", "Registrar que a condição se cumpriu: t"),
    ],
)
def test_an_event_that_is_not_described_waits_for_a_person(kind: str, words: str) -> None:
    trial = Trial([task("a"), catch("t", kind), task("b"), end("fim")], "inicio > a > t > b > fim")

    assert trial.done("a").open == [words]
    assert trial.done("t").open == ["b"]


def test_a_timer_with_a_time_keeps_it_in_a_draft() -> None:
    trial = Trial([timer("t", "P5D"), exclusive("g"), task("b"), end("fim")], "inicio > t > g > b > fim\ng > fim")

    assert trial.open == []
    assert len(trial.effects.timers) == 1


@pytest.mark.parametrize("kind", ["timer", "message"])
def test_a_boundary_event_without_words_is_registered_while_its_task_is_open(kind: str) -> None:
    nodes = [task("a"), boundary("t", "a", kind), task("b"), task("c"), end("fim")]
    flows = "inicio > a > b > fim\nt > c > fim"
    happened = {"timer": "Registrar que o prazo passou: t", "message": "Registrar que a mensagem chegou: t"}[kind]

    assert Trial(nodes, flows).open == sorted([happened, "a"])
    assert Trial(nodes, flows).done("a").open == ["b"]
    assert Trial(nodes, flows).done(happened).open == ["c"]


def test_one_that_does_not_interrupt_leaves_the_task_open() -> None:
    nodes = [task("a"), boundary("t", "a", interrupting=False), task("b"), task("c"), end("fim")]
    trial = Trial(nodes, "inicio > a > b > fim\nt > c > fim")

    trial.done("Registrar que o prazo passou: t")

    assert trial.open == ["a", "c"]
    assert trial.done("a").open == ["b", "c"]


def test_a_watched_task_still_asks_which_way() -> None:
    nodes = [task("a"), boundary("t", "a"), boundary("u", "a"), exclusive("g"), task("b"), task("c"), end("fim")]
    trial = Trial(nodes, "inicio > a > g > b > fim\ng > fim\nt > c > fim\nu > fim")

    assert trial.done("a", caminho="b").open == ["b"]


def test_what_an_event_gateway_awaits_without_words_is_a_choice_of_what_happened() -> None:
    nodes = [task("a"), event_based("g"), catch("t"), catch("m", "message"), task("b"), task("c"), end("fim")]
    trial = Trial(nodes, "inicio > a > g > t > b > fim\ng > m > c > fim")

    assert trial.ways("a") == ()
    assert trial.done("a").open == ["Registrar o que aconteceu: g"]
    assert trial.ways("Registrar o que aconteceu: g") == ("t", "m")
    assert trial.done("Registrar o que aconteceu: g", caminho="m").open == ["c"]


# -- who and how ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "node",
    [
        task("s", "serviceTask"),
        task("s", "businessRuleTask"),
        task("s", "sendTask"),
        task("s", "receiveTask"),
        task("s", "callActivity"),
        Node("scriptTask", "s", {"scriptFormat": "groovy"}, "<bpmn:script>x = 1</bpmn:script>"),
        Node("serviceTask", "s", {"camunda:type": "external", "camunda:topic": "nunca_visto"}),
        Node("serviceTask", "s", {"camunda:class": "br.gov.Coisa"}),
        Node("subProcess", "s"),
    ],
    ids=lambda node: f"{node.tag}{sorted(node.attributes.values())}",
)
def test_what_a_machine_would_do_and_nothing_describes_is_done_by_a_person(node: Node) -> None:
    trial = Trial([node, task("b"), end("fim")], "inicio > s > b > fim")

    assert trial.open == ["s"]
    assert trial.blueprint.questions["s"].result
    assert trial.done("s").open == ["b"]


def test_a_service_that_the_city_knows_stays_a_job_in_a_draft() -> None:
    service = Node("serviceTask", "s", {"camunda:type": "external", "camunda:topic": "pedir"})
    trial = Trial([service, task("b"), end("fim")], "inicio > s > b > fim")

    assert (trial.open, [one.topic for one in trial.effects.jobs]) == ([], ["pedir"])


def test_a_script_task_without_a_script_does_nothing_and_one_in_feel_runs() -> None:
    written = Node("scriptTask", "w", {"scriptFormat": "feel"}, "<bpmn:script>n = 2</bpmn:script>")
    trial = Trial(
        [Node("scriptTask", "s"), written, exclusive("g"), task("b"), end("fim")],
        "inicio > s > w > g > b > fim\ng > fim",
    )

    assert trial.run.document.values["n"] == 2


def test_lanes_that_bear_a_roles_name_are_that_roles_and_the_rest_is_the_drafts() -> None:
    lanes = "".join(
        f'<bpmn:lane id="Lane_{n}" name="{name}"><bpmn:flowNodeRef>{node}</bpmn:flowNodeRef></bpmn:lane>'
        for n, (name, node) in enumerate(
            [("Secretaria de Obras", "a"), ("Cidadão", "b"), ("Gabinete", "c"), ("saude", "d")]
        )
    )
    nodes = [task(one) for one in "abcd"] + [end("fim")]
    xml = sketch(nodes, "inicio > a > b > c > d > fim").replace(
        b"<bpmn:startEvent", f"<bpmn:laneSet id='l'>{lanes}</bpmn:laneSet><bpmn:startEvent".encode(), 1
    )

    blueprint = read_draft(xml, "protocolo", ROLES)

    assert [blueprint.elements[one].note.role for one in "abcd"] == ["obras", "requerente", "protocolo", "saude"]


def test_a_loop_that_nothing_ends_is_asked_after_each_turn() -> None:
    repeated = task("a", inner="<bpmn:standardLoopCharacteristics />")
    trial = Trial([repeated, task("b"), end("fim")], "inicio > a > b > fim")

    for _ in range(2):
        assert trial.done("a", caminho="Fazer mais uma vez").open == ["a"]

    assert trial.done("a", caminho="Seguir adiante").open == ["b"]


def test_several_beginnings_are_a_choice_and_what_leads_nowhere_ends() -> None:
    nodes = [Node("startEvent", "i"), Node("startEvent", "k"), task("a"), task("b"), task("solta"), end("fim")]
    trial = Trial(nodes, "i > a > fim\nk > b")

    assert trial.open == ["Escolher o caminho: Por onde começa?"]
    trial.done("Escolher o caminho: Por onde começa?", caminho="k").done("b")

    assert trial.effects.finished


def test_data_drawn_beside_tasks_without_saying_what_moves_hinders_no_draft() -> None:
    moved = (
        '<bpmn:property id="p" name="__targetRef_placeholder" /><bpmn:dataInputAssociation id="d">'
        "<bpmn:sourceRef>documento</bpmn:sourceRef><bpmn:targetRef>p</bpmn:targetRef></bpmn:dataInputAssociation>"
        '<bpmn:dataOutputAssociation id="e"><bpmn:targetRef>documento</bpmn:targetRef></bpmn:dataOutputAssociation>'
    )
    paper = Node("dataObjectReference", "documento", {"dataObjectRef": "objeto"})
    trial = Trial([task("a", inner=moved), paper, Node("dataObject", "objeto"), task("b")], "inicio > a > b")

    assert trial.done("a").open == ["b"]


def test_an_error_that_nobody_handles_ends_its_scope_and_one_that_is_handled_is_handled() -> None:
    inner = [Node("startEvent", "is"), task("x"), Node("endEvent", "fe", {}, error("E1"))]
    handled = [sub("s", inner, "is > x > fe"), boundary_error("h", "s", "E1"), task("b"), end("fim")]
    flows = "inicio > s > fim\nh > b > fim"
    plain = [task("a"), Node("endEvent", "fe", {}, error("E2")), parallel("p"), task("c")]

    assert Trial(handled, flows).done("x").open == ["b"]
    assert Trial(plain, "inicio > p > a > fe\np > c").done("a").effects.finished


# -- what stays refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nodes", "flows", "code"),
    [
        ([task("a"), end("fim")], "inicio > a > nada", "flow-to-nowhere"),
        (
            [exclusive("g"), task("a"), task("b"), parallel("j"), end("fim")],
            "inicio > g > a > j > fim\ng > b > j",
            "join-never-fires",
        ),
        ([task("a"), Node("subChoreography", "x"), end("fim")], "inicio > a > fim", "unsupported-element"),
    ],
)
def test_what_nobody_can_stand_in_for_stays_refused(nodes: list[Node], flows: str, code: str) -> None:
    with pytest.raises(DiagramRefused) as refused:
        read_draft(sketch(nodes, flows), "protocolo")

    found: Any = refused.value.facts["findings"]
    assert code in {one["code"] for one in found}


def test_a_drawing_that_lacks_nothing_is_filled_in_with_nothing() -> None:
    nodes = [Node("userTask", "a", {"camunda:candidateGroups": "obras"}), end("fim")]

    planned = read_draft(sketch(nodes, "inicio > a > fim"), "protocolo", ROLES).draft

    assert planned is not None
    assert planned.acts == ()
    assert read(sketch(nodes, "inicio > a > fim")).draft is None


def test_the_pool_in_which_most_is_done_is_run_though_none_is_executable() -> None:
    xml = sketch([task("a"), task("b")], "inicio > a > b").replace(b'isExecutable="true"', b'isExecutable="false"')
    xml = xml.replace(
        b"</bpmn:definitions>", b'<bpmn:process id="outro"><bpmn:task id="z"/></bpmn:process></bpmn:definitions>'
    )

    assert read_draft(xml, "protocolo").drawing.process_id == "teste"
