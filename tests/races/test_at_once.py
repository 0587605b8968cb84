"""Two people, two clocks, two messages at once: one thing happens, once, and whoever comes second is told."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from engine.access import By
from engine.acts import cases, tasks
from engine.acts.drafts import mine
from engine.clockwork import Clockwork
from engine.errors import TaskNotOpen
from engine.house import House, open_house
from engine.store.cases import Case, MessageWait, Task
from engine.store.deadlines import Timer
from engine.store.trail import AuditEntry, Idempotency, Inbox
from tests.city import MORNING, City, ask
from tests.races.pairs import Act, at_once, crossed
from tests.sketches import DEADLINE, FIVE_TASKS, FORMS, PAYMENT, end, message, on_message, sketch, sub, task

_LATER = MORNING + timedelta(days=15)


@contextmanager
def _another_process(city: City) -> Iterator[House]:
    """Give the same city as another process has it: its own connections, nothing kept in common."""
    house = open_house(city.settings)
    yield house
    house.store.dispose()


def _completes(who: str, task_id: Any) -> Act:
    def act(city: City) -> None:
        with city.by(who) as by:
            tasks.complete(by, task_id, {})

    return act


# -- one task, two servants -------------------------------------------------------------------------------------------


def test_of_two_who_complete_one_task_one_wins_and_the_other_hears_who_and_when(city: City) -> None:
    city.publish(DEADLINE)

    for _ in range(15):
        case_id = city.start().case_id
        task_id = city.task_id(case_id, "analisar")
        actors = at_once(city, _completes("obras", task_id), _completes("obras2", task_id))

        (loser,) = [actor for actor in actors if actor.refused]
        (row,) = city.rows(Task, id=task_id)
        assert isinstance(loser.refused, TaskNotOpen)
        assert loser.refused.facts["by"] == row["closed_by"]
        assert loser.refused.facts["at"] == row["closed_at"] == MORNING
        assert city.case(case_id)["status"] == "done"
    assert city.findings() == []


@pytest.mark.parametrize("statement", [2, 4, 6, 8])
def test_the_second_hears_it_also_when_he_had_read_the_task_while_it_was_open(city: City, statement: int) -> None:
    city.publish(DEADLINE)
    task_id = city.task_id(city.start().case_id, "analisar")

    first, second, _ = crossed(city, _completes("obras", task_id), _completes("obras2", task_id), statement)

    told = first.refused or second.refused
    assert isinstance(told, TaskNotOpen)
    assert told.facts["by"] in {"obras", "obras2"}
    assert told.facts["at"] == MORNING


def test_of_two_who_take_one_task_one_has_it(city: City) -> None:
    city.publish(DEADLINE)

    def takes(who: str, task_id: Any) -> Act:
        def act(city: City) -> None:
            with city.by(who) as by:
                tasks.take(by, task_id)

        return act

    for _ in range(10):
        task_id = city.task_id(city.start().case_id, "analisar")
        actors = at_once(city, takes("obras", task_id), takes("obras2", task_id))

        assert sorted(actor.refused.code for actor in actors if actor.refused) == ["task-taken"]
        assert city.rows(Task, id=task_id)[0]["assignee_id"] in {city.servants["obras"], city.servants["obras2"]}


def test_of_four_who_ask_for_the_next_task_each_gets_another(city: City) -> None:
    city.publish(DEADLINE)
    for _ in range(4):
        city.start()

    def takes_next(city: City) -> Any:
        with city.by("obras") as by:
            return tasks.take_next(by)

    actors = at_once(city, *[takes_next] * 4)

    taken = [actor.answer for actor in actors if actor.answer]
    assert len(set(taken)) == len(taken) == sum(1 for row in city.rows(Task) if row["assignee_id"])
    assert len(taken) + sum(1 for actor in actors if actor.refused) == 4


def test_what_the_second_had_typed_can_still_be_kept_as_a_draft(city: City) -> None:
    city.publish(DEADLINE)
    case_id = city.start().case_id
    task_id = city.task_id(case_id, "analisar")
    with city.by("obras2") as by:
        tasks.keep_draft(by, task_id, {"parecer": "favorável"})

    city.complete(case_id, "analisar", who="obras")

    with pytest.raises(TaskNotOpen), city.by("obras2") as by:
        tasks.complete(by, task_id, {"parecer": "favorável"})
    with city.by("obras2", writes=False) as by:
        draft = mine(by, f"task:{task_id}")
    assert draft is not None
    assert draft[0] == {"parecer": "favorável"}


# -- one request, sent again and again --------------------------------------------------------------------------------


def _same_request(city: City, act: Callable[[By], dict[str, Any]], **who: Any) -> list[Any]:
    facts = {"actor": "servant:1", "name": "Ana", "key": "form-0001", "body_hash": "same", **who}
    return [actor.answer for actor in at_once(city, *[lambda city: ask(city.house, facts, act)] * 10)]


def test_a_completion_posted_ten_times_completes_once(city: City) -> None:
    city.publish(FIVE_TASKS, forms=FORMS)
    case_id = city.start().case_id
    task_id = city.task_id(case_id, "conferir")

    def act(by: By) -> dict[str, Any]:
        moved = tasks.complete(by, task_id, {"completo": True})
        return {"number": moved.number, "opened": [one.element.id for one in moved.effects.opened]}

    answers = _same_request(city, act, roles=frozenset({"protocolo"}))

    assert answers == [{"number": city.case(case_id)["number"], "opened": ["analisar"]}] * 10
    assert city.open_elements(case_id) == ["analisar"]
    assert len(city.rows(Idempotency)) == 1
    assert city.findings() == []


def test_a_start_posted_ten_times_starts_one_case_and_leaves_no_gap(city: City) -> None:
    city.publish(FIVE_TASKS, forms=FORMS)

    def act(by: By) -> dict[str, Any]:
        return {"number": cases.start(by, "teste", {}, origin="portal").number}

    answers = _same_request(city, act)

    assert answers == [{"number": "2026.000001-3"}] * 10
    assert len(city.rows(Case)) == 1
    assert city.start().number.startswith("2026.000002-")


@pytest.mark.parametrize("requests", [160, pytest.param(10_000, marks=pytest.mark.nightly)])
def test_keys_repeated_by_eight_clients_happen_once_each(city: City, requests: int) -> None:
    city.publish(FIVE_TASKS, forms=FORMS)
    keys = [f"form-{number % (requests // 20)}" for number in range(requests)]

    def act(by: By) -> dict[str, Any]:
        return {"number": cases.start(by, "teste", {}, origin="portal").number}

    def post(key: str) -> tuple[str, str]:
        facts = {"actor": "servant:1", "name": "Ana", "key": key, "body_hash": "same"}
        return key, ask(city.house, facts, act)["number"]

    with ThreadPoolExecutor(8) as clients:
        answers = set(clients.map(post, keys))

    assert len(answers) == len(set(keys)) == len(city.rows(Case))
    assert city.findings() == []


# -- clocks -----------------------------------------------------------------------------------------------------------


def test_three_clocks_settle_sixty_deadlines_each_once(city: City) -> None:
    city.publish(DEADLINE)
    numbers = [city.start().case_id for _ in range(60)]

    with _another_process(city) as second, _another_process(city) as third:
        houses = iter([city.house, second, third])
        clocks = [Clockwork(next(houses)) for _ in range(3)]
        actors = at_once(city, *[lambda _city, clock=clock: clock.tick(_LATER) for clock in clocks])

    settled = Counter(row["chain"] for row in city.rows(AuditEntry, action="deadline.settle"))
    assert settled == dict.fromkeys(numbers, 1)
    assert sum(actor.answer for actor in actors) >= 60
    assert {row["status"] for row in city.rows(Timer, kind="event")} == {"fired"}
    assert {row["outcome"] for row in city.rows(Case)} == {"arquivado"}
    assert city.findings() == []


def test_a_deadline_and_the_answer_that_meets_it_do_not_both_count(city: City) -> None:
    city.publish(DEADLINE)

    for _ in range(10):
        case_id = city.start().case_id
        task_id = city.task_id(case_id, "analisar")
        clock, servant = at_once(city, lambda city: city.tick(_LATER), _completes("obras", task_id))

        outcome = city.case(case_id)["outcome"]
        assert (outcome == "arquivado") == (servant.refused is not None), clock.answer
    assert city.findings() == []


# -- numbers ----------------------------------------------------------------------------------------------------------


def test_cases_started_at_once_get_numbers_without_a_gap(city: City) -> None:
    city.publish(FIVE_TASKS, forms=FORMS)

    def starts(city: City) -> list[str]:
        return [city.start().number for _ in range(5)]

    actors = at_once(city, *[starts] * 6)

    numbers = sorted(number for actor in actors for number in actor.answer)
    assert [int(number[5:11]) for number in numbers] == list(range(1, 31))
    assert city.findings() == []


# -- messages ---------------------------------------------------------------------------------------------------------

_PAID_SOMETIME = sketch(
    [
        task("pedir", "requerente"), task("cobrar", "fazenda"),
        message("m_pago", "pagamento_confirmado", "processo.numero", {"pago": "mensagem.valor"}),
        task("entregar", "protocolo"), end("fim", "emitido"),
        sub(
            "sp_desiste",
            [on_message("m_desiste", "desistencia", "processo.numero"), end("fim_desiste", "desistencia")],
            "m_desiste > fim_desiste", on_event=True,
        ),
    ],
    "inicio > pedir > cobrar > m_pago > entregar > fim",
)  # fmt: skip


def _pay(city: City, started: cases.Started) -> None:
    for _ in range(3):  # a bank says it more than once
        city.tell("pagamento_confirmado", started.number, {"valor": 10}, once=started.number)


def _wait(city: City, started: cases.Started) -> None:
    if "cobrar" in city.open_elements(started.case_id):
        city.complete(started.case_id, "cobrar")


def _close(city: City, started: cases.Started) -> None:
    with city.by("requerente", case=started.case_id) as by:
        cases.withdraw(by, started.case_id, "desisto")


@pytest.mark.parametrize("order", list(itertools.permutations([_pay, _wait, _close])), ids=lambda order: "-".join(
    step.__name__.strip("_") for step in order
))  # fmt: skip
def test_a_payment_finds_its_case_in_whatever_order_things_come(city: City, order: tuple[Any, ...]) -> None:
    city.publish(_PAID_SOMETIME)
    started = city.start()
    before_close = order[: order.index(_close)]

    for step in order:
        step(city, started)
        city.tick()

    (kept,) = city.rows(Inbox)
    paid = set(before_close) == {_pay, _wait}
    assert kept["case_id"] == (started.case_id if paid else None)
    assert city.case(started.case_id)["data"].get("pago") == (10 if paid else None)
    assert [row["action"] for row in city.rows(AuditEntry, chain=started.case_id)].count("message.deliver") == paid
    assert city.rows(MessageWait) == []
    assert city.findings() == []


def test_no_payment_is_lost_that_comes_while_its_case_begins_to_wait(city: City) -> None:
    city.publish(_PAID_SOMETIME)

    for _ in range(20):
        started = city.start()
        at_once(city, lambda city, one=started: _pay(city, one), lambda city, one=started: _wait(city, one))
        city.tick()

        assert city.open_elements(started.case_id) == ["entregar"]
    assert city.findings() == []


@pytest.mark.parametrize("statement", range(1, 9))
def test_none_is_lost_wherever_the_two_cross(city: City, statement: int) -> None:
    city.publish(_PAID_SOMETIME)
    paid, waited = city.start(), city.start()

    crossed(city, lambda city: _pay(city, paid), lambda city: _wait(city, paid), statement)
    crossed(city, lambda city: _wait(city, waited), lambda city: _pay(city, waited), statement)
    city.tick()

    assert city.open_elements(paid.case_id) == city.open_elements(waited.case_id) == ["entregar"]
    assert city.findings() == []


def test_a_payment_delivered_twice_at_once_counts_once(city: City) -> None:
    city.publish(PAYMENT)

    for _ in range(10):
        started = city.start()
        actors = at_once(
            city, *[lambda city, one=started: city.tell("pagamento_confirmado", one.number, once=one.number)] * 3
        )

        assert sorted(actor.answer.repeated for actor in actors) == [False, True, True]
        assert {actor.answer.case_id for actor in actors} == {started.case_id}
        assert city.open_elements(started.case_id) == ["entregar"]
    assert city.findings() == []


def test_a_second_payment_of_one_charge_is_kept_and_moves_nothing(city: City) -> None:
    city.publish(PAYMENT)
    started = city.start()
    city.tell("pagamento_confirmado", started.number, {"valor": 1}, once="a")

    heard = city.tell("pagamento_confirmado", started.number, {"valor": 2}, once="b")

    assert heard.case_id is None
    assert city.case(started.case_id)["data"]["pago"] == 1
    assert len(city.rows(Inbox)) == 2
