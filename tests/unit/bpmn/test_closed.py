"""What stands where the standard has no place for it is refused by name; what is for the eye is let be."""

from __future__ import annotations

import pytest

from engine.bpmn.reader import read
from engine.errors import DiagramRefused
from tests.sketches import Node, end, escalate, script, sketch, task

_TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration>{}</bpmn:timerEventDefinition>"
_SIGNAL = '<bpmn:signalEventDefinition signalRef="sig_s" />'


def _with(inner: str, tag: str = "userTask") -> bytes:
    odd = Node(tag, "x", {"camunda:candidateGroups": "obras"}, inner)
    return sketch([odd, end("fim")], "inicio > x > fim")


@pytest.mark.parametrize(
    ("drawn", "kind"),
    [
        (_with("<bpmn:script>n = 1</bpmn:script>"), "script"),
        (_with("<bpmn:conditionExpression>n = 1</bpmn:conditionExpression>"), "conditionExpression"),
        (_with(_TIMER.format(_SIGNAL), "intermediateCatchEvent"), "signalEventDefinition"),
        (_with(_TIMER.format("<bpmn:standardLoopCharacteristics />"), "intermediateCatchEvent"), "standardLoop"),
        (_with('<bpmn:userTask id="dentro" />'), "userTask"),
        (_with("<bpmn:dataInputAssociation><bpmn:condition /></bpmn:dataInputAssociation>"), "condition"),
        (_with("<bpmn:standardLoopCharacteristics /><bpmn:standardLoopCharacteristics />"), "standardLoop"),
        (_with("<bpmn:inventado />"), "inventado"),
        (sketch([script("s", "n = 1"), Node("choreographyTask", "x"), end("fim")], "inicio > s > x > fim"), "choreog"),
    ],
)
def test_what_has_no_place_is_refused_by_its_name(drawn: bytes, kind: str) -> None:
    with pytest.raises(DiagramRefused) as refused:
        read(drawn)

    found: list[dict[str, str]] = refused.value.facts["findings"]  # type: ignore[assignment]  # its own fact
    assert any(one["code"] == "unsupported-element" and one["kind"].startswith(kind) for one in found)


def test_what_is_for_the_eye_is_let_be() -> None:
    told = "<bpmn:documentation>a</bpmn:documentation><bpmn:auditing /><bpmn:monitoring />"
    notes = [
        Node("textAnnotation", "nota", {"name": None}, "<bpmn:text>veja</bpmn:text>"),
        Node("group", "grupo", {"name": None, "categoryValueRef": "c"}),
        Node("association", "liga", {"name": None, "sourceRef": "a", "targetRef": "nota"}),
    ]
    pointed = task("a")
    drawn = Node(pointed.tag, "a", pointed.attributes, told + "<bpmn:rendering />")

    assert read(sketch([drawn, *notes, escalate("e", "y"), end("fim")], "inicio > a > e > fim")).elements.keys() == {
        "inicio", "a", "e", "fim",
    }  # fmt: skip
