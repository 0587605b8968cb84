"""Drawings as shapes and lines: what is placed, what is left out, and what hostile numbers and names come to."""

from __future__ import annotations

import math
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bpmn.picture import Picture, Shape, draw
from engine.errors import DiagramRefused

PERMIT = Path(__file__).parents[3] / "diagrams" / "obras" / "alvara-construcao" / "process.bpmn"
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:dd="http://www.omg.org/spec/DD/20100524/DI">'
)


def shape(element: str, x: object = 100, y: object = 100, w: object = 100, h: object = 80, more: str = "") -> str:
    sides = f'x="{x}" y="{y}" width="{w}" height="{h}"'
    return f'<di:BPMNShape bpmnElement="{element}" {more}><dc:Bounds {sides}/></di:BPMNShape>'


def line(element: str, *points: tuple[object, object]) -> str:
    waypoints = "".join(f'<dd:waypoint x="{x}" y="{y}"/>' for x, y in points)
    return f'<di:BPMNEdge bpmnElement="{element}">{waypoints}</di:BPMNEdge>'


def picture(process: str, *places: str) -> Picture:
    plane = f'<di:BPMNDiagram><di:BPMNPlane bpmnElement="p">{"".join(places)}</di:BPMNPlane></di:BPMNDiagram>'
    return draw(f'{HEAD}<process id="p">{process}</process>{plane}</definitions>'.encode())


def only(drawn: Picture) -> Shape:
    (found,) = drawn.shapes
    return found


def test_a_task_stands_where_it_was_drawn_with_its_name_in_lines():
    task = only(picture('<userTask id="t" name="Conferir os documentos do pedido"/>', shape("t", 10, 20)))

    assert (task.kind, task.icon, task.x, task.y, task.w, task.h) == ("task", "user", 10, 20, 100, 80)
    assert task.lines == ("Conferir os", "documentos do", "pedido")


@pytest.mark.parametrize(
    ("tag", "icon"),
    [
        ("task", None),
        ("manualTask", "manual"),
        ("serviceTask", "service"),
        ("scriptTask", "script"),
        ("businessRuleTask", "rule"),
        ("sendTask", "send"),
        ("receiveTask", "receive"),
        ("callActivity", "call"),
    ],
)
def test_each_type_of_task_has_its_icon(tag, icon):
    assert only(picture(f'<{tag} id="t"/>', shape("t"))).icon == icon


@pytest.mark.parametrize("kind", ["message", "timer", "error", "signal", "escalation", "conditional", "compensate"])
def test_an_event_shows_what_it_waits_for(kind):
    xml = f'<boundaryEvent id="e" cancelActivity="false"><{kind}EventDefinition/></boundaryEvent>'

    event = only(picture(xml, shape("e", w=36, h=36)))

    assert (event.icon, event.place, event.interrupting, event.throwing) == (kind, "boundary", False, False)


def test_an_end_event_throws_and_an_intermediate_one_may_catch():
    caught = '<intermediateCatchEvent id="e"><messageEventDefinition/></intermediateCatchEvent>'

    end = only(picture('<endEvent id="e"><terminateEventDefinition/></endEvent>', shape("e")))
    catch = only(picture(caught, shape("e")))

    assert (end.place, end.throwing, end.icon) == ("end", True, "terminate")
    assert (catch.place, catch.throwing, catch.icon) == ("middle", False, "message")


def test_an_event_with_two_definitions_says_several():
    xml = '<startEvent id="e"><messageEventDefinition/><timerEventDefinition/></startEvent>'

    assert only(picture(xml, shape("e"))).icon == "several"


@pytest.mark.parametrize(
    ("tag", "icon"),
    [
        ("exclusiveGateway", "exclusive"),
        ("parallelGateway", "parallel"),
        ("inclusiveGateway", "inclusive"),
        ("eventBasedGateway", "event"),
        ("complexGateway", "complex"),
    ],
)
def test_each_gateway_has_its_icon(tag, icon):
    assert only(picture(f'<{tag} id="g"/>', shape("g"))).icon == icon


