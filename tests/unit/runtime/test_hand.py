"""The operator's hand: what it moves goes on as drawn, what would leave a join waiting or fire it twice is refused."""

from __future__ import annotations

from engine.runtime import hand
from tests.sketches import (
    BROKEN_GATEWAY,
    DEADLINE,
    FIVE_TASKS,
    LOOP,
    PAYMENT,
    SERVICE,
    end,
    inclusive,
    message,
    sketch,
    task,
)  # fmt: skip
from tests.unit.runtime.handled import BLOCK, SCOPED, TO_COLLECT, Case, refusal

# -- skip and correct -------------------------------------------------------------------------------------------------


def test_a_skipped_task_is_passed_with_the_outputs_given_and_traced_as_not_done() -> None:
    case = Case(FIVE_TASKS)
    case.complete("pedir")

    case.by_hand(hand.skip, case.token("conferir"), {"completo": False})

    assert case.open == ["corrigir"]
    assert case.run.document.values == {"completo": False}
    assert (case.effects.trace[0].element.id, case.effects.trace[0].state) == ("conferir", "skipped")
    assert [element for _, element in case.effects.closed] == ["conferir"]


def test_a_skipped_service_is_passed_and_its_job_taken_back() -> None:
    case = Case(SERVICE)
    case.complete("pedir")
    (job,) = case.run.awaited().jobs

    case.by_hand(hand.skip, job, {"zona": "ZR1"})

    assert (case.open, case.effects.jobs_gone) == (["conferir"], [job])


def test_a_wait_behind_an_event_gateway_is_not_skipped_but_a_plain_message_is() -> None:
    paid, plain = (
        Case(PAYMENT),
        Case(
            sketch(
                [task("pedir"), message("m", "aviso", "processo.numero"), task("fazer"), end("f")],
                "inicio > pedir > m > fazer > f",
            )
        ),
    )
    paid.complete("pedir")
    plain.complete("pedir")

    (gate,) = {task_id for task_id, _ in paid.run.awaited().waits}
    assert refusal(lambda: hand.skip(paid.run, gate, {})) == ("choose-a-way", "g_pago")
    plain.by_hand(hand.skip, min(plain.run.awaited().waits)[0], {})
    assert plain.open == ["fazer"]
    assert plain.stands["waits"] == []


def test_a_failed_gateway_asks_for_a_way_and_its_token_may_be_moved_along_one() -> None:
    case = Case(BROKEN_GATEWAY)
    case.complete("pedir")
    (failed,) = case.run.awaited().failed

    assert refusal(lambda: hand.skip(case.run, failed, {})) == ("choose-a-way", "g_valor")
    case.by_hand(hand.move, failed, "x_alto", "before")

    assert case.stands["failed"] == 0
    assert case.run.document.values["faixa"] == "alta"
    case.complete("urb", valor=3)
    assert case.open == ["assinar"]


def test_a_sub_process_is_skipped_whole_and_its_boundary_timer_goes() -> None:
    case = Case(SCOPED)
    case.complete("pedir")
    (host,) = [one.id for one in hand.places.tokens(case.run.workflow) if one.task_spec.bpmn_id == "sp"]

    case.by_hand(hand.skip, host, {})

    assert case.open == ["depois"]
    assert case.stands["timers"] == []


def test_corrected_data_is_a_change_with_before_and_after() -> None:
    case = Case(FIVE_TASKS)
    case.complete("pedir", obra={"area": 80})

    case.by_hand(hand.correct, ("obra", "area"), 90)

    (entry,) = case.effects.trace
    assert (entry.state, entry.changes) == ("corrected", [("obra.area", 80, 90)])


# -- taking away and adding -------------------------------------------------------------------------------------------


def test_a_branch_that_a_join_waits_for_is_not_taken_away() -> None:
    case = Case(BLOCK)
    case.complete("pedir", "b")

    assert refusal(lambda: hand.cancel(case.run, case.token("a"))) == ("join-would-starve", "fecha")


