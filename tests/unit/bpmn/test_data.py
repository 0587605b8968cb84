"""Data objects, properties, inputs and outputs: values move between names of the case's one document."""

from __future__ import annotations

import pytest

from engine.bpmn.reader import read
from engine.errors import DiagramRefused
from tests.sketches import Node, boundary, end, event_based, exclusive, script, sketch, sub, task, timer, told
from tests.unit.runtime.played import Played, catches, says


def takes(source: str, target: str, inner: str = "") -> str:
    return (
        f"<bpmn:dataInputAssociation><bpmn:sourceRef>{source}</bpmn:sourceRef><bpmn:targetRef>{target}</bpmn:targetRef>"
        f"{inner}</bpmn:dataInputAssociation>"
    )


def gives(source: str, target: str, inner: str = "") -> str:
    origin = f"<bpmn:sourceRef>{source}</bpmn:sourceRef>" if source else ""
    return (
        f"<bpmn:dataOutputAssociation>{origin}<bpmn:targetRef>{target}</bpmn:targetRef>{inner}"
        f"</bpmn:dataOutputAssociation>"
    )


def assigns(source: str, target: str) -> str:
    return f"<bpmn:assignment><bpmn:from>{source}</bpmn:from><bpmn:to>{target}</bpmn:to></bpmn:assignment>"


def io(*, inputs: str = "", outputs: str = "") -> str:
    found = "".join(f'<bpmn:dataInput id="in_{name}" name="{name}" />' for name in inputs.split())
    found += "".join(f'<bpmn:dataOutput id="out_{name}" name="{name}" />' for name in outputs.split())
    return f"<bpmn:ioSpecification>{found}<bpmn:inputSet /><bpmn:outputSet /></bpmn:ioSpecification>"


def holder(element: str, name: str = "") -> list[Node]:
    """Return a data object and the reference `r_<element>` to it."""
    return [
        Node("dataObject", element, {"name": name or None}),
        Node("dataObjectReference", f"r_{element}", {"name": None, "dataObjectRef": element}),
    ]


def with_data(node: Node, inner: str) -> Node:
    return Node(node.tag, node.id, node.attributes, node.inner + inner, node.properties, node.parameters)


def test_what_a_task_gives_and_another_takes_goes_by_the_name_of_the_data_object():
    writer = with_data(script("escreve", 'saiu = "a"'), io(outputs="saiu") + gives("out_saiu", "r_obj"))
    reader = with_data(script("le", "lido = entrou"), io(inputs="entrou") + takes("r_obj", "in_entrou"))
    case = Played([*holder("obj", "pedido"), writer, reader, task("a")], "inicio > escreve > le > a")

    data = case.run.document.values
    assert (data["saiu"], data["pedido"], data["entrou"], data["lido"]) == ("a", "a", "a", "a")


def test_an_object_without_a_name_goes_by_its_reference_or_its_id():
    named = Node("dataObjectReference", "ref", {"name": "pedido", "dataObjectRef": "o1"})
    objects = [Node("dataObject", "o1", {"name": None}), named, Node("dataObject", "o2", {"name": "Um Objeto"})]
    writer = with_data(script("x", "v = 1"), io(outputs="v") + gives("out_v", "ref") + gives("out_v", "o2"))
    case = Played([*objects, writer, task("a")], "inicio > x > a")

    assert (case.run.document.values["pedido"], case.run.document.values["o2"]) == (1, 1)


def test_assignments_and_transformations_are_computed_before_the_task_begins():
    inner = io(inputs="total") + takes("r_obj", "in_total", assigns("itens * 2", "in_total"))
    inner += takes("r_obj", "in_total", "<bpmn:transformation>itens + 1</bpmn:transformation>")
    case = Played([*holder("obj", "itens"), with_data(task("a"), inner), task("b")], "inicio > a > b", itens=3)

    assert case.run.document.values["total"] == 4
    assert [(one.element.kind, one.changes) for one in case.effects.trace if one.changes] == [
        ("dataAssociation", [("total", None, 6), ("total", 6, 4)])
    ]
    assert case.open == ["a"]


def test_what_is_not_there_is_not_copied():
    reader = with_data(task("a"), io(inputs="entrou") + takes("r_obj", "in_entrou"))
    case = Played([*holder("obj", "pedido"), reader], "inicio > a")

    assert case.run.document.values == {"log": []}


def test_what_is_given_later_is_not_what_was_copied():
    reader = with_data(task("a"), io(inputs="copia") + takes("r_obj", "in_copia"))
    case = Played([*holder("obj", "itens"), reader, script("x", "itens.n = 2"), task("b")], "inicio > a > x > b",
                  itens={"n": 1})  # fmt: skip

    assert case.done("a").run.document.values["copia"] == {"n": 1}