def test_marks_of_repetition_and_collapse_are_told():
    xml = (
        '<subProcess id="s"><multiInstanceLoopCharacteristics isSequential="true"/></subProcess>'
        '<userTask id="t"><standardLoopCharacteristics/></userTask>'
        '<userTask id="m"><multiInstanceLoopCharacteristics/></userTask>'
    )

    drawn = picture(xml, shape("s", more='isExpanded="false"'), shape("t", 300), shape("m", 500))

    assert {s.id: s.marks for s in drawn.shapes} == {
        "s": ("sequential", "collapsed"),
        "t": ("loop",),
        "m": ("parallel",),
    }


def test_a_transaction_has_a_double_frame_and_a_sub_process_has_not():
    drawn = picture('<transaction id="a"/><subProcess id="b"/>', shape("a"), shape("b", 300))

    assert {s.id: s.double for s in drawn.shapes} == {"a": True, "b": False}


def test_a_step_stands_in_the_smallest_lane_around_it():
    xml = (
        '<laneSet id="ls"><lane id="out" name="Prefeitura"><childLaneSet id="cs">'
        '<lane id="in" name="Obras"/></childLaneSet></lane></laneSet><userTask id="t" name="Vistoriar"/>'
    )

    drawn = picture(xml, shape("t", 200, 130), shape("in", 60, 100, 600, 200), shape("out", 30, 0, 630, 400))

    assert [s.kind for s in drawn.shapes] == ["lane", "lane", "task"]
    assert [step.lane for step in drawn.nodes] == ["Obras"]


def test_furniture_is_drawn_but_is_no_step():
    xml = (
        '<dataObjectReference id="d" name="Planta"/><dataStoreReference id="s"/><group id="g"/>'
        '<textAnnotation id="n"><text>Prazo da lei</text></textAnnotation>'
    )

    drawn = picture(xml, shape("d"), shape("s", 300), shape("g", 500), shape("n", 700))

    assert {s.kind: s.name for s in drawn.shapes} == {
        "data": "Planta",
        "store": "",
        "group": "",
        "note": "Prazo da lei",
    }
    assert drawn.nodes == ()


def test_a_default_flow_and_a_condition_that_a_task_decides_are_marked():
    xml = (
        '<userTask id="t" default="b"/><userTask id="u"/><exclusiveGateway id="g"/>'
        '<sequenceFlow id="a" sourceRef="t" targetRef="u"><conditionExpression>x</conditionExpression></sequenceFlow>'
        '<sequenceFlow id="b" sourceRef="t" targetRef="g"/>'
        '<sequenceFlow id="c" sourceRef="g" targetRef="u"><conditionExpression>x</conditionExpression></sequenceFlow>'
    )
    ends = ((0, 0), (50, 0))

    drawn = picture(xml, line("a", *ends), line("b", *ends), line("c", *ends))

    marks = {e.id: (e.is_default, e.is_conditional) for e in drawn.edges}
    assert marks == {"a": (False, True), "b": (True, False), "c": (False, False)}


def test_the_corner_of_a_line_is_round_and_its_ends_are_where_they_were_drawn():
    drawn = picture('<sequenceFlow id="f"/>', line("f", (0, 0), (50, 0), (50, 40)))

    assert drawn.edges[0].path == "M0 0L44 0Q50 0 50 6L50 40"


def test_points_in_one_place_do_not_break_a_line():
    drawn = picture('<sequenceFlow id="f"/>', line("f", (0, 0), (0, 0), (0, 0)))

    assert drawn.edges[0].path == "M0 0L0 0Q0 0 0 0L0 0"


def test_a_step_without_a_place_is_listed_and_not_drawn():
    drawn = picture('<userTask id="t" name="Assinar"/><startEvent id="s"/>', shape("s", w=36, h=36))

    assert [s.id for s in drawn.shapes] == ["s"]
    assert drawn.undrawn == (("t", "Assinar"),)


@pytest.mark.parametrize("side", ["NaN", "inf", "-inf", "1e9", "-1e300", "abc", "", "1_0e9"])
def test_a_place_that_cannot_be_is_left_out(side):
    drawn = picture('<userTask id="t" name="Assinar"/>', shape("t", x=side))

    assert drawn.shapes == ()
    assert drawn.undrawn == (("t", "Assinar"),)


