"""The sentences of templates: their language, what is filled in, and that nothing filled in becomes markup."""

from __future__ import annotations

import pytest

from engine.desk.deadline import Deadline
from tests.web.site import Site
from web import filters

SAID = (
    "{{ _('Assumir') }}|{{ _('com %(name)s', name=who) }}|{{ _('99 %%') }}|"
    "{{ ngettext('%(num)d tarefa', '%(num)d tarefas', 1) }}|{{ ngettext('%(num)d tarefa', '%(num)d tarefas', 3) }}"
)
TURNS = ("pt-BR", "en", "pt-BR", "en")  # each sentence is said before in the other language


def test_each_request_hears_its_own_language_whoever_asked_before(site: Site) -> None:
    template = site.app.jinja_env.from_string(SAID)
    said = []
    for language in TURNS:
        with site.app.test_request_context(headers={"Accept-Language": language}):
            said.append(template.render(who="Ana"))

    assert said[0] == said[2] == "Assumir|com Ana|99 %|1 tarefa|3 tarefas"
    assert said[1] == said[3] == "Take|with Ana|99 %|1 task|3 tasks"


def test_what_is_filled_into_a_sentence_is_escaped(site: Site) -> None:
    with site.app.test_request_context(headers={"Accept-Language": "pt-BR"}):
        said = site.app.jinja_env.from_string("{{ _('com %(name)s', name=who) }}").render(who="<b>Ana</b> 100%")

    assert said == "com &lt;b&gt;Ana&lt;/b&gt; 100%"


@pytest.mark.parametrize(
    ("state", "days_left", "short", "long"),
    [
        ("ok", 6, '6 <abbr title="dias úteis">d.u.</abbr>', "6 dias úteis"),
        ("warn", 1, '1 <abbr title="dia útil">d.u.</abbr>', "1 dia útil"),
        ("warn", 0, "hoje", "hoje"),
        ("late", 0, "venceu hoje", "venceu hoje"),
        ("late", -2, 'venceu há 2 <abbr title="dias úteis">d.u.</abbr>', "venceu há 2 dias úteis"),
        ("paused", 0, "suspenso", "suspenso"),
        ("done", 3, "cumprido", "cumprido"),
    ],
)
def test_a_deadline_reads_as_it_stands(site: Site, state: str, days_left: int, short: str, long: str) -> None:
    deadline = Deadline(state, days_left, 50, None)
    with site.app.test_request_context(headers={"Accept-Language": "pt-BR"}):
        assert str(filters.due_words(deadline)) == short
        assert str(filters.due_words(deadline, long=True)) == long


def test_a_deadline_reads_in_the_language_of_the_page(site: Site) -> None:
    said = []
    for language in TURNS:
        with site.app.test_request_context(headers={"Accept-Language": language}):
            said.append(str(filters.due_words(Deadline("warn", 0, 50, None))))

    assert said == ["hoje", "today", "hoje", "today"]