def test_a_task_in_a_loop_takes_and_gives_in_each_round():
    inner = io(inputs="de", outputs="para") + takes("r_obj", "in_de", assigns("obj + 1", "in_de"))
    worker = with_data(task("a"), inner + gives("out_para", "r_obj", assigns("de", "obj")))
    nodes = [*holder("obj"), exclusive("g"), worker, exclusive("h"), end("fim")]
    case = Played(nodes, "inicio > g > a > h\nh > g : mais\nh > fim : *", obj=0)

    case.done("a", mais=True).done("a", mais=True).done("a", mais=False)

    assert (case.run.document.values["obj"], case.finished) == (3, True)


def test_a_value_that_cannot_be_computed_fails_the_step_and_may_be_retried():
    reader = with_data(task("a"), io(inputs="v") + takes("r_obj", "in_v", assigns("somar(1)", "in_v")))
    case = Played([*holder("obj"), reader], "inicio > a")

    assert [(one.element, one.code) for one in case.effects.failures] == [("a", "expression-refused")]
    assert case.open == []
    assert case.retried().failures == ["expression-refused"] * 2


def test_what_an_event_gives_goes_on_with_it():
    output = '<bpmn:dataOutput id="out_m" name="recebido" />'
    caught = catches("espera", output + gives("out_m", "r_obj", assigns("1", "obj")) + told("pago"), chave='"1"')
    case = Played([*holder("obj"), caught, task("a")], "inicio > espera > a").heard("espera")

    assert case.run.document.values["obj"] == 1


def test_an_end_and_a_boundary_event_move_their_data():
    ends = with_data(end("fim"), '<bpmn:dataInput id="in_f" name="f" />' + takes("r_obj", "in_f", assigns("7", "f")))
    leaves = boundary("b", "a", gives("", "r_obj", assigns("8", "obj")) + told("sai"), chave='"1"')
    nodes = [*holder("obj"), task("a"), leaves, says("fora"), ends, end("f2")]
    flows = "inicio > a > fim\nb > fora > f2"

    assert Played(nodes, flows).done("a").run.document.values["f"] == 7
    assert Played(nodes, flows).heard("b").run.document.values["obj"] == 8


def test_a_sub_process_takes_its_data_before_what_lies_inside():
    inside = sub("parte", [script("x", "dentro = entrou + 1"), task("a")], "inicio_parte > x > a")
    host = with_data(inside, io(inputs="entrou") + takes("r_obj", "in_entrou"))
    case = Played([*holder("obj"), host], "inicio > parte", obj=1)

    assert (case.open, case.run.document.values["dentro"]) == (["a"], 2)


def test_an_arrow_that_only_documents_moves_nothing():
    drawn = '<bpmn:property id="prop" name="__targetRef_placeholder" />' + takes("r_obj", "prop") + gives("", "r_obj")
    case = Played([*holder("obj", "pedido"), with_data(task("a"), drawn)], "inicio > a", pedido=1)

    assert case.run.document.values == {"log": [], "pedido": 1}


@pytest.mark.parametrize(
    ("inner", "what"),
    [
        (takes("nada", "in_v"), "unknown-data"),
        (takes("loja", "in_v"), "dataStoreReference"),
        (takes("r_obj</bpmn:sourceRef><bpmn:sourceRef>r_obj", "in_v"), "several-sources"),
        (takes("r_obj", "in_v", assigns("1", "a + b")), "assignment"),
        (takes("sem-nome", "in_v"), "no-name"),
        (takes("r_obj", "in_v", "<bpmn:transformation />" + assigns("1", "v")), "transformation-and-assignment"),
        ("<bpmn:ioSpecification><bpmn:inputSet /><bpmn:inputSet /></bpmn:ioSpecification>", "inputSet"),
    ],
)
def test_what_cannot_be_moved_is_refused(inner: str, what: str):
    nodes = [*holder("obj"), Node("dataStoreReference", "loja"), Node("dataObject", "sem-nome", {"name": "a b"})]

    with pytest.raises(DiagramRefused) as refused:
        read(sketch([*nodes, with_data(task("a"), io(inputs="v") + inner)], "inicio > a"))

    assert {"element": "a", "code": "data-not-moved", "what": what} in refused.value.facts["findings"]


def test_data_cannot_be_moved_before_an_event_that_races_another():
    reads = catches("c", takes("r_obj", "r_obj", assigns("1", "x")) + told("pago"), chave='"1"')
    nodes = [*holder("obj"), event_based("g"), reads, timer("t", "P1D")]

    with pytest.raises(DiagramRefused, match="data-not-moved"):
        read(sketch(nodes, "inicio > g > c\ng > t"))
