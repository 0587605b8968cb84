"""A case in motion: joins in rounds, bounded state, failures that can be retried, and states that cannot be read."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from engine.bpmn.reader import read
from engine.errors import RunawayCase, StateNotReadable, TaskNotOpen
from engine.runtime.run import Run
from tests.city import MORNING
from tests.sketches import (
    BROKEN_GATEWAY,
    DEADLINE,
    LOOP,
    PAYMENT,
    SERVICE,
    boundary_timer,
    end,
    exclusive,
    on_message,
    parallel,
    script,
    sketch,
    sub,
    task,
)  # fmt: skip
from tests.unit.runtime.walks import Walk, around, move, standing


def _start(xml: bytes) -> Run:
    run = Run.start(read(xml), {}, around())
    run.effects()
    return run


def _complete(run: Run, element: str, **answers: Any) -> Any:
    move(run, "complete", element, answers)
    return run.effects()


def _open(run: Run) -> list[str]:
    return standing(run.awaited())["tasks"]


def _saved(run: Run) -> Run:
    return Run.load(run.blueprint, run.dump(), run.document.values, around())


# -- joins ------------------------------------------------------------------------------------------------------------


def test_in_the_second_round_of_a_loop_the_join_waits_for_both_again() -> None:
    run = _start(LOOP)
    for element in ("pedir", "urb", "amb"):
        _complete(run, element)
    _complete(run, "decidir", de_novo=True)

    _complete(run, "urb")

    assert _open(run) == ["amb"]
    _complete(run, "amb")
    assert _open(run) == ["decidir"]


def test_twelve_parallel_blocks_one_after_another_stay_small() -> None:
    nodes, flows = [task("pedir", "requerente"), end("fim", "emitido")], ["inicio > pedir > p1"]
    for number in range(1, 13):
        nodes += [parallel(f"p{number}"), task(f"a{number}"), task(f"b{number}"), parallel(f"q{number}")]
        flows += [f"p{number} > {letter}{number} > q{number}" for letter in "ab"]
        flows.append(f"q{number} > {f'p{number + 1}' if number < 12 else 'fim'}")
    walk = Walk(read(sketch(nodes, "\n".join(flows))))

    while not walk.ended:
        walk.step(random.Random(1), lambda _chance, _element: {})
        assert walk.differences() == []

    assert max(walk.sizes) < 1_500
    assert walk.twin.awaited().finished


def test_five_hundred_rounds_of_a_loop_leave_a_state_as_small_as_five() -> None:
    run = _start(LOOP)
    _complete(run, "pedir")
    sizes = []
    for _ in range(500):
        for element in ("urb", "amb"):
            _complete(run, element)
        _complete(run, "decidir", de_novo=True)
        sizes.append(len(run.dump()))

    five, five_hundred = sizes[4], sizes[-1]
    assert five_hundred - five <= 8  # three counters of attempts have grown from one digit to three
    assert run.attempts == {"pedir": 1, "urb": 501, "amb": 501, "decidir": 500}


def test_a_loop_without_anybody_in_it_is_stopped() -> None:
    xml = sketch(
        [task("pedir", "requerente"), exclusive("g"), script("x", "n = 1"), exclusive("h"), end("fim")],
        "inicio > pedir > g > x > h\nh > g : n = 1\nh > fim : *",
    )
    run = _start(xml)

    with pytest.raises(RunawayCase):
        _complete(run, "pedir")


# -- failures ---------------------------------------------------------------------------------------------------------


def test_a_failed_gateway_stands_while_the_other_branch_goes_on() -> None:
    run = _start(BROKEN_GATEWAY)

    effects = _complete(run, "pedir")

    (failure,) = effects.failures
    assert (failure.element, failure.code) == ("g_valor", "expression-refused")
    assert failure.facts["reason"] == "not-boolean"
    assert _open(run) == ["urb"]
    assert effects.conditions[-1]["condition"] == "valor > 10"


def test_a_failed_gateway_is_retried_with_what_is_known_then() -> None:
    run = _start(BROKEN_GATEWAY)
    (failure,) = _complete(run, "pedir").failures
    _complete(run, "urb", valor=12)
    run = _saved(run)

    assert run.retry(failure.task_id)

    effects = run.effects()
    assert effects.failures == []
    assert run.document.values["faixa"] == "alta"
    assert _open(run) == ["assinar"]
    assert not run.retry(failure.task_id)


def test_a_retry_that_fails_again_is_a_failure_again() -> None:
    run = _start(BROKEN_GATEWAY)
    (failure,) = _complete(run, "pedir").failures

    run.retry(failure.task_id)

    assert [one.element for one in run.effects().failures] == ["g_valor"]
    assert standing(run.awaited())["failed"] == 1


def test_the_retry_of_a_gateway_keeps_the_timers_around_it() -> None:
    xml = sketch(
        [
            task("pedir", "requerente"),
            sub(
                "sp", [exclusive("g"), task("a"), task("b"), end("fi")],
                "inicio_sp > g\ng > a : valor > 10\ng > b : *\na > fi\nb > fi",
            ),
            boundary_timer("b_sp", "sp", "P20D"), end("fim"), end("fim_prazo"),
        ],
        "inicio > pedir > sp > fim\nb_sp > fim_prazo",
    )  # fmt: skip
    run = _start(xml)
    (failure,) = _complete(run, "pedir").failures
    due = standing(run.awaited())["timers"]
    run = _saved(run)
    run.document.merge({"valor": 1})
    run.again(around(MORNING + timedelta(days=3)))

    run.retry(failure.task_id)

    effects = run.effects()
    assert effects.timers == effects.timers_gone == []
    assert standing(run.awaited())["timers"] == due != []
    assert _open(run) == ["b"]


def test_a_case_does_not_end_while_something_in_it_stands_failed() -> None:
    run = _start(BROKEN_GATEWAY)
    _complete(run, "pedir")
    _complete(run, "urb", valor=1)

    assert not run.awaited().finished
    assert run.has_next_move()


# -- events -----------------------------------------------------------------------------------------------------------

_WITHDRAWAL = sketch(
    [
        task("pedir", "requerente"), parallel("p"), task("a"), task("b"), parallel("q"), end("fim", "emitido"),
        sub(
            "sp_desiste",
            [
                on_message("m", "desistencia", "processo.numero", {"motivo": "mensagem.motivo"}),
                end("fd", "desistencia"),
            ],
            "m > fd",
            on_event=True,
        ),
    ],
    "inicio > pedir > p\np > a > q\np > b > q\nq > fim",
)  # fmt: skip


def test_an_event_sub_process_ends_everything_around_it() -> None:
    run = _start(_WITHDRAWAL)
    _complete(run, "pedir")
    _complete(run, "a")
    run = _saved(run)

    move(run, "deliver", "m", {})

    effects = run.effects()
    assert (effects.finished, effects.outcome) == (True, "desistencia")
    assert [element for _, element in effects.closed] == ["b"]
    assert run.document.values["motivo"] == "x"
    assert standing(run.awaited()) | {"finished": True} == {
        "tasks": [], "timers": [], "waits": [], "jobs": 0, "failed": 0, "finished": True,
    }  # fmt: skip


def test_an_event_sub_process_that_was_not_needed_goes_with_its_case() -> None:
    run = _start(_WITHDRAWAL)
    for element in ("pedir", "a", "b"):
        effects = _complete(_saved(run) if element == "b" else run, element)

    assert (effects.finished, effects.outcome) == (True, "emitido")
    assert [element for _, element in effects.waits_gone] == ["m"]


def test_an_outcome_reached_before_the_last_branch_ends_is_kept() -> None:
    xml = sketch(
        [task("pedir", "requerente"), parallel("p"), task("a"), task("b"), end("fim_a", "indeferido"), end("fim_b")],
        "inicio > pedir > p\np > a > fim_a\np > b > fim_b",
    )
    run = _start(xml)
    _complete(run, "pedir")
    _complete(run, "a")
    run = _saved(run)

    effects = _complete(run, "b")

    assert (effects.finished, effects.outcome) == (True, "indeferido")


def test_a_timer_a_message_and_a_job_answer_only_while_they_are_awaited() -> None:
    timer, payment, job = _start(DEADLINE), _start(PAYMENT), _start(SERVICE)
    for run in (timer, payment, job):
        _complete(run, "pedir")
    ((timer_id, element),) = timer.awaited().timers
    (message_id, awaited) = next(iter(payment.awaited().waits))
    (job_id,) = job.awaited().jobs
    _complete(timer, "analisar")
    assert payment.deliver(message_id, awaited, {"valor": 1})
    assert job.finish_job(job_id, {"zona": "ZR2"})

    assert not timer.fire(timer_id, element)
    assert not payment.deliver(message_id, awaited, {"valor": 2})
    assert not job.finish_job(job_id, {"zona": "ZC"})
    assert payment.document.values["pago"] == 1
    assert job.document.values["zona"] == "ZR2"


def test_a_task_that_is_not_open_is_not_completed() -> None:
    run = _start(DEADLINE)
    (task_id,) = run.awaited().people
    run.complete(task_id, {})

    with pytest.raises(TaskNotOpen):
        run.complete(task_id, {})


# -- states -----------------------------------------------------------------------------------------------------------


def test_a_state_of_an_unknown_format_is_refused() -> None:
    run = _start(LOOP)
    text = run.dump()
    future = msgspec.json.decode(text) | {"v": 2}

    with pytest.raises(StateNotReadable) as refused:
        Run.load(run.blueprint, msgspec.json.encode(future).decode(), {}, around())

    assert refused.value.facts == {"format": 2}


def test_a_state_of_another_diagram_is_refused_by_the_element_it_lacks() -> None:
    run = _start(LOOP)
    _complete(run, "pedir")
    text = run.dump()

    with pytest.raises(StateNotReadable):
        Run.load(read(PAYMENT), text, {}, around())


def test_loading_asks_nothing_again() -> None:
    run = _start(DEADLINE)
    effects = _complete(run, "pedir")
    assert [start.element for start in effects.timers] == ["b_prazo"]

    taken_up = _saved(run)
    again = taken_up.effects()

    assert again.timers == again.opened == again.trace == []
    assert taken_up.dump() == run.dump()
