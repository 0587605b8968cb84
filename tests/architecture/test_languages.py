"""Portuguese is where sentences are written, English what the catalogue makes of them: whole, and of nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from tests.architecture import rules
from tests.architecture.source import ROOT, modules
from tools import messages
from web.pages.cases import ACTIONS

_TEMPLATES = ROOT / "web" / "templates"
_SAID = messages.said()
_KEPT = messages.kept()


def test_every_sentence_is_found_both_in_modules_and_in_templates() -> None:
    assert {"Minha caixa", "Entre para continuar."} <= _SAID
    assert ("%(num)d tarefa", "%(num)d tarefas") in _SAID


def test_every_sentence_has_its_english_and_nobody_doubts_it() -> None:
    assert sorted(messages.first(each) for each in _SAID if not _in_english(each)) == []


def test_the_catalogue_holds_no_sentence_that_nobody_says() -> None:
    assert sorted(messages.first(each) for each in set(_KEPT) - _SAID) == []


def test_the_catalogue_is_as_make_messages_writes_it() -> None:
    assert messages.SOURCE.read_bytes() == messages.written(messages.renewed_from(_SAID, _KEPT))
    assert messages.COMPILED.read_bytes() == messages.compiled(messages.SOURCE.read_bytes())


def test_english_keeps_every_place_and_every_mark_of_its_sentence() -> None:
    assert [finding for message in _KEPT.values() for finding in rules.lost_places(message.id, message.string)] == []


@pytest.mark.parametrize(
    ("sentence", "english"),
    [
        ("Esta tarefa está com %(by)s.", "This task is with someone."),
        ("Esta tarefa está com %(by)s.", "This task is with %(who)s."),
        ("Veja <b>isto</b>.", "See this."),
        (("%(num)d dia", "%(num)d dias"), ("a day", "days")),
    ],
)
def test_a_lost_place_or_mark_is_found(sentence: messages.Sentence, english: messages.Sentence) -> None:
    assert len(rules.lost_places(sentence, english)) == 1


def test_a_place_may_stay_unsaid_when_the_english_speaks_of_one() -> None:
    assert rules.lost_places(("%(num)d dia", "%(num)d dias"), ("one day", "%(num)d days")) == []


def test_a_doubted_or_half_said_translation_is_none() -> None:
    doubted = Message("Sim", "Yes", flags=["fuzzy"])
    half = Message(("dia útil", "dias úteis"), ("working day", ""))

    assert not messages.is_translated(doubted)
    assert not messages.is_translated(half)


@pytest.mark.parametrize("path", sorted(_TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_speaks_past_the_catalogue(path: Path) -> None:
    name, text = str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")

    assert rules.bare_words(name, text) == []


@pytest.mark.parametrize(
    "template",
    ["<p>Nenhum processo</p>", '<a title="Ver tudo">{{ icon }}</a>', "{% if a %}Não há{% endif %}"],
)
def test_words_outside_the_catalogue_are_found(template: str) -> None:
    assert len(rules.bare_words("x.html", template)) == 1


@pytest.mark.parametrize(
    "template",
    [
        '<p>{{ _("Nenhum processo") }}</p>',
        "<code>GET /api/v1/tasks</code>",
        "{# Nenhum #}",
        "<b lang='en'>English</b>",
        "<p>· 12 →</p>",
    ],
)
def test_code_comments_and_names_of_languages_are_no_such_words(template: str) -> None:
    assert rules.bare_words("x.html", template) == []


def test_every_act_in_the_trail_of_a_case_has_words() -> None:
    acts = [module.text for module in modules() if module.path.startswith("engine/acts/")]
    kinds = "|".join(sorted({action.partition(".")[0] for action in ACTIONS}))
    recorded = {action for text in acts for action in re.findall(rf'"((?:{kinds})\.[a-z-]+)"', text)}

    assert recorded == set(ACTIONS)


def _in_english(sentence: messages.Sentence) -> bool:
    return sentence in _KEPT and messages.is_translated(_KEPT[sentence])
