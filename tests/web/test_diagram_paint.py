"""The SVG that a picture is painted as: states in words and classes, names escaped, nothing that the policy forbids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from lxml import etree

from engine.bpmn.picture import draw

ROOT = Path(__file__).parents[2]
PERMIT = ROOT / "diagrams" / "obras" / "alvara-construcao" / "process.bpmn"
HOSTILE = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"><process id="p">
<userTask id="t&quot;&gt;&lt;b" name="&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&quot;x"/></process>
<di:BPMNDiagram><di:BPMNPlane bpmnElement="p"><di:BPMNShape bpmnElement="t&quot;&gt;&lt;b">
<dc:Bounds x="1" y="2" width="400" height="80"/></di:BPMNShape></di:BPMNPlane></di:BPMNDiagram></definitions>"""


def paint(xml: bytes, **state: object) -> str:
    house = Environment(
        loader=FileSystemLoader(ROOT / "web" / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    house.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    house.globals["picture"] = draw(xml)
    source = '{% from "_diagram.html" import diagram %}{{ diagram(picture, states, counts, "Alvará", links) }}'
    return house.from_string(source).render({"states": {}, "counts": {}, "links": {}, **state})


def svg(painted: str) -> etree._Element:
    return etree.fromstring(painted[painted.index("<svg") : painted.index("</svg>") + 6])


def titles(painted: str) -> list[str]:
    return [title.text or "" for title in svg(painted).iter("{*}title")]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("done", "concluída"),
        ("now", "em andamento"),
        ("late", "em atraso"),
        ("failed", "parada por falha"),
    ],
)
def test_a_step_says_its_state_in_words_and_as_a_class(state, words):
    step = draw(PERMIT.read_bytes()).nodes[1]

    painted = paint(PERMIT.read_bytes(), states={step.id: state})

    assert f"{step.name}: {words}" in titles(painted)
    assert svg(painted).find(f".//{{*}}g[@class='{step.kind} {state}']/{{*}}title").text == f"{step.name}: {words}"


def test_every_step_has_a_title_and_every_named_one_is_in_the_list():
    picture = draw(PERMIT.read_bytes())

    painted = paint(PERMIT.read_bytes())

    assert len(titles(painted)) == len(picture.nodes)
    assert painted.count("<li>", painted.index('<ol class="steps">')) == sum(1 for step in picture.nodes if step.name)


def test_open_tasks_are_counted_on_the_step_and_in_its_title():
    step = next(s for s in draw(PERMIT.read_bytes()).nodes if s.kind == "task")

    painted = paint(PERMIT.read_bytes(), counts={step.id: 12})

    assert f"{step.name}: ainda não começou; 12 tarefas abertas" in titles(painted)


def test_a_step_leads_to_its_address_when_it_has_one():
    step = next(s for s in draw(PERMIT.read_bytes()).nodes if s.kind == "task")

    painted = paint(PERMIT.read_bytes(), links={step.id: "?etapa=1"})

    assert [link.get("href") for link in svg(painted).iter("{*}a")] == ["?etapa=1"]
    assert svg(painted).get("role") == "group"


def test_markup_in_a_name_is_painted_as_text():
    painted = paint(HOSTILE)

    assert "<script>" not in painted
    assert list(svg(painted).iter("{*}script")) == []
    assert [name for element in svg(painted).iter() for name in element.attrib if name.startswith("on")] == []


def test_a_diagram_without_drawing_shows_its_steps_as_a_list():
    steps = b'<process id="p"><userTask id="t" name="Assinar"/></process>'
    xml = HOSTILE[: HOSTILE.index(b"<process")] + steps + b"</definitions>"

    painted = paint(xml)

    assert "<svg" not in painted
    assert "Assinar" in painted


def test_nothing_painted_needs_more_than_the_strict_policy_gives():
    painted = paint(PERMIT.read_bytes(), states={"t_conferir": "now"})

    assert not re.search(r"""\s(style|on\w+)\s*=|javascript:|<style|<script""", painted)
