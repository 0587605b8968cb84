from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel

from web.finding_messages import DIAGRAMS, finding_sentence
from web.form_messages import FINDINGS

ENGINE = Path(__file__).parents[2] / "engine"
CODES = re.compile(
    r'"code": "([a-z-]+)"|_refused\("([a-z-]+)"|\bfault\(\s*"([a-z-]+)"|\("([a-z]+-unknown)", around|"(several-starts)"'
)


def codes() -> set[str]:
    sources = [path for room in ("bpmn", "dmn") for path in (ENGINE / room).rglob("*.py")]
    sources.append(ENGINE / "acts" / "procedures.py")
    found = [CODES.findall(path.read_text(encoding="utf-8")) for path in sources]
    return {code for hits in found for hit in hits for code in hit if code}


def test_every_finding_of_a_diagram_or_table_has_a_sentence() -> None:
    assert len(codes()) > 50
    assert codes() - DIAGRAMS.keys() == set()


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        (
            {"element": "x_mau", "code": "script-not-feel", "format": "python"},
            "A tarefa de script x_mau está na linguagem python; só FEEL é aceita.",
        ),
        (
            {"element": None, "code": "no-start", "count": 0},
            "Falta o evento de início (diagrama).",
        ),
        (
            {"element": "d", "code": "no-output", "file": "taxa"},
            "taxa: A tabela d não tem coluna de saída.",
        ),
    ],
)
def test_a_finding_is_told_with_its_element(finding: dict[str, object], said: str) -> None:
    app = Flask(__name__)
    Babel(app, default_locale="pt_BR")

    with app.test_request_context():
        assert finding_sentence(finding) == said


def test_a_finding_of_a_form_names_the_form_and_the_component() -> None:
    app = Flask(__name__)
    Babel(app, default_locale="pt_BR")
    code = next(iter(FINDINGS))

    with app.test_request_context():
        assert finding_sentence({"element": "campo", "code": code, "form": "pedir"}).startswith(
            "pedir.form.json, campo: "
        )