@pytest.mark.parametrize(("w", "h"), [(0, 80), (100, 0), (-5, 80), ("NaN", 80)])
def test_a_shape_without_extent_is_left_out(w, h):
    assert picture('<userTask id="t"/>', shape("t", w=w, h=h)).shapes == ()


def test_a_line_with_one_bad_point_is_left_out_whole():
    assert picture('<sequenceFlow id="f"/>', line("f", (0, 0), ("NaN", 5), (9, 9))).edges == ()


def test_a_line_with_one_point_is_left_out():
    assert picture('<sequenceFlow id="f"/>', line("f", (0, 0))).edges == ()


def test_places_of_elements_that_do_not_exist_are_ignored():
    drawn = picture("", shape("nobody"), line("nothing", (0, 0), (1, 1)))

    assert (drawn.shapes, drawn.edges, drawn.undrawn) == ((), (), ())
    assert (drawn.bounds.w, drawn.bounds.h) == (0, 0)


def test_an_element_placed_twice_is_drawn_once():
    assert only(picture('<userTask id="t"/>', shape("t", 10), shape("t", 900))).x == 10


def test_a_diagram_without_drawing_lists_every_step():
    steps = '<startEvent id="s" name="Pedido"/><userTask id="t" name="Assinar"/>'

    drawn = draw(f'{HEAD}<process id="p">{steps}</process></definitions>'.encode())

    assert drawn.shapes == ()
    assert drawn.undrawn == (("s", "Pedido"), ("t", "Assinar"))


def test_a_prefixed_reference_finds_its_element():
    assert only(picture('<userTask id="t"/>', shape("x:t"))).id == "t"


def test_markup_in_a_name_stays_text_for_the_painter_to_escape():
    drawn = picture(f'<userTask id="t" name={quoteattr("<script>alert(1)</script>")}/>', shape("t"))

    assert only(drawn).name == "<script>alert(1)</script>"


def test_characters_that_turn_the_writing_direction_are_taken_out():
    drawn = picture('<userTask id="t" name="Alvará \u202eodarivorpa&#10;  ok"/>', shape("t"))

    assert only(drawn).name == "Alvará odarivorpa ok"


def test_a_name_longer_than_its_task_ends_in_an_ellipsis():
    task = only(picture(f'<userTask id="t" name="{"palavra " * 400}"/>', shape("t")))

    assert len(task.name) <= 200
    assert task.lines[-1].endswith("…")


def test_a_document_with_a_doctype_is_refused():
    with pytest.raises(DiagramRefused):
        draw(b'<!DOCTYPE x [<!ENTITY a "b">]>' + HEAD.encode() + b"</definitions>")


def test_the_building_permit_is_drawn_whole():
    drawn = draw(PERMIT.read_bytes())

    assert drawn.undrawn == ()
    assert {s.lane for s in drawn.nodes if s.kind == "task"} >= {"Protocolo", "Fazenda"}
    assert all(drawn.bounds.holds(s.x, s.y) and drawn.bounds.holds(s.x + s.w, s.y + s.h) for s in drawn.shapes)


numbers = st.one_of(st.floats(), st.integers(), st.text(alphabet="0123456789.eE+-naif ", max_size=8))


@given(x=numbers, y=numbers, w=numbers, h=numbers)
def test_whatever_the_numbers_every_place_drawn_is_finite_and_within_reach(x, y, w, h):
    drawn = picture('<userTask id="t" name="Assinar"/>', shape("t", x, y, w, h))

    sides = [side for s in drawn.shapes for side in (s.x, s.y, s.w, s.h, *s.label)]
    assert all(math.isfinite(side) and abs(side) <= 200_000 for side in sides)
    assert len(drawn.shapes) + len(drawn.undrawn) == 1
    assert drawn.bounds.w >= 0
    assert drawn.bounds.h >= 0


names = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn")), max_size=300)


@given(name=names)
def test_whatever_the_name_its_lines_fit_and_hold_no_break(name):
    task = only(picture(f'<userTask id="t" name={quoteattr(name)}/>', shape("t")))

    assert len(task.lines) <= 4
    assert not any(character in part for part in (task.name, *task.lines) for character in "\n\r\t\u2028\u202e")
