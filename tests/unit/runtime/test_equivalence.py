"""Pruning, saving and loading a case after every step changes nothing that anybody could see."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from engine.bpmn.reader import read
from engine.dmn import Decision, read_tables
from engine.library import ROOT
from tests import sketches
from tests.sketches import (
    boundary_timer,
    end,
    event_based,
    exclusive,
    inclusive,
    message,
    on_message,
    parallel,
    sketch,
    sub,
    task,
    timer,
)  # fmt: skip
from tests.unit.runtime.random_diagrams import Random
from tests.unit.runtime.walks import Walk

_PERMIT = ROOT / "obras" / "alvara-construcao"
_NESTED = sketch(
    [
        task("pedir", "requerente"), exclusive("g_volta"), parallel("p_abre"), task("a"), inclusive("i_abre"),
        task("b"), task("c"), task("d"), inclusive("i_fecha"), parallel("p_fecha"), exclusive("g_fim"), task("ver"),
        end("fim", "emitido"),
    ],
    """
    inicio > pedir > g_volta > p_abre
    p_abre > a > p_fecha
    p_abre > i_abre
    i_abre > b : sorte > 3
    i_abre > c : sorte > 5
    i_abre > d : *
    b > i_fecha
    c > i_fecha
    d > i_fecha
    i_fecha > p_fecha
    p_fecha > ver > g_fim
    g_fim > g_volta : sorte > 4
    g_fim > fim : *
    """,
)  # fmt: skip
_EVENTS = sketch(
    [
        task("pedir", "requerente"),
        sub(
            "sp", [exclusive("g_volta"), parallel("p"), task("a"), boundary_timer("b_a", "a", "P1D"), exclusive("g_a"),
                   task("b"), parallel("q"), exclusive("g_de_novo"), end("fi")],
            """
            inicio_sp > g_volta > p
            p > a > g_a
            b_a > g_a
            g_a > q
            p > b > q
            q > g_de_novo
            g_de_novo > g_volta : sorte > 5
            g_de_novo > fi : *
            """,
        ),
        boundary_timer("b_sp", "sp", "P20D"),
        boundary_timer("b_aviso", "sp", "P9D", interrupting=False), task("avisar"), end("fim_aviso"),
        event_based("e"), message("m_pago", "pago", "processo.numero", {"pago": "mensagem.valor"}), timer("tm", "P30D"),
        end("fim", "emitido"), end("fim_prazo", "arquivado"), end("fim_vencido", "arquivado"),
        sub(
            "sp_desiste",
            [on_message("m_desiste", "desistencia", "processo.numero"), task("juntar"), end("fd", "desistencia")],
            "m_desiste > juntar > fd", on_event=True,
        ),
    ],
    """
    inicio > pedir > sp > e > m_pago > fim
    e > tm > fim_vencido
    b_sp > fim_prazo
    b_aviso > avisar > fim_aviso
    """,
)  # fmt: skip
_SMALL = {
    "five-tasks": sketches.FIVE_TASKS, "loop": sketches.LOOP, "deadline": sketches.DEADLINE,
    "payment": sketches.PAYMENT, "service": sketches.SERVICE, "broken-gateway": sketches.BROKEN_GATEWAY,
    "legal-clock": sketches.LEGAL_CLOCK, "nested": _NESTED, "events": _EVENTS,
}  # fmt: skip


def _any_answers(chance: random.Random, _element: str) -> dict[str, Any]:
    return {
        "sorte": chance.randint(0, 9), "completo": chance.random() < 0.6, "de_novo": chance.random() < 0.6,
        "exige": chance.random() < 0.6, "fato_novo": chance.random() < 0.5, "zona": "ZR2",
        "valor": chance.randint(1, 20),
    }  # fmt: skip


def _follow(walk: Walk, chance: random.Random, answers: Any, most: int) -> None:
    story = []
    for _ in range(most):
        if walk.ended:
            break
        story.append(walk.step(chance, answers))
        assert walk.differences() == [], story
    assert walk.whole.document.values == walk.twin.document.values, story


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", _SMALL)
def test_a_small_case_saved_after_every_step_is_the_case_kept_whole(name: str, seed: int) -> None:
    walk = Walk(read(_SMALL[name]))

    _follow(walk, random.Random(seed), _any_answers, most=30)


# -- the building permit ----------------------------------------------------------------------------------------------


def _usual() -> dict[str, Any]:
    return yaml.safe_load((_PERMIT / "scenarios.yaml").read_text())["defaults"]


def _permit_answers(usual: Mapping[str, Any]) -> Any:
    opinions = ["favoravel", "favoravel", "exigencias", "contrario"]
    items = [{"norma": "Plano Diretor", "item": "art. 1º", "texto": "Corrija."}]

    def answers(chance: random.Random, element: str) -> dict[str, Any]:
        if not element:  # a job's result: of the register or of the charge, whichever it is
            return {
                **usual["services"]["cadastro.consultar"],
                "txid": f"tx{chance.random()}",
                "valor": 10,
                "sequencia": 1,
            }
        given = dict(usual["answers"].get(element, {}))
        if element in {"t_urb", "t_amb", "t_obras", "t_cad"}:
            sector = element.removeprefix("t_")
            given = {"pareceres": {sector: {"resultado": chance.choice(opinions), "exigencias": items}}}
        choices: dict[str, dict[str, Any]] = {
            "t_protocolar": {"area_construir": chance.choice([60, 100, 2500]), "toca_app": chance.random() < 0.5},
            "t_conferir": {"completo": chance.random() < 0.7},
            "t_consolidar": {"carta": {"texto": "Veja.", "fato_novo": chance.random() < 0.5}},
            "t_avocar": {
                "avocacao": {"resultado": chance.choice(["deferir", "indeferir", "tacito"]), "fundamento": "x"}
            },
            "t_decidir": {"decisao": {"resultado": chance.choice(["deferir", "indeferir"]), "fundamento": "x"}},
            "t_reconsiderar": {"recurso": {"reconsideracao": chance.choice(["manter", "reconsiderar"])}},
            "t_julgar_recurso": {"recurso": {"julgamento": chance.choice(["provido", "improvido"])}},
            "t_divergencia": {"divergencia": {"resultado": chance.choice(["cobrar", "aceitar"]), "motivo": "x"}},
        }
        return {**given, **choices.get(element, {})}

    return answers


def _permit_tables() -> dict[str, Decision]:
    tables: dict[str, Decision] = {}
    for path in _PERMIT.glob("*.dmn"):
        tables |= read_tables(path.read_bytes())
    return tables


@pytest.mark.parametrize("seed", range(25))
def test_a_permit_saved_after_every_step_is_the_permit_kept_whole(seed: int) -> None:
    walk = Walk(read((_PERMIT / "process.bpmn").read_bytes()), _permit_tables())

    _follow(walk, random.Random(seed), _permit_answers(_usual()), most=45)

    assert max(walk.sizes) <= 6 * 1024  # bytes of state of an open case


# -- diagrams made by chance ------------------------------------------------------------------------------------------


def _random_case(seed: int, paths: int) -> None:
    blueprint = read(Random(random.Random(seed)).draw())
    for path in range(paths):
        walk = Walk(blueprint)
        chance = random.Random(f"{seed}/{path}")
        _follow(walk, chance, _any_answers, most=60)
        # Nobody is left with a case that stands still: it ended, or somebody or something will move it.
        assert walk.twin.has_next_move()


@pytest.mark.parametrize("seed", range(30))
def test_any_case_of_any_diagram_goes_on_as_if_it_had_never_been_saved(seed: int) -> None:
    _random_case(seed, paths=3)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(300))
def test_three_hundred_diagrams_on_thirty_paths_each(seed: int) -> None:
    _random_case(seed, paths=30)
