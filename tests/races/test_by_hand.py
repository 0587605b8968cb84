"""Two people act on one case by hand, or one by hand and one at his task: one thing happens, the other is told."""

from __future__ import annotations

from typing import Any

import pytest

from engine.acts import operator, suspension, tasks
from engine.acts.advance.byhand import Wish
from engine.acts.operator import Why
from engine.errors import CaseMoved, CaseSuspended, TaskNotOpen
from engine.store.hand import HandAct
from tests.city import City
from tests.races.pairs import Act, at_once, crossed
from tests.sketches import FIVE_TASKS, FORMS


def _moves(case_id: int, token: Any, element: str, seen: int, who: str = "operador") -> Act:
    def act(city: City) -> None:
        with city.by(who) as by:
            wish = Wish(kind="move", token=token, element=element)
            operator.act_by_hand(by, case_id, wish, Why(reason="engano", seen=seen))

    return act


def _completes(task_id: Any, who: str) -> Act:
    def act(city: City) -> None:
        with city.by(who) as by:
            tasks.complete(by, task_id, {"completo": True})

    return act


def _suspends(case_id: int) -> Act:
    def act(city: City) -> None:
        with city.by("gestor") as by:
            suspension.suspend(by, case_id, Why(reason="ordem judicial"))

    return act


def test_of_two_operators_who_saw_the_same_case_one_acts_and_the_other_is_told_that_it_moved(city: City) -> None:
    city.publish(FIVE_TASKS, forms=FORMS)
    for _ in range(6):
        case_id = city.start().case_id
        token, seen = city.task_id(case_id, "conferir"), city.case(case_id)["lock_version"]

        actors = at_once(
            city, _moves(case_id, token, "cobrar", seen), _moves(case_id, token, "assinar", seen, "gestor")
        )

        (loser,) = [actor for actor in actors if actor.refused]
        assert isinstance(loser.refused, CaseMoved)
        assert len(city.open_elements(case_id)) == 1
        assert len(city.rows(HandAct, case_id=case_id)) == 1
    assert city.findings() == []


@pytest.mark.parametrize("statement", [2, 4, 6, 8])
def test_a_task_is_completed_or_moved_away_never_both(city: City, statement: int) -> None:
    city.publish(FIVE_TASKS, forms=FORMS)
    case_id = city.start().case_id
    token, seen = city.task_id(case_id, "conferir"), city.case(case_id)["lock_version"]

    one, other, _ = crossed(city, _completes(token, "protocolo"), _moves(case_id, token, "cobrar", seen), statement)

    told = one.refused or other.refused
    assert isinstance(told, (TaskNotOpen, CaseMoved))
    assert city.findings() == []


@pytest.mark.parametrize("statement", [2, 4, 6])
def test_a_task_is_completed_before_the_suspension_or_not_at_all(city: City, statement: int) -> None:
    city.publish(FIVE_TASKS, forms=FORMS)
    case_id = city.start().case_id

    one, other, _ = crossed(
        city, _suspends(case_id), _completes(city.task_id(case_id, "conferir"), "protocolo"), statement
    )

    assert one.refused is None
    done = city.open_elements(case_id) == ["analisar"]
    assert done != isinstance(other.refused, CaseSuspended)
    assert city.findings() == []
