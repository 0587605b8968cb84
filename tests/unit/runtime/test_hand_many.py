"""The hand on activities with many instances and on called processes: as a whole, or an instance that is skipped."""

from __future__ import annotations

from typing import Any

import pytest

from engine.runtime import hand
from tests.sketches import end, parallel, sketch, sub, task
from tests.unit.bpmn.test_loops import repeated
from tests.unit.bpmn.test_many import many
from tests.unit.runtime.handled import Case, refusal

BOTH = pytest.mark.parametrize("sequential", [True, False], ids=["sequential", "parallel"])


def _several(sequential: bool, *, whole: bool = False) -> Case:
    """Three opinions, then a decision; `whole`: each is a sub-process of two tasks."""
    each = sub("cada", [task("ver"), task("opinar"), end("fim_cada")], "inicio_cada > ver > opinar > fim_cada")
    repeats = many("3", sequential=sequential)
    nodes = [task("pedir"), repeated(each if whole else task("cada"), repeats), task("decidir"), end("fim")]
    case = Case(sketch(nodes, "inicio > pedir > cada > decidir > fim"))
    case.complete("pedir")
    return case


def _whole(case: Case) -> Any:
    (found,) = [one for one in hand.places.tokens(case.run.workflow) if one.task_spec.name == "cada"]
    return found.id


@BOTH
def test_a_skipped_instance_counts_as_ended_and_the_others_go_on(sequential: bool) -> None:
    case = _several(sequential)

    case.by_hand(hand.skip, case.token("cada"), {})

    assert case.open == (["cada"] if sequential else ["cada", "cada"])
    case.complete("cada", "cada")
    assert case.open == ["decidir"]


@BOTH
def test_an_instance_is_not_moved_nor_taken_away_but_the_whole_is(sequential: bool) -> None:
    case = _several(sequential)

    assert refusal(lambda: hand.cancel(case.run, case.token("cada")))[0] == "one-of-many"  # before anything changed
    assert refusal(lambda: hand.move(case.run, case.token("cada"), "decidir", "before"))[0] == "one-of-many"
    case.by_hand(hand.move, _whole(case), "decidir", "before")

    assert case.open == ["decidir"]
    case.complete("decidir")
    assert case.stands["finished"]


@BOTH
def test_the_whole_is_skipped_with_all_its_instances(sequential: bool) -> None:
    case = _several(sequential, whole=True)

    case.by_hand(hand.skip, _whole(case), {})

    assert case.open == ["decidir"]


@BOTH
def test_a_restart_takes_all_instances_back_and_makes_them_anew(sequential: bool) -> None:
    case = _several(sequential)
    case.complete("cada")
    case.restart("pedir")
    assert case.open == ["pedir"]
    case.complete("pedir", "cada", "cada", "cada")

    case.restart("cada")

    assert case.open == (["cada"] if sequential else ["cada"] * 3)
    case.complete("cada", "cada", "cada")
    assert case.open == ["decidir"]


@BOTH
def test_inside_an_instance_a_token_moves_and_a_task_is_done_again(sequential: bool) -> None:
    case = _several(sequential, whole=True)

    case.by_hand(hand.move, case.token("ver"), "opinar", "before")
    case.complete("opinar")

    assert refusal(lambda: hand.move(case.run, case.token("ver"), "decidir", "before"))[0] == "one-of-many"
    for _ in range(2):
        case.complete("ver", "opinar")
    assert case.open == ["decidir"]


def test_a_branch_with_many_instances_is_not_taken_from_its_join() -> None:
    nodes = [
        task("pedir"), parallel("abre"), repeated(task("cada"), many("2")), task("b"), parallel("fecha"),
        task("decidir"), end("fim"),
    ]  # fmt: skip
    case, other = (
        Case(sketch(nodes, "inicio > pedir > abre > cada > fecha\nabre > b > fecha > decidir > fim")) for _ in range(2)
    )
    other.complete("pedir", "b")
    case.complete("pedir", "b")

    assert refusal(lambda: hand.cancel(other.run, _whole(other))) == ("join-would-starve", "fecha")
    case.by_hand(hand.skip, _whole(case), {})
    assert case.open == ["decidir"]
