"""A task done again, a case ended by hand and taken up again: what came of it goes, the rest goes on as drawn."""

from __future__ import annotations

import pytest

from engine.runtime import hand
from tests.sketches import FIVE_TASKS, LEGAL_CLOCK, LOOP
from tests.unit.runtime.handled import BLOCK, HANDLED, SCOPED, TO_COLLECT, Case, refusal
from tests.unit.runtime.walks import move

# -- restart ----------------------------------------------------------------------------------------------------------


def test_a_restart_takes_back_all_that_came_of_a_task_and_opens_it_again() -> None:
    case = Case(FIVE_TASKS)
    case.complete("pedir", "conferir", "analisar")

    case.restart("conferir")

    assert case.open == ["conferir"]
    assert [one.attempt for one in case.effects.opened] == [2]
    case.complete("conferir", "analisar", "cobrar", "assinar")
    assert case.stands["finished"]


def test_a_restart_in_one_branch_leaves_the_others_alone() -> None:
    case = Case(BLOCK)
    case.complete("pedir", "a", "b")

    case.restart("a")

    assert case.open == ["a", "c"]
    case.complete("a", "a2", "c")
    assert case.open == ["reunir"]


def test_a_restart_of_a_branch_that_has_come_to_the_join_takes_its_arrival_back() -> None:
    for last in ("b", "c"):
        case = Case(BLOCK)
        case.complete("pedir", "b" if last == "c" else "c", last)

        case.restart(last)

        assert case.open == sorted(["a", last])
        case.complete("a", "a2")
        assert case.open == [last]
        case.complete(last)
        assert case.open == ["reunir"]


def test_a_restart_before_a_split_takes_back_every_branch() -> None:
    case = Case(BLOCK)
    case.complete("pedir", "a", "b")

    case.restart("pedir")

    assert case.open == ["pedir"]
    case.complete(*TO_COLLECT)
    assert case.open == ["reunir"]


def test_a_restart_within_a_block_that_is_done_counts_the_other_branches_once() -> None:
    case = Case(BLOCK)
    case.complete(*TO_COLLECT, "reunir", "x")

    assert case.restart("b") == [("fecha", ["a2", "c"])]

    assert case.open == ["b"]
    case.complete("b")
    assert case.open == ["reunir"]
    case.complete("reunir", "x")
    assert case.open == ["y"]


def test_in_a_loop_only_what_came_since_the_last_time_is_taken_back() -> None:
    case = Case(LOOP)
    case.complete("pedir", "urb", "amb")
    case.complete("decidir", de_novo=True)
    case.complete("urb")

    case.restart("urb")

    assert case.open == ["amb", "urb"]
    case.complete("urb", "amb")
    assert case.open == ["decidir"]


def test_a_restart_inside_a_sub_process_that_is_done_opens_it_there_with_a_new_timer() -> None:
    case = Case(SCOPED)
    case.complete("pedir", "urb", "amb")

    case.restart("amb")

    assert (case.open, len(case.stands["timers"])) == (["amb"], 1)
    case.complete("amb", "depois")
    assert case.stands["finished"]


def test_a_restart_of_what_an_event_sub_process_has_interrupted_opens_the_scope_again() -> None:
    case = Case(HANDLED)
    case.complete("pedir", "analisar")
    move(case.run, "deliver", "m", {})
    case.note()
    assert case.open == ["arquivar"]

    case.restart("analisar")

    assert (case.open, [name for name, _ in case.stands["waits"]]) == (["analisar"], ["m"])
    case.complete("analisar", "assinar")
    assert case.stands["finished"]


def test_what_was_not_done_or_stands_open_is_not_restarted() -> None:
    case = Case(FIVE_TASKS)
    case.complete("pedir")

    assert refusal(lambda: hand.restart(case.run, "cobrar", case.done)) == ("not-done", "cobrar")
    case.done["conferir"] = 1
    assert refusal(lambda: hand.restart(case.run, "conferir", case.done)) == ("already-there", "conferir")


def test_restarted_again_and_again_the_state_does_not_grow() -> None:
    case = Case(BLOCK)
    case.complete(*TO_COLLECT)
    sizes = []

    for _ in range(30):
        case.restart("b")
        case.complete("b")
        sizes.append(len(case.run.dump()))

    assert sizes[-1] - sizes[2] < 10
    assert case.run.attempts["b"] == 31


# -- ending and reopening ---------------------------------------------------------------------------------------------


def test_an_ended_case_has_nothing_open_and_the_outcome_given() -> None:
    case = Case(LEGAL_CLOCK)
    case.complete("pedir")

    case.by_hand(hand.end, "anulado")

    assert case.stands == {"tasks": [], "timers": [], "waits": [], "jobs": 0, "failed": 0, "finished": True}
    assert (case.effects.finished, case.effects.outcome) == (True, "anulado")
    assert [element for _, element in case.effects.closed] == ["analisar"]


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_finished_case_is_taken_up_again_at_an_element_and_ends_anew(by_hand: bool) -> None:
    case = Case(BLOCK)
    case.complete(*TO_COLLECT)
    if by_hand:
        case.by_hand(hand.end, "anulado")
    else:
        case.complete("reunir", "x", "y", "decidir")
    assert case.stands["finished"]

    told = case.by_hand(hand.reopen, "a2", "before")

    assert (told, case.open) == ([("fecha", ["b", "c"])], ["a2"])
    case.complete("a2", "reunir", "x", "y", "decidir")
    assert (case.stands["finished"], case.effects.outcome) == (True, "ok")


def test_reopened_inside_a_sub_process_the_case_has_its_scopes_around_it() -> None:
    case = Case(SCOPED)
    case.complete("pedir", "urb", "amb", "depois")

    case.by_hand(hand.reopen, "amb", "before")

    assert (case.open, len(case.stands["timers"])) == (["amb"], 1)
    case.complete("amb", "depois")
    assert case.stands["finished"]


def test_a_case_that_has_not_ended_is_not_reopened() -> None:
    case = Case(FIVE_TASKS)

    assert refusal(lambda: hand.reopen(case.run, "cobrar", "before")) == ("not-ended", "cobrar")
