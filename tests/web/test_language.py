"""Portuguese unless a person or his browser asks for English; dates, money and sizes as people here write them."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from sqlalchemy import insert

import web
from engine.store.deadlines import Heartbeat
from tests.web.site import Site
from web import filters

CATALOGUE = Path(web.__file__).parent / "translations" / "en" / "LC_MESSAGES"
PLACES = re.compile(r"%\(\w+\)[sd]")


@pytest.mark.parametrize(
    ("headers", "address", "word"),
    [
        ({}, "/entrar", "Usuário"),
        ({"Accept-Language": "pt-BR,pt;q=0.9,en;q=0.5"}, "/entrar", "Usuário"),
        ({"Accept-Language": "en-GB,en;q=0.9"}, "/entrar", "User name"),
        ({"Accept-Language": "de"}, "/entrar", "Usuário"),
        ({}, "/entrar?lang=en", "User name"),
        ({"Accept-Language": "en"}, "/entrar?lang=pt", "Usuário"),
        ({}, "/entrar?lang=tlh", "Usuário"),
    ],
)
def test_the_language_is_the_chosen_one_else_the_browsers_else_portuguese(
    site: Site, headers: dict[str, str], address: str, word: str
) -> None:
    page = site.browser().get(address, headers=headers).text

    assert word in page


def test_a_chosen_language_is_remembered_and_the_page_says_which_it_is(site: Site) -> None:
    browser = site.browser()
    browser.get("/entrar?lang=en")

    page = browser.get("/entrar").text

    assert "User name" in page
    assert '<html lang="en"' in page


def test_the_compiled_catalogue_is_that_of_its_source() -> None:
    with (CATALOGUE / "messages.po").open("rb") as source:
        catalogue = read_po(source, locale="en")
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)

    assert (CATALOGUE / "messages.mo").read_bytes() == compiled.getvalue()


def test_no_translation_loses_a_place_for_a_fact() -> None:
    with (CATALOGUE / "messages.po").open("rb") as source:
        catalogue = read_po(source, locale="en")

    for message in filter(lambda one: one.id, catalogue):
        source_words = message.id if isinstance(message.id, str) else message.id[1]
        words = message.string if isinstance(message.string, str) else message.string[1]
        assert sorted(PLACES.findall(source_words)) == sorted(PLACES.findall(words)), source_words


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(), "hoje, 9:00"),
        (timedelta(hours=10), "ontem, 23:00"),
        (timedelta(days=12), "18 fev, 9:00"),
        (timedelta(days=400), "26 jan 2025, 9:00"),
    ],
)
def test_a_moment_reads_in_the_citys_zone(site: Site, ago: timedelta, said: str) -> None:
    with site.app.test_request_context(headers={"Accept-Language": "pt-BR"}):
        assert filters.moment_text(site.city.at - ago) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(162050, "R$ 1.620,50"), (0, "R$ 0,00"), (Decimal("1276.5"), "R$ 1.276,50"), (100000000, "R$ 1.000.000,00")],
)
def test_money_reads_as_reais_and_cents(value: object, said: str) -> None:
    assert filters.money(value) == said


def test_in_english_dates_and_figures_read_as_the_sentences_do(site: Site) -> None:
    with site.app.test_request_context(headers={"Accept-Language": "en"}):
        said = [
            filters.moment_text(site.city.at),
            filters.day_text(site.city.at - timedelta(days=400)),
            filters.money(162050),
            filters.figure(Decimal("1276.5")),
            filters.size(1200),
        ]

    assert said == ["today, 9:00", "26 Jan 2025", "R$ 1,620.50", "1,276.5", "1.2 kB"]


@pytest.mark.parametrize(
    "address", ["/", "/entrar", "/ajuda/", "/ajuda/api", "/acompanhar", "/verificar", "/acessibilidade"]
)
def test_an_english_visitor_meets_no_portuguese_but_the_citys_own(site: Site, address: str) -> None:
    page = site.browser().get(address, headers={"Accept-Language": "en"})

    assert page.status_code == 200
    assert '<html lang="en"' in page.text
    assert not re.search(r"\b(não|você|prefeitura|processos?|com|para|uma)\b", _words(page.text))


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0 bytes"), (999, "999 bytes"), (1200, "1,2 kB"), (26_000_000, "26 MB")]
)
def test_a_size_reads_in_the_unit_that_fits(value: int, said: str) -> None:
    assert filters.size(value) == said


@pytest.mark.parametrize(
    ("name", "said"), [("Helena Nunes", "HN"), ("Ana", "A"), ("", ""), ("Maria Aparecida da Silva", "MS")]
)
def test_initials_are_those_of_the_first_and_last_name(name: str, said: str) -> None:
    assert filters.initials(name) == said


def test_ready_only_while_a_clock_has_ticked_of_late(site: Site) -> None:
    browser = site.browser()
    never = browser.get("/health/ready")
    with site.city.by("clock") as by:
        by.connection.execute(insert(Heartbeat).values(name="um", at=site.city.at))
    ready = browser.get("/health/ready")
    site.city.pass_time(seconds=60)
    stopped = browser.get("/health/ready")

    assert [never.status_code, ready.status_code, stopped.status_code] == [503, 200, 503]
    assert browser.get("/health/live").json == {"status": "ok"}


def test_an_unknown_page_is_a_page_with_a_way_on_and_a_problem_for_programs(site: Site) -> None:
    page = site.browser().get("/nada")
    program = site.browser().get("/api/v1/nada")

    assert page.status_code == 404
    assert "Ir para a página inicial" in page.text
    assert program.status_code == 404
    assert program.mimetype == "application/problem+json"


def _words(page: str) -> str:
    shown = re.sub(r"<(code|script)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", shown)