def test_a_branch_that_an_inclusive_join_waits_for_is_and_the_join_fires() -> None:
    xml = sketch(
        [task("pedir"), inclusive("abre"), task("a"), task("b"), inclusive("fecha"), task("fazer"), end("fim")],
        "inicio > pedir > abre\nabre > a : true\nabre > b : true\na > fecha\nb > fecha\nfecha > fazer > fim",
    )
    case = Case(xml)
    case.complete("pedir", "a")

    case.by_hand(hand.cancel, case.token("b"))

    assert case.open == ["fazer"]


def test_the_last_token_is_not_taken_away_but_a_second_one_is() -> None:
    case = Case(FIVE_TASKS)
    case.complete("pedir")

    assert refusal(lambda: hand.cancel(case.run, case.token("conferir"))) == ("last-token", "conferir")
    case = Case(FIVE_TASKS)
    case.complete("pedir")
    case.by_hand(hand.add, "cobrar", "before")
    assert case.open == ["cobrar", "conferir"]
    case.by_hand(hand.cancel, case.token("conferir"))
    assert case.open == ["cobrar"]
    case.complete("cobrar", "assinar")
    assert case.stands["finished"]


def test_a_cancelled_token_takes_its_timers_along() -> None:
    case = Case(DEADLINE)
    case.complete("pedir")
    case.by_hand(hand.add, "analisar", "before")
    assert len(case.stands["timers"]) == 2

    case.by_hand(hand.cancel, case.token("analisar"))

    assert len(case.stands["timers"]) == 1
    assert len(case.effects.timers_gone) == 1


def test_a_token_is_not_added_where_another_already_serves_the_join() -> None:
    case = Case(BLOCK)
    case.complete("pedir")

    assert refusal(lambda: hand.add(case.run, "a2", "before")) == ("join-would-fire-twice", "fecha")


def test_a_token_is_not_added_into_a_block_that_nobody_else_serves() -> None:
    case = Case(BLOCK)
    case.complete(*TO_COLLECT)

    assert refusal(lambda: hand.add(case.run, "a", "before")) == ("join-would-starve", "fecha")


def test_a_token_is_not_added_into_a_scope_that_is_not_open() -> None:
    case = Case(SCOPED)

    assert refusal(lambda: hand.add(case.run, "urb", "before")) == ("scope-not-open", "urb")


# -- moving -----------------------------------------------------------------------------------------------------------


def test_a_token_moves_forward_and_back_and_the_case_goes_on_as_drawn() -> None:
    case = Case(FIVE_TASKS)
    case.complete("pedir")

    case.by_hand(hand.move, case.token("conferir"), "cobrar", "before")
    assert case.open == ["cobrar"]
    case.by_hand(hand.move, case.token("cobrar"), "analisar", "before")
    assert case.open == ["analisar"]

    case.complete("analisar", "cobrar", "assinar")
    assert case.stands["finished"]


def test_a_token_moved_behind_a_parallel_gateway_takes_every_way() -> None:
    case = Case(BLOCK)

    case.by_hand(hand.move, case.token("pedir"), "abre", "after")

    assert case.open == ["a", "b", "c"]
    case.complete("a", "a2", "b", "c")
    assert case.open == ["reunir"]


def test_a_token_moved_behind_a_join_goes_on_once() -> None:
    case = Case(BLOCK)

    case.by_hand(hand.move, case.token("pedir"), "fecha", "after")

    assert case.open == ["reunir"]
    case.complete("reunir", "x", "y", "decidir")
    assert case.stands["finished"]


def test_a_token_does_not_leave_a_block_whose_join_waits_for_it() -> None:
    case = Case(BLOCK)
    case.complete("pedir", "b")

    assert refusal(lambda: hand.move(case.run, case.token("a"), "reunir", "before")) == ("join-would-starve", "fecha")


def test_a_token_does_not_jump_into_the_middle_of_a_block() -> None:
    case = Case(BLOCK)

    assert refusal(lambda: hand.move(case.run, case.token("pedir"), "b", "before")) == ("join-would-starve", "fecha")


def test_within_its_branch_a_token_moves_and_the_join_still_waits_for_the_others() -> None:
    case = Case(BLOCK)
    case.complete("pedir", "b")

    case.by_hand(hand.move, case.token("a"), "a2", "before")
    case.complete("a2")

    assert case.open == ["c"]
    case.complete("c")
    assert case.open == ["reunir"]


