"""An act that is killed anywhere and tried again happened once; an act that was answered is there.

Every point of every act is tried: `rito verify` must find nothing after any of them. The last test shows that these
tests would see it if an effect were written outside the act's transaction.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.access import By
from engine.acts import cases, tasks
from engine.acts.advance import mirror
from engine.clockwork import Clockwork
from engine.house import House
from engine.store.session import after_commit, transaction
from tests.chaos.kills import Deed, kill_everywhere
from tests.city import MORNING, City, ask
from tests.sketches import boundary_timer, end, message, parallel, service, sketch, task

_EVERYTHING = sketch(
    [
        task("pedir", "requerente", form="pedir"), task("conferir", "protocolo", due="P5D", warn="P3D"),
        boundary_timer("b_prazo", "conferir", "P10D"), parallel("g_abre"),
        service("s_lote", "cadastro.consultar", {"inscricao": '"01.02"'}, {"zona": "resultado.zona"}),
        message("m_pago", "pagamento_confirmado", "processo.numero", {"pago": "mensagem.valor"}),
        task("complementar", "requerente"), task("analisar", "obras", due="P5D", warn="P3D"), parallel("g_fecha"),
        service("s_prazo", "cadastro.consultar", {"inscricao": '"01.02"'}, {"zona": "resultado.zona"}),
        task("responder", "requerente"), end("fim", "emitido"), end("fim_prazo", "arquivado"),
    ],
    """
    inicio > pedir > conferir > g_abre
    g_abre > s_lote > g_fecha
    g_abre > m_pago > complementar > g_fecha
    g_abre > analisar > g_fecha
    g_fecha > fim
    b_prazo > s_prazo > responder > fim_prazo
    """,
)  # fmt: skip
_PEDIR = """{"type": "default", "id": "pedir", "schemaVersion": 19, "components": [
  {"type": "textfield", "id": "a", "key": "requerente.nome", "label": "Nome"},
  {"type": "textfield", "id": "b", "key": "requerente.email", "label": "E-mail"}
]}"""
_ANSWERS = {"requerente": {"nome": "Marina Hoffmann", "email": "marina@exemplo.com.br"}}
_LATER = MORNING + timedelta(days=15)


def _person(number: int, **who: Any) -> dict[str, Any]:
    return {"actor": "servant:1", "name": "Ana", "key": f"key-{number:04d}", "body_hash": "same", **who}


class _Numbered:
    """Gives each try its own number, by which its key is made."""

    def __init__(self) -> None:
        self.last = 0

    def next(self) -> int:
        self.last += 1
        return self.last


_numbers = _Numbered()


# -- the acts ---------------------------------------------------------------------------------------------------------


def _start(house: House, number: int) -> dict[str, Any]:
    def act(by: By) -> dict[str, Any]:
        started = cases.start(by, "teste", _ANSWERS, origin="portal")
        return {"case": started.case_id, "number": started.number, "code": started.access_code}

    return ask(house, _person(number, actor="visitor:1"), act)


def _a_case(city: City) -> int:
    return city.start(_ANSWERS).case_id


def _a_task(city: City) -> tuple[int, int, Any]:
    case_id = _a_case(city)
    return _numbers.next(), case_id, city.task_id(case_id, "conferir")


def _complete(house: House, subject: tuple[int, int, Any]) -> dict[str, Any]:
    number, case_id, task_id = subject

    def act(by: By) -> dict[str, Any]:
        tasks.complete(by, task_id, {})
        return {"case": case_id}

    return ask(house, _person(number, roles=frozenset({"protocolo"})), act)


def _a_wait(city: City) -> tuple[int, int, str]:
    started = city.start(_ANSWERS)
    city.complete(started.case_id, "conferir")
    return _numbers.next(), started.case_id, started.number


def _correlate(house: House, subject: tuple[int, int, str]) -> dict[str, Any]:
    number, case_id, key = subject
    told = cases.Message(
        source="banco", external_id=str(number), name="pagamento_confirmado", key=key, payload={"valor": 10}
    )

    def act(by: By) -> dict[str, Any]:
        heard = cases.correlate(by, told)
        assert heard.case_id == case_id
        return {"case": heard.case_id}

    return ask(house, _person(number, actor="token:1"), act)


def _tick(house: House, case_id: int) -> int:
    Clockwork(house).tick(_LATER)
    return case_id


def _tick_again(house: House, case_id: int) -> int:
    """Tick as the next clocks would, until the lease of a dead one has run out."""
    Clockwork(house).tick(_LATER)
    Clockwork(house).tick(_LATER + timedelta(minutes=2))
    return case_id


def _settled(city: City) -> int:
    """Return a case with nothing left to do for the clock, so that one try meets only its own work."""
    case_id = _a_case(city)
    city.tick()
    return case_id


def _ordered(city: City) -> int:
    case_id = _settled(city)
    city.complete(case_id, "conferir")
    return case_id


def _tick_now(house: House, case_id: int) -> int:
    Clockwork(house).tick(MORNING)
    return case_id


def _tick_until_free(house: House, case_id: int) -> int:
    Clockwork(house).tick(MORNING)
    Clockwork(house).tick(MORNING + timedelta(minutes=2))
    return case_id


_DEEDS = (
    Deed("start", lambda _city: _numbers.next(), _start, lambda _subject, answer: answer["case"]),
    Deed("complete", _a_task, _complete, lambda subject, _answer: subject[1]),
    Deed("correlate", _a_wait, _correlate, lambda subject, _answer: subject[1]),
    Deed("deadline", _settled, _tick, lambda subject, _answer: subject, again=_tick_again),
    Deed("order", _ordered, _tick_now, lambda subject, _answer: subject, again=_tick_until_free),
)


@pytest.mark.parametrize("deed", _DEEDS, ids=lambda deed: deed.name)
def test_killed_anywhere_and_tried_again_it_happened_once(
    city: City, deed: Deed, capsys: pytest.CaptureFixture[str]
) -> None:
    city.publish(_EVERYTHING, forms={"pedir": _PEDIR})

    report = kill_everywhere(city, deed)

    with capsys.disabled():
        print(f" {report.points} points ", end="")
    assert report.violations == []
    assert report.points >= 20


def _outbox_after_the_commit() -> None:
    """Write the outbox in a second transaction once the first is safe: the mistake that these tests are there for."""
    write = mirror._outbox

    def later(by: By, story: mirror.Story) -> None:
        def then() -> None:
            with transaction(by.house.store) as session:
                write(replace(by, session=session), story)

        after_commit(by.session, then)

    mirror._outbox = later


def test_an_outbox_written_after_the_commit_is_found_out(city: City) -> None:
    city.publish(_EVERYTHING, forms={"pedir": _PEDIR})
    complete = next(deed for deed in _DEEDS if deed.name == "complete")

    report = kill_everywhere(city, complete, sabotage=_outbox_after_the_commit)

    assert any("job-missing" in violation for violation in report.violations)
    assert any("order service s_lote" in violation for violation in report.violations)
