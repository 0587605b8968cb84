"""What `rito check` says of a diagram is what publishing says of it, and no document breaks it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.bpmn.compatibility import examine
from engine.cli import main
from engine.library import ROOT
from tests.sketches import Node, end, exclusive, sketch, task

PERMIT = ROOT / "obras" / "alvara-construcao" / "process.bpmn"
SOUND = sketch([task("a", "obras", form="pedido"), end("fim")], "inicio > a > fim")
PARTED = [Node("task", "a"), exclusive("g"), Node("task", "b"), end("fim")]
LACKING = sketch(PARTED, "inicio > a > g > b > fim\ng > fim")
BROKEN = sketch([task("a")], "inicio > a > nada")


def check(folder: Path, *words: str, **files: bytes) -> Result:
    for name, xml in files.items():
        (folder / f"{name}.bpmn").write_bytes(xml)
    return CliRunner().invoke(main, ["check", *words, *(str(folder / f"{name}.bpmn") for name in files)])


def test_a_diagram_that_can_be_published_is_said_so_with_what_it_needs(tmp_path: Path) -> None:
    result = check(tmp_path, bom=SOUND)

    assert result.exit_code == 0
    assert "pode ser publicado" in result.output
    assert "papéis: obras" in result.output
    assert "formulários: pedido" in result.output


def test_what_hinders_it_is_said_with_the_elements_name_and_the_command_fails(tmp_path: Path) -> None:
    xml = LACKING.replace(b'id="a" name="a"', b'id="a" name="Analisar"')

    result = check(tmp_path, falta=xml, bom=SOUND)

    assert result.exit_code == 1
    assert "A tarefa a não tem papel: ponha-a numa raia ou indique quem a faz. [Analisar]" in result.output
    assert "só como rascunho; perguntam o caminho: 1" in result.output


def test_as_a_draft_is_enough_when_it_is_asked_so(tmp_path: Path) -> None:
    assert check(tmp_path, "--draft", falta=LACKING).exit_code == 0
    assert check(tmp_path, "--draft", quebrado=BROKEN).exit_code == 1


def test_what_cannot_even_be_a_draft_says_why(tmp_path: Path) -> None:
    result = check(tmp_path, quebrado=BROKEN)

    assert "nem em rascunho" in result.output
    assert "não pode ser publicado" in result.output


def test_expressions_are_shown_before_and_after() -> None:
    condition = "inicio > a > g > b > fim : *\ng > fim : ${n == 1 &amp;&amp; !ok}".replace("&amp;", "&")

    found = examine(sketch(PARTED, condition.replace("g > b > fim : *", "g > b > fim")))

    assert [(one.before, one.after) for one in found.translated] == [("${n == 1 && !ok}", "n = 1 and not(ok)")]


def test_json_says_the_same_with_a_sentence_for_each_finding(tmp_path: Path) -> None:
    result = check(tmp_path, "--json", falta=LACKING, bom=SOUND)

    first, second = json.loads(result.output)
    assert (first["publishable"], first["as_draft"], second["publishable"]) == (False, True, True)
    assert {one["code"] for one in first["found"]} >= {"task-without-role", "flow-without-condition"}
    assert all(one["sentence"] for one in first["found"])


def test_a_finding_may_be_accepted_by_its_name(tmp_path: Path) -> None:
    xml = SOUND.replace(b"camunda:formRef", b'camunda:assignee="ana" camunda:formRef')

    assert check(tmp_path, ouvinte=xml).exit_code == 1
    assert check(tmp_path, "--accept", "extension-ignored:camunda:assignee", ouvinte=xml).exit_code == 0


def test_the_librarys_own_permit_can_be_published_and_lacks_nothing() -> None:
    found = examine(PERMIT.read_bytes())

    assert (found.publishable, found.as_draft, found.dialects, found.translated) == (True, True, ["camunda7"], [])


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"nada",
        b"<a/>",
        b"<!DOCTYPE a><a/>",
        sketch([], ""),
        SOUND.replace(b'isExecutable="true"', b""),
        SOUND.replace(b"<bpmn:process", b"<bpmn:collaboration").replace(b"</bpmn:process", b"</bpmn:collaboration"),
        sketch([Node("intermediateCatchEvent", "l", {}, '<bpmn:linkEventDefinition name="x"/>')], "nada > l"),
        SOUND.replace(b'id="a"', b""),
        SOUND[:200],
    ],
    ids=["empty", "text", "other", "doctype", "no-nodes", "not-executable", "no-process", "link", "no-id", "cut"],
)
def test_no_document_breaks_it(xml: bytes, tmp_path: Path) -> None:
    result = check(tmp_path, estranho=xml)

    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "resultado" in result.output
