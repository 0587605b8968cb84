"""A service task is held to what its connector declares, before any case can run into it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.acts.surroundings import topics
from engine.bpmn.check import findings
from engine.bpmn.check.around import Surroundings
from engine.bpmn.drawing import draw_from
from engine.bpmn.source import B, parse
from engine.outlets.connectors import BUILT_IN, Connector, Found
from tests.sketches import end, service, sketch, task

TOPICS = topics(Found({**BUILT_IN, "livre": Connector(run=lambda _call: {})}, {"detran": "ImportError: x"}))
MAIL = {"para": "requerente.email", "assunto": '"Aviso"', "corpo": '"Olá"'}


def _found(topic: str, inputs: dict[str, str], outputs: dict[str, str] | None = None) -> list[dict[str, Any]]:
    xml = sketch(
        [task("pedir", "obras"), service("s", topic, inputs, outputs or {}), end("fim")], "inicio > pedir > s > fim"
    )
    process = parse(xml).find(B + "process")
    assert process is not None
    return findings(draw_from(process), Surroundings(topics=TOPICS, papers={"carta"}))


@pytest.mark.parametrize(
    ("topic", "inputs", "outputs"),
    [
        ("http", {"url": '"https://a.gov.br/" + placa', "corpo": "{a: 1}"}, {"x": "resultado.corpo.valor"}),
        ("http", {"url": "endereco"}, {"x": "resultado", "y": '"resultado.nada"'}),
        ("http", {"url": "endereco"}, {"x": "for resultado in xs return resultado.nada"}),
        ("email", MAIL, {"avisado": "resultado.enviado"}),
        ("documento", {"modelo": '"carta"'}, {"codigo": "resultado.codigo"}),
        ("documento", {"modelo": "escolhido", "minuta": "true"}, {}),
        ("cadastro.consultar", {}, {"z": "resultado.qualquer"}),
        ("livre", {}, {"z": "resultado.qualquer"}),
    ],
)  # fmt: skip
def test_a_service_that_gives_what_is_asked_for_passes(
    topic: str, inputs: dict[str, str], outputs: dict[str, str]
) -> None:
    assert _found(topic, inputs, outputs) == []


@pytest.mark.parametrize(
    ("topic", "inputs", "outputs", "facts"),
    [
        ("nada", {}, {}, {"code": "topic-unknown", "name": "nada"}),
        ("detran", {}, {}, {"code": "topic-broken", "name": "detran", "reason": "ImportError: x"}),
        ("http", {}, {}, {"code": "input-missing", "input": "url"}),
        ("http", {"url": ""}, {}, {"code": "input-missing", "input": "url"}),
        ("http", {"url": "u", "method": '"GET"'}, {}, {"code": "input-unknown", "input": "method"}),
        ("http", {"url": "3"}, {}, {"code": "input-type", "input": "url", "expected": "text"}),
        ("http", {"url": "u", "cabecalhos": '"X: 1"'}, {}, {"code": "input-type", "input": "cabecalhos"}),
        ("http", {"url": "u"}, {"x": "resultado.dados"}, {"code": "output-unknown", "output": "dados", "where": "x"}),
        ("email", MAIL | {"para": ""}, {}, {"code": "input-missing", "input": "para"}),
        ("documento", {"modelo": '"outro"'}, {}, {"code": "paper-unknown", "name": "outro"}),
        ("pix.cobrar", {"valor": '"10"'}, {}, {"code": "input-type", "input": "valor", "expected": "number"}),
        ("pix.cobrar", {"valor": "true"}, {}, {"code": "input-type", "input": "valor", "expected": "number"}),
        ("livre", {"a": "1"}, {}, {"code": "input-unknown", "input": "a"}),
    ],
)  # fmt: skip
def test_a_service_that_would_fail_is_refused_with_what_is_wrong(
    topic: str, inputs: dict[str, str], outputs: dict[str, str], facts: dict[str, str]
) -> None:
    (found,) = _found(topic, inputs, outputs)

    assert found["element"] == "s"
    assert {name: found[name] for name in facts} == facts