def test_moved_back_into_a_block_that_is_done_the_join_waits_for_that_branch_alone() -> None:
    case = Case(BLOCK)
    case.complete(*TO_COLLECT)

    told = case.by_hand(hand.move, case.token("reunir"), "a", "before")

    assert told == [("fecha", ["b", "c"])]
    assert case.open == ["a"]
    case.complete("a", "a2")
    assert case.open == ["reunir"]


def test_the_blocks_behind_are_done_anew_and_whole_after_a_move_back() -> None:
    case = Case(BLOCK)
    case.complete(*TO_COLLECT, "reunir", "x", "y")

    case.by_hand(hand.move, case.token("decidir"), "a2", "before")
    case.complete("a2", "reunir", "x")

    assert case.open == ["y"]
    case.complete("y", "decidir")
    assert case.stands["finished"]


def test_in_the_second_round_of_a_loop_nothing_leaves_the_block_either() -> None:
    case = Case(LOOP)
    case.complete("pedir", "urb", "amb")
    case.complete("decidir", de_novo=True)

    refused = refusal(lambda: hand.move(case.run, case.token("amb"), "decidir", "before"))

    assert refused == ("join-would-starve", "g_fecha")


def test_in_a_loop_a_move_back_into_the_block_counts_what_had_come() -> None:
    case = Case(LOOP)
    case.complete("pedir")
    for _ in range(2):
        case.complete("urb", "amb")
        case.complete("decidir", de_novo=True)
    case.complete("urb", "amb")

    told = case.by_hand(hand.move, case.token("decidir"), "urb", "before")
    case.complete("urb")

    assert told == [("g_fecha", ["amb"])]
    assert case.open == ["decidir"]
    case.complete("decidir", de_novo=True)
    assert case.open == ["amb", "urb"]


def test_a_token_moves_out_of_a_sub_process_which_is_left_with_its_timer() -> None:
    case = Case(SCOPED)
    case.complete("pedir")

    case.by_hand(hand.move, case.token("urb"), "depois", "before")

    assert (case.open, case.stands["timers"]) == (["depois"], [])
    case.complete("depois")
    assert case.stands["finished"]


def test_a_token_moves_into_a_sub_process_which_opens_there_with_its_timer() -> None:
    case = Case(SCOPED)

    case.by_hand(hand.move, case.token("pedir"), "amb", "before")

    assert (case.open, len(case.stands["timers"])) == (["amb"], 1)
    case.complete("amb", "depois")
    assert case.stands["finished"]


def test_a_token_is_not_put_before_a_join_a_boundary_event_or_behind_a_choice_or_an_end() -> None:
    block, deadline, five = Case(BLOCK), Case(DEADLINE), Case(FIVE_TASKS)

    told = [
        refusal(lambda: hand.move(block.run, block.token("pedir"), "fecha", "before")),
        refusal(lambda: hand.move(deadline.run, deadline.token("pedir"), "b_prazo", "before")),
        refusal(lambda: hand.move(five.run, five.token("pedir"), "g_completo", "after")),
        refusal(lambda: hand.move(five.run, five.token("pedir"), "fim", "after")),
        refusal(lambda: hand.move(five.run, five.token("pedir"), "nada", "before")),
    ]

    assert [reason for reason, _ in told] == [
        "not-before-a-join", "not-before-a-boundary-event", "choose-a-way", "nothing-after-the-end", "no-such-element",
    ]  # fmt: skip


def test_behind_a_boundary_event_the_way_of_the_exception_is_taken() -> None:
    case = Case(DEADLINE)
    case.complete("pedir")

    case.by_hand(hand.move, case.token("analisar"), "b_prazo", "after")

    assert (case.stands["finished"], case.effects.outcome) == (True, "arquivado")


def test_a_token_that_has_gone_is_refused() -> None:
    case = Case(FIVE_TASKS)
    gone = case.token("pedir")
    case.complete("pedir")

    assert refusal(lambda: hand.move(case.run, gone, "cobrar", "before"))[0] == "no-token"
