"""What can be checked on the files of the alvará de construção alone, before any case runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import combinations, pairwise, product
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from engine.acts.surroundings import topics
from engine.bpmn.check.around import Surroundings
from engine.bpmn.drawing import Element
from engine.bpmn.reader import Blueprint, read
from engine.dmn import Decision, read_tables
from engine.feel import Expression, compile_expression, script
from engine.forms.definition import read_form
from engine.outlets.connectors import BUILT_IN, Found
from engine.outlets.templates import fill

FOLDER = Path(__file__).resolve().parents[2] / "diagrams" / "obras" / "alvara-construcao"
ROLES = {"requerente", "protocolo", "planejamento", "meio_ambiente", "obras", "fazenda", "secretario", "gabinete"}
OUTCOMES = {"emitido", "indeferido", "arquivado", "desistencia", "tacito"}
FORM_PARTS = {"text", "textfield", "textarea", "number", "datetime", "checkbox", "radio", "select", "checklist"}
FORM_PARTS |= {"taglist", "filepicker", "group", "dynamiclist", "expression", "separator", "table"}
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
MODELER = "{http://camunda.org/schema/modeler/1.0}"

Box = tuple[float, float, float, float]


def names(suffix: str) -> set[str]:
    return {file.name.removesuffix(suffix) for file in FOLDER.glob(f"*{suffix}")}


@pytest.fixture(scope="module")
def xml() -> Any:
    return etree.parse(FOLDER / "process.bpmn").getroot()


@pytest.fixture(scope="module")
def blueprint() -> Blueprint:
    around = Surroundings(
        roles=ROLES,
        forms=names(".form.json"),
        decisions=names(".dmn"),
        papers=names(".doc.md"),
        topics=topics(Found(BUILT_IN, {})),
    )
    return read((FOLDER / "process.bpmn").read_bytes(), around)


@pytest.fixture(scope="module")
def tables() -> dict[str, Decision]:
    return {name: read_tables((FOLDER / f"{name}.dmn").read_bytes())[name] for name in names(".dmn")}


@pytest.fixture(scope="module")
def scenarios() -> dict[str, Any]:
    return yaml.safe_load((FOLDER / "scenarios.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def shapes(xml: Any) -> dict[str, Box]:
    return {shape.get("bpmnElement"): _box(shape.find(DC + "Bounds")) for shape in xml.iter(DI + "BPMNShape")}


def _box(bounds: Any) -> Box:
    x, y, width, height = (float(bounds.get(side)) for side in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def _within(inner: Box, outer: Box) -> bool:
    return inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def _touches(x: float, y: float, box: Box) -> bool:
    on_x, on_y = box[0] <= x <= box[2], box[1] <= y <= box[3]
    return (on_x and y in (box[1], box[3])) or (on_y and x in (box[0], box[2]))


def _nodes(xml: Any) -> list[Any]:
    """Every participant, lane, flow node and flow that a person sees."""
    kinds = ("Task", "Gateway", "Event", "subProcess", "lane", "participant", "sequenceFlow")
    return [node for node in xml.iter() if node.tag.startswith(BPMN) and node.tag.endswith(kinds)]


# -- the drawing ------------------------------------------------------------------------------------------------------


def test_the_reader_publishes_the_drawing_with_everything_it_names(blueprint: Blueprint) -> None:
    assert blueprint.first_task is not None

    assert blueprint.first_task.id == "t_protocolar"


def test_the_file_says_the_dialect_it_is_written_in(xml: Any) -> None:
    process = xml.find(BPMN + "process")

    assert process.get("id") == "alvara_construcao"
    assert process.get("isExecutable") == "true"
    assert process.get(CAMUNDA + "historyTimeToLive")
    assert xml.get(MODELER + "executionPlatform") == "Camunda Platform"
    assert xml.get(MODELER + "executionPlatformVersion") == "7.24.0"


def test_no_id_stands_twice_and_every_reference_resolves(xml: Any) -> None:
    ids = [node.get("id") for node in xml.iter() if isinstance(node.tag, str) and node.get("id")]
    known = set(ids)

    pointers = [node.get(name) for node in xml.iter() for name in _POINTERS if node.get(name)]
    pointers += [node.text for kind in ("incoming", "outgoing", "flowNodeRef") for node in xml.iter(BPMN + kind)]

    assert len(ids) == len(known)
    assert [pointer for pointer in pointers if pointer not in known] == []


_POINTERS = ("sourceRef", "targetRef", "attachedToRef", "messageRef", "errorRef", "processRef", "bpmnElement")


def test_incoming_and_outgoing_tell_the_same_as_the_flows(xml: Any) -> None:
    told, drawn = set(), set()

    for node in xml.iter(BPMN + "incoming", BPMN + "outgoing"):
        told.add((node.getparent().get("id"), etree.QName(node).localname, node.text))
    for flow in xml.iter(BPMN + "sequenceFlow"):
        drawn.add((flow.get("sourceRef"), "outgoing", flow.get("id")))
        drawn.add((flow.get("targetRef"), "incoming", flow.get("id")))

    assert told == drawn


def test_seven_lanes_stand_in_the_order_of_the_procedure(blueprint: Blueprint) -> None:
    assert list(blueprint.drawing.lanes) == [
        "raia_requerente",
        "raia_protocolo",
        "raia_planejamento",
        "raia_meio_ambiente",
        "raia_obras",
        "raia_fazenda",
        "raia_secretario",
    ]


def test_every_element_has_a_name_for_people(blueprint: Blueprint) -> None:
    nameless = [element.id for element in blueprint.elements.values() if not element.name]

    assert nameless == []


def test_every_way_out_of_a_choice_has_a_name_and_a_condition(blueprint: Blueprint) -> None:
    choices = [one for one in blueprint.elements.values() if one.kind in ("exclusiveGateway", "inclusiveGateway")]
    ways = [way for choice in choices for way in blueprint.drawing.outgoing(choice.id)]
    splits = [way for way in ways if len(blueprint.drawing.outgoing(way.source)) > 1]

    assert [way.id for way in splits if not way.name or not way.condition] == []
    assert [choice.id for choice in choices if choice.default] == []


def test_every_task_of_people_says_who_by_when_with_what_and_at_which_stage(blueprint: Blueprint) -> None:
    tasks = [element for element in blueprint.elements.values() if element.is_for_people]

    for task in tasks:
        note = task.note
        assert note.role in ROLES, task.id
        assert all((note.form, note.due, note.warn, note.stage)), task.id
    assert sorted(task.note.form or "" for task in tasks) == sorted(names(".form.json"))


def test_every_end_outside_the_analysis_says_how_the_case_ended(blueprint: Blueprint) -> None:
    ends = [one for one in blueprint.elements.values() if one.kind == "endEvent" and one.scope != "sp_analise"]

    assert {end.note.outcome for end in ends} == OUTCOMES


def test_every_document_template_is_issued_somewhere(blueprint: Blueprint) -> None:
    notes = [element.note for element in blueprint.elements.values()]

    assert {note.paper or note.draft_paper for note in notes} - {None} == names(".doc.md")


def test_a_refusal_document_only_leaves_where_the_request_was_refused(blueprint: Blueprint) -> None:
    sources = [one.id for one in blueprint.elements.values() if one.note.paper == "indeferimento"]

    (way,) = [way for source in sources for way in blueprint.drawing.incoming(source)]

    assert way.condition == 'decisao.resultado = "indeferir"'


# -- how it lies on the canvas ----------------------------------------------------------------------------------------


def test_everything_drawn_has_its_place_and_nothing_else_has(xml: Any) -> None:
    placed = [node.get("bpmnElement") for node in xml.iter(DI + "BPMNShape", DI + "BPMNEdge")]

    assert sorted(placed) == sorted(node.get("id") for node in _nodes(xml))


def test_every_flow_starts_and_ends_on_the_border_of_its_elements(xml: Any, shapes: dict[str, Box]) -> None:
    flows = {flow.get("id"): flow for flow in xml.iter(BPMN + "sequenceFlow")}

    for edge in xml.iter(DI + "BPMNEdge"):
        flow = flows[edge.get("bpmnElement")]
        points = [(float(point.get("x")), float(point.get("y"))) for point in edge.iter(WAYPOINT)]
        assert _touches(*points[0], shapes[flow.get("sourceRef")]), flow.get("id")
        assert _touches(*points[-1], shapes[flow.get("targetRef")]), flow.get("id")


def test_flows_run_straight_up_or_across(xml: Any) -> None:
    for edge in xml.iter(DI + "BPMNEdge"):
        points = [(point.get("x"), point.get("y")) for point in edge.iter(WAYPOINT)]
        straight = [one[0] == other[0] or one[1] == other[1] for one, other in pairwise(points)]
        assert all(straight), edge.get("bpmnElement")


def test_nothing_covers_anything(blueprint: Blueprint, shapes: dict[str, Box]) -> None:
    flat = [one for one in blueprint.elements.values() if one.kind not in ("boundaryEvent", "subProcess")]

    covering = [
        (one.id, other.id) for one, other in combinations(flat, 2) if _overlap(shapes[one.id], shapes[other.id])
    ]

    assert covering == []


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_each_task_lies_at_the_height_of_the_lane_that_owes_it(blueprint: Blueprint, shapes: dict[str, Box]) -> None:
    for task in (one for one in blueprint.elements.values() if one.is_for_people):
        lane = "secretario" if task.note.role == "gabinete" else task.note.role
        assert _within(shapes[task.id], shapes[f"raia_{lane}"]), task.id


def test_each_element_lies_in_its_sub_process(blueprint: Blueprint, shapes: dict[str, Box]) -> None:
    inside = [one for one in blueprint.elements.values() if one.scope]

    assert [one.id for one in inside if not _within(shapes[one.id], shapes[one.scope or ""])] == []


def test_boundary_events_sit_on_the_border_of_their_task(blueprint: Blueprint, shapes: dict[str, Box]) -> None:
    for event in (one for one in blueprint.elements.values() if one.kind == "boundaryEvent"):
        x, y = _middle(event, shapes)
        assert _touches(x, y, shapes[event.attached_to or ""]), event.id


def _middle(element: Element, shapes: dict[str, Box]) -> tuple[float, float]:
    left, top, right, bottom = shapes[element.id]
    return (left + right) / 2, (top + bottom) / 2


def test_labels_stay_inside_the_pool_and_wide_enough_for_their_longest_word(xml: Any, shapes: dict[str, Box]) -> None:
    called = {node.get("id"): node.get("name") for node in _nodes(xml)}

    for label in xml.iter(DI + "BPMNLabel"):
        element = label.getparent().get("bpmnElement")
        box = _box(label.find(DC + "Bounds"))
        assert _within(box, shapes["piscina_alvara"]), element
        assert box[2] - box[0] >= 5.2 * max(len(word) for word in called[element].split()), element


# -- forms ------------------------------------------------------------------------------------------------------------


def _components(drawn: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for component in drawn:
        yield component
        yield from _components(component.get("components", []))


@pytest.mark.parametrize("name", sorted(names(".form.json")))
def test_each_form_reads_and_uses_only_known_parts_with_ids_of_their_own(name: str) -> None:
    source = (FOLDER / f"{name}.form.json").read_bytes()
    drawn = json.loads(source)
    components = list(_components(drawn["components"]))

    form = read_form(source)

    assert form.key == name == drawn["id"]
    assert {component["type"] for component in components} <= FORM_PARTS
    assert len({component["id"] for component in components}) == len(components)


@pytest.mark.parametrize("name", sorted(names(".form.json")))
def test_no_field_of_a_form_is_asked_twice_and_every_field_has_a_label(name: str) -> None:
    form = read_form((FOLDER / f"{name}.form.json").read_bytes())
    keys = [slot.name for slot in form.inputs]

    assert len(keys) == len(set(keys))
    assert [slot.name for slot in form.inputs if not slot.component.label] == []


@pytest.mark.parametrize("name", sorted(names(".form.json")))
def test_conditions_hide_what_they_cannot_decide_about(name: str) -> None:
    drawn = json.loads((FOLDER / f"{name}.form.json").read_bytes())
    hides = [one["conditional"]["hide"] for one in _components(drawn["components"]) if "conditional" in one]

    values = [compile_expression(hide.removeprefix("=")).evaluate({}) for hide in hides]

    assert all(isinstance(value, bool) for value in values)


def _hide(key: str) -> Expression:
    drawn = json.loads((FOLDER / "protocolar.form.json").read_bytes())
    (found,) = [one for one in _components(drawn["components"]) if one.get("key") == key]
    return compile_expression(found["conditional"]["hide"].removeprefix("="))


def _requests() -> Iterator[dict[str, Any]]:
    uses = ("unifamiliar", "multifamiliar", "comercial", "industrial", "misto", "institucional")
    areas = [Decimal(text) for text in ("0.01", "200", "200.01", "2000", "2000.01", "7500", "7500.01", "50000")]
    for use, area, app, trees, sewer, floors in product(
        uses, areas, (True, False), (None, 0, 1), (True, False), (1, 4, 5)
    ):
        yield {
            "uso": use,
            "area_construir": area,
            "toca_app": app,
            "arvores_suprimir": trees,
            "rede_esgoto": sewer,
            "pavimentos": floors,
        }


def test_the_start_form_asks_for_exactly_the_documents_that_the_table_demands(tables: dict[str, Decision]) -> None:
    asked = {"exige_ppci": _hide("documentos.ppci"), "exige_eiv": _hide("documentos.eiv")}
    asked["exige_la"] = _hide("documentos.licenca_ambiental")

    for request in _requests():
        demanded = tables["pareceres_alvara"].decide(request).merged()
        shown = {name: not hide.evaluate(request) for name, hide in asked.items()}
        assert shown == {name: demanded[name] for name in asked}, request


# -- tables -----------------------------------------------------------------------------------------------------------


def test_a_plain_house_needs_no_further_opinion_and_no_further_document(tables: dict[str, Decision]) -> None:
    house = {"uso": "unifamiliar", "area_construir": 120, "toca_app": False, "arvores_suprimir": 0}
    house |= {"rede_esgoto": False, "pavimentos": 2}

    demanded = tables["pareceres_alvara"].decide(house).merged()

    assert demanded == dict.fromkeys(("p_amb", "p_obras", "exige_ppci", "exige_eiv", "exige_la"), False)


@pytest.mark.parametrize(
    ("request_", "demanded"),
    [
        ({"toca_app": True}, {"p_amb"}),
        ({"arvores_suprimir": 1}, {"p_amb"}),
        ({"uso": "comercial", "area_construir": 2001, "rede_esgoto": False}, {"p_amb", "exige_la", "exige_ppci"}),
        ({"uso": "comercial", "area_construir": 2001}, {"exige_ppci"}),
        ({"uso": "industrial", "area_construir": 7501}, {"exige_eiv", "p_obras", "exige_ppci"}),
        ({"uso": "institucional", "area_construir": 201}, {"exige_ppci"}),
        ({"uso": "multifamiliar", "pavimentos": 5}, {"p_obras"}),
        ({"uso": "unifamiliar", "area_construir": 9000, "pavimentos": 9}, set()),
    ],
)
def test_each_row_of_the_table_demands_what_the_law_of_the_city_says(
    tables: dict[str, Decision], request_: dict[str, Any], demanded: set[str]
) -> None:
    house = {"uso": "unifamiliar", "area_construir": 100, "toca_app": False, "arvores_suprimir": 0}
    house |= {"rede_esgoto": True, "pavimentos": 2}

    answer = tables["pareceres_alvara"].decide(house | request_).merged()

    assert {name for name, value in answer.items() if value} == demanded


@pytest.mark.parametrize(
    ("area", "fee", "tax"), [("100", "16.25", "16.00"), ("2500", "208.25", "202.00"), ("8000", "648.25", "628.25")]
)
def test_fee_and_tax_follow_the_published_vectors(tables: dict[str, Decision], area: str, fee: str, tax: str) -> None:
    host = {"parametro": {"UFM": Decimal("5.00")}.get}

    outputs = tables["taxa_alvara"].decide({"area_construir": Decimal(area)}, host).outputs

    assert outputs == {"taxa": Decimal(fee), "iss": Decimal(tax), "total": Decimal(fee) + Decimal(tax)}


def test_half_a_cent_of_fee_rounds_up(tables: dict[str, Decision]) -> None:
    host = {"parametro": {"UFM": Decimal("1.25")}.get}  # 8.25 + 0.0160 * 1.25 * 0.75 = 8.265

    outputs = tables["taxa_alvara"].decide({"area_construir": Decimal("0.75")}, host).outputs

    assert outputs["taxa"] == Decimal("8.27")


@pytest.mark.parametrize(
    ("demanded", "risk"),
    [({}, "baixo"), ({"exige_ppci"}, "médio"), ({"p_obras"}, "médio"), ({"p_amb", "exige_la"}, "alto")],
)
def test_the_gravest_demand_gives_the_risk(tables: dict[str, Decision], demanded: set[str], risk: str) -> None:
    asked = ("p_amb", "p_obras", "exige_ppci", "exige_eiv", "exige_la")

    outputs = tables["risco_alvara"].decide({name: name in demanded for name in asked}).outputs

    assert outputs == {"risco": risk}


# -- documents --------------------------------------------------------------------------------------------------------


def _known_values(blueprint: Blueprint) -> set[str]:
    """The roots of all that a case holds: answers, outputs of services and scripts, facts."""
    roots = {"processo", "relogios"}
    for name in names(".form.json"):
        slots = read_form((FOLDER / f"{name}.form.json").read_bytes()).level.slots
        roots |= {slot.path[0] for slot in slots}
    for element in blueprint.elements.values():
        roots |= {name for name, _ in element.note.outputs}
        roots |= {one.path[0] for one in script(element.script).assignments} if element.script else set()
    return roots


@pytest.mark.parametrize("name", sorted(names(".doc.md")))
def test_each_document_fills_begins_with_its_title_and_names_only_what_a_case_holds(
    name: str, blueprint: Blueprint
) -> None:
    template = (FOLDER / f"{name}.doc.md").read_text(encoding="utf-8")
    listed = re.findall(r"\{#([\w.]+)\}", template)
    alone = re.sub(r"\{#([\w.]+)\}.*?\{/\1\}", "", template, flags=re.DOTALL)
    named = {field.split(".")[0] for field in [*listed, *re.findall(r"\{([\w.]+)\}", alone)]}

    blocks = fill(template, {"processo": {"numero": "2026/000001"}})

    assert blocks[0].kind == "title"
    assert any("2026/000001" in words.text for block in blocks for cell in block.cells for words in cell)
    assert named <= _known_values(blueprint)


# -- scenarios --------------------------------------------------------------------------------------------------------


def test_the_scenarios_reach_every_end_and_every_task(scenarios: dict[str, Any], blueprint: Blueprint) -> None:
    walked = {step for scenario in scenarios["scenarios"] for step in scenario["expect"]["path"]}
    moving = {"userTask", "scriptTask", "serviceTask", "businessRuleTask", "boundaryEvent", "intermediateCatchEvent"}

    drawn = {one.id for one in blueprint.elements.values() if one.kind in moving or one.note.outcome}

    assert walked == drawn
    assert {scenario["expect"]["end"] for scenario in scenarios["scenarios"]} - {None} == OUTCOMES


def test_each_scenario_has_a_name_of_its_own_and_acts_in_order_of_time(scenarios: dict[str, Any]) -> None:
    told = [scenario["name"] for scenario in scenarios["scenarios"]]

    for scenario in scenarios["scenarios"]:
        moments = [datetime.strptime(act["at"], "%Y-%m-%d %H:%M") for act in scenario["acts"]]  # noqa: DTZ007  local time
        assert moments == sorted(moments), scenario["name"]
        assert scenario["acts"][0]["do"] == "start"
        assert {act["do"] for act in scenario["acts"]} <= {"start", "complete", "pay", "tick", "withdraw"}
    assert len(told) == len(set(told)) >= 9


def test_scenarios_name_only_what_is_drawn(scenarios: dict[str, Any], blueprint: Blueprint) -> None:
    tasks = {one.id for one in blueprint.elements.values() if one.is_for_people}
    clocks = {one.note.clock for one in blueprint.elements.values()} - {None}
    used = set(scenarios["defaults"]["answers"])

    for scenario in scenarios["scenarios"]:
        expect = scenario["expect"]
        used |= {act["task"] for act in scenario["acts"] if act["do"] == "complete"} | set(expect["open"])
        assert set(expect.get("deadlines", {})) <= tasks | clocks, scenario["name"]
        assert set(expect.get("suspended", {})) <= clocks, scenario["name"]
        assert set(expect["documents"]) <= names(".doc.md"), scenario["name"]
    assert used <= tasks


def test_nothing_that_a_prepared_document_prints_is_asked_only_after_it_was_fixed(blueprint: Blueprint) -> None:
    for element in blueprint.elements.values():
        if element.note.draft_paper is None:
            continue
        printed = (FOLDER / f"{element.note.draft_paper}.doc.md").read_text()
        asked = {slot.name for slot in read_form((FOLDER / f"{element.note.form}.form.json").read_text()).inputs}

        assert not {name for name in asked if f"{{{name}}}" in printed}
