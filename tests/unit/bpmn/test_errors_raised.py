"""Errors that activities raise: by a script's `erro`, by a connector; who catches them, what becomes of the rest."""

from __future__ import annotations

import pytest

from engine.bpmn.reader import read
from engine.errors import DiagramRefused, ErrorRaised
from tests.sketches import (
    Node,
    after,
    boundary,
    end,
    error,
    exclusive,
    on,
    parallel,
    script,
    service,
    sketch,
    sub,
    task,
)
from tests.unit.runtime.played import Played, says

FAILS = script("conta", 'antes = 1\nfalha = erro("RECUSADO")')
JOB = service("consulta", "cadastro.consultar", {}, {})


def guarded(host: Node, *events: Node) -> Played:
    nodes = [host, *events, says("seguir"), says("tratar"), says("tratar_outro"), end("fim"), end("f1"), end("f2")]
    flows = f"inicio > {host.id} > seguir > fim\n{events[0].id} > tratar > f1"
    flows += f"\n{events[1].id} > tratar_outro > f2" if len(events) > 1 else ""
    return Played([node for node in nodes if len(events) > 1 or node.id not in {"tratar_outro", "f2"}], flows)


def test_a_script_that_raises_an_error_is_left_by_the_event_on_its_boundary():
    case = guarded(FAILS, boundary("b", "conta", error("RECUSADO")))

    assert (case.log, case.finished, case.failures) == (["tratar"], True, [])


def test_nothing_of_a_script_that_raises_an_error_is_kept():
    case = guarded(FAILS, boundary("b", "conta", error("RECUSADO")))

    assert "antes" not in case.run.document.values


@pytest.mark.parametrize("order", [1, -1])
def test_the_event_with_the_code_goes_before_the_one_for_any(order: int):
    exact, any_code = boundary("b", "conta", error("RECUSADO")), boundary("todos", "conta", error())

    case = guarded(FAILS, *[exact, any_code][::order])

    assert case.log == ["tratar" if order == 1 else "tratar_outro"]


def test_the_nearest_scope_catches_an_error_of_a_script_deep_within():
    inner = sub("dentro", [FAILS], "inicio_dentro > conta")
    outer = sub("fora", [inner, boundary("b1", "dentro", error("OUTRO")), end("f3"), end("f4")],
                "inicio_fora > dentro > f3\nb1 > f4")  # fmt: skip

    case = guarded(outer, boundary("b", "fora", error("RECUSADO")))

    assert (case.log, case.finished) == (["tratar"], True)


def test_an_event_sub_process_takes_over_when_a_script_beside_it_raises_an_error():
    handler = sub("h", [on("s", error("RECUSADO")), says("desfazer")], "s > desfazer", on_event=True)
    case = Played([parallel("g"), task("a"), FAILS, handler], "inicio > g > a\ng > conta")

    assert (case.log, case.finished, case.open) == (["desfazer"], True, [])


def test_an_error_that_nobody_catches_is_an_incident_with_its_code():
    nodes = [FAILS, boundary("b", "conta", error("OUTRO")), end("fim"), end("f1")]
    case = Played(nodes, "inicio > conta > fim\nb > f1")

    assert [(one.code, one.facts["error"]) for one in case.effects.failures] == [("error-not-caught", "RECUSADO")]
    assert case.retried().failures == ["error-not-caught"] * 2


def test_what_waits_on_the_boundary_ends_with_the_script_that_raised_an_error():
    host = sub("parte", [task("a"), FAILS], "inicio_parte > a > conta")
    case = guarded(host, boundary("b", "parte", error("RECUSADO")), boundary("t", "parte", after("P1D")))

    case.done("a")

    assert (case.log, case.due, case.finished) == (["tratar"], [], True)


def test_a_loop_raises_its_error_in_each_round():
    nodes = [
        exclusive("volta"), task("a"), FAILS, boundary("b", "conta", error("RECUSADO")), says("tratar"), end("fim"),
    ]  # fmt: skip
    case = Played(nodes, "inicio > volta > a > conta > fim\nb > tratar > volta").done("a").done("a")

    assert (case.log, case.open) == (["tratar", "tratar"], ["a"])


def test_a_connector_may_raise_an_error_that_the_drawing_awaits():
    case = guarded(JOB, boundary("b", "consulta", error("NAO_HA")))

    case.job_failed("NAO_HA")

    assert (case.log, case.finished, case.run.awaited().jobs) == (["tratar"], True, frozenset())


def test_an_error_of_a_connector_that_nobody_catches_changes_nothing():
    case = guarded(JOB, boundary("b", "consulta", error("NAO_HA")))
    job = min(case.run.awaited().jobs)

    with pytest.raises(ErrorRaised) as raised:
        case.run.fail_job(job, "OUTRO", "fora do ar")

    assert raised.value.facts == {"error": "OUTRO", "message": "fora do ar"}
    assert case.run.awaited().jobs == {job}
    assert case.run.finish_job(job, {})


def test_a_job_that_is_no_longer_awaited_raises_nothing():
    case = guarded(JOB, boundary("b", "consulta", error("NAO_HA")))
    job = min(case.run.awaited().jobs)
    case.job_failed("NAO_HA")

    assert not case.run.fail_job(job, "NAO_HA")


def test_an_error_thrown_in_an_event_sub_process_goes_to_the_scope_around_it():
    handler = sub("h", [on("s", error("UM")), end("fim_h", error="DOIS")], "s > fim_h", on_event=True)
    part = sub("parte", [script("x", 'y = erro("UM")'), handler], "inicio_parte > x")

    case = guarded(part, boundary("b", "parte", error("DOIS")), boundary("c", "parte", error("UM")))

    assert (case.log, case.finished) == (["tratar"], True)


def test_only_scripts_may_raise_errors():
    nodes = [exclusive("g"), says("a"), says("b")]
    case = Played(nodes, 'inicio > g\ng > a : erro("X") = 1\ng > b : *')

    assert case.failures == ["expression-refused"]


@pytest.mark.parametrize("code", ['""', "1", "null"])
def test_an_error_has_a_code(code: str):
    assert Played([script("x", f"y = erro({code})")], "inicio > x").failures == ["expression-refused"]


def test_an_error_on_what_can_raise_none_is_refused():
    nodes = [Node("businessRuleTask", "regra", {}), boundary("b", "regra", error("X")), end("fim"), end("f")]

    with pytest.raises(DiagramRefused, match="unsupported-event"):
        read(sketch(nodes, "inicio > regra > fim\nb > f"))
