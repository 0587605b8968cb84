from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from web.form_messages import ANSWERS, FINDINGS, sentence

ROOM = Path(__file__).parents[3] / "engine" / "forms"
SOURCE = "\n".join(path.read_text("utf-8") for path in sorted(ROOM.glob("*.py")))


def test_every_code_of_an_answer_has_a_sentence_and_every_sentence_a_code():
    raised = re.findall(r"(?:Fault\(|lack(?:: ClassVar\[str\])? = |\[)\"([a-z]+(?:-[a-z]+)*)\"(?=[,)\]\n])", SOURCE)
    coded = re.findall(r'"code": "([a-z-]+)"', SOURCE)

    assert set(ANSWERS) - set(raised) - set(coded) == set()
    assert {code for code in [*raised, *coded] if "-" in code} <= set(ANSWERS)


def test_every_finding_of_a_drawing_has_a_sentence_and_every_sentence_a_finding():
    found = re.findall(r"\.add\(\s*[^\n\"]*(?:\"form\",)?\s*\"([a-z]+(?:-[a-z]+)+)\"", SOURCE)

    assert set(found) == set(FINDINGS)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("required", "Preencha este campo."),
        ({"code": "below-min", "min": Decimal("1620.5")}, "O menor valor aceito é 1.620,5."),
        ({"code": "pattern", "message": "Só 100% números"}, "Só 100% números"),
        ("pattern", "O texto não está no formato pedido."),
    ],
)
def test_facts_fill_the_sentence_as_people_write_them(fault, said):
    assert sentence(fault) == said


def test_a_code_without_a_sentence_is_not_passed_over():
    with pytest.raises(KeyError):
        sentence("inventado")
