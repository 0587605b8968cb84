"""Compensation and transactions, as the standard has them. Between any two moves the case is saved and restored."""

from __future__ import annotations

import pytest

from engine.errors import DiagramRefused
from tests.sketches import (
    Node,
    boundary,
    boundary_cancel,
    boundary_error,
    cancel,
    compensation,
    end,
    error,
    escalate,
    exclusive,
    on,
    parallel,
    sub,
    task,
    transaction,
    undo,
    undone_by,
)  # fmt: skip
from tests.unit.bpmn.test_events import Case, handler, says


def refused(nodes: list[Node], flows: str) -> list[dict[str, object]]:
    with pytest.raises(DiagramRefused) as caught:
        Case(nodes, flows)
    found: list[dict[str, object]] = caught.value.facts["findings"]  # type: ignore[assignment]  # its own fact
    return found


# -- handlers on boundaries -------------------------------------------------------------------------------------------


def test_what_was_completed_is_undone_in_the_reverse_order_of_completion() -> None:
    nodes = [says("a"), says("b"), *undone_by("a", says("desfaz_a")), *undone_by("b", says("desfaz_b"))]
    case = Case([*nodes, undo("u"), says("depois"), end("fim")], "inicio > a > b > u > depois > fim")

    assert (case.log, case.finished) == (["a", "b", "desfaz_b", "desfaz_a", "depois"], True)


def test_only_what_was_completed_is_undone_and_only_once() -> None:
    nodes = [parallel("p"), task("a"), task("b"), *undone_by("a", says("da")), *undone_by("b", says("db"))]
    flows = "inicio > p > a > u > v > fim\np > b > fim2"
    case = Case([*nodes, undo("u"), undo("v"), end("fim"), end("fim2")], flows)

    case.done("a")

    assert (case.log, case.open) == (["da"], ["b"])
    assert case.done("b").finished
    assert case.log == ["da"]


def test_a_throw_that_names_an_activity_leaves_the_others_to_the_next() -> None:
    nodes = [says("a"), says("b"), *undone_by("a", says("da")), *undone_by("b", says("db"))]
    case = Case([*nodes, undo("u", "a"), says("meio"), undo("v", ends=True)], "inicio > a > b > u > meio > v")

    assert (case.log, case.finished) == (["a", "b", "da", "meio", "db"], True)


def test_each_turn_of_a_loop_is_undone() -> None:
    nodes = [exclusive("g"), task("a"), *undone_by("a", says("da")), exclusive("h"), undo("u"), end("fim")]
    case = Case(nodes, "inicio > g > a > h\nh > g : mais = true\nh > u : *\nu > fim")

    case.done("a", mais=True).done("a", mais=True).done("a", mais=False)

    assert (case.log, case.finished) == (["da", "da", "da"], True)


def test_people_undo_one_after_the_other_and_the_case_waits_for_them() -> None:
    nodes = [task("a"), task("b"), *undone_by("a", task("da")), *undone_by("b", task("db"))]
    case = Case([*nodes, undo("u"), task("depois"), end("fim")], "inicio > a > b > u > depois > fim")

    case.done("a").done("b")

    assert case.open == ["db"]
    assert case.done("db").open == ["da"]
    assert case.done("da").open == ["depois"]
    assert case.done("depois").finished


def test_who_does_not_wait_for_completion_goes_on_beside_it() -> None:
    nodes = [task("a"), *undone_by("a", task("da")), undo("u", waits=False), task("depois"), end("fim")]
    case = Case(nodes, "inicio > a > u > depois > fim").done("a")

    assert sorted(case.open) == ["da", "depois"]
    assert not case.done("depois").finished
    assert case.done("da").finished


def test_nothing_done_is_nothing_to_undo() -> None:
    nodes = [exclusive("g"), task("a"), *undone_by("a", says("da")), undo("u"), end("fim")]
    case = Case(nodes, "inicio > g\ng > a : sorte = 1\ng > u : *\na > u\nu > fim", sorte=2)

    assert (case.log, case.finished) == ([], True)


def test_a_handler_may_be_a_sub_process_with_an_end_of_its_own() -> None:
    undoes = sub("d", [says("d1"), task("d2"), end("fd")], "inicio_d > d1 > d2 > fd")
    case = Case([task("a"), *undone_by("a", undoes), undo("u"), end("fim")], "inicio > a > u > fim").done("a")

    assert (case.log, case.open) == (["d1"], ["d2"])
    assert case.done("d2").finished


def test_handlers_of_a_drawing_that_undoes_nothing_are_let_be() -> None:
    undoes = sub("d", [task("d1"), end("fd")], "inicio_d > d1 > fd")
    case = Case([task("a"), *undone_by("a", undoes), end("fim")], "inicio > a > fim")

    assert case.done("a").finished
    assert "undo" not in case.run.notes


# -- sub-processes ----------------------------------------------------------------------------------------------------


def _trip(*inside: Node) -> Node:
    nodes = [says("a"), says("b"), *undone_by("a", says("da")), *undone_by("b", says("db")), end("fs"), *inside]
    return sub("s", nodes, "inicio_s > a > b > fs")


def test_a_completed_sub_process_is_undone_from_inside() -> None:
    nodes = [_trip(), says("c"), *undone_by("c", says("dc")), undo("u"), end("fim")]
    case = Case(nodes, "inicio > s > c > u > fim")

    assert case.log == ["a", "b", "c", "dc", "db", "da"]


def test_a_sub_process_with_a_handler_of_its_own_is_undone_by_that_alone() -> None:
    nodes = [_trip(), *undone_by("s", says("ds")), undo("u", "s"), end("fim")]
    case = Case(nodes, "inicio > s > u > fim")

    assert case.log == ["a", "b", "ds"]


def test_an_event_sub_process_undoes_the_sub_process_around_it_and_may_undo_what_is_inside() -> None:
    undoes = handler("h", on("e", compensation()), says("h1"), undo("hu", "a"), says("h2"), flows="e > h1 > hu > h2")
    case = Case([_trip(undoes), undo("u"), end("fim")], "inicio > s > u > fim")

    assert case.log == ["a", "b", "h1", "da", "h2"]


def test_a_sub_process_that_was_interrupted_is_never_undone() -> None:
    nodes = [sub("s", [says("a"), *undone_by("a", says("da")), task("b"), end("fs")], "inicio_s > a > b > fs")]
    nodes += [boundary("corta", "s", '<bpmn:messageEventDefinition messageRef="msg_m" />', chave='"1"')]
    case = Case([*nodes, undo("u"), end("fim"), end("fim2")], "inicio > s > fim\ncorta > u > fim2")

    assert case.heard("corta").finished
    assert case.log == ["a"]


def test_an_error_is_answered_by_undoing_what_its_scope_had_done() -> None:
    undoes = handler("h", on("e", error("x")), undo("hu"), says("tratou"), flows="e > hu > tratou")
    inside = [says("a"), *undone_by("a", says("da")), task("b"), end("fe", error="x"), undoes]
    case = Case([sub("s", inside, "inicio_s > a > b > fe"), says("depois"), end("fim")], "inicio > s > depois > fim")

    case.done("b")

    assert (case.log, case.finished) == (["a", "da", "tratou", "depois"], True)


def test_scopes_two_levels_down_are_undone_latest_first() -> None:
    inner = sub("t", [says("x"), says("y"), *undone_by("x", says("dx")), *undone_by("y", says("dy")), end("ft")],
                "inicio_t > x > y > ft")  # fmt: skip
    outer = sub("s", [says("a"), inner, *undone_by("a", says("da")), end("fs")], "inicio_s > a > t > fs")
    case = Case([outer, task("para"), undo("u", "s"), end("fim")], "inicio > s > para > u > fim")

    assert case.done("para").log == ["a", "x", "y", "dy", "dx", "da"]


def test_the_memory_is_gone_when_there_is_nothing_left_to_undo() -> None:
    nodes = [task("a"), *undone_by("a", says("da")), undo("u"), task("depois"), end("fim")]
    case = Case(nodes, "inicio > a > u > depois > fim")

    case.done("a")

    assert "undo" not in case.run.notes


def test_an_error_in_a_handler_rises_through_the_scope_that_threw() -> None:
    undoes = sub("d", [says("d1"), end("fd", error="x")], "inicio_d > d1 > fd")
    inside = sub("s", [says("a"), *undone_by("a", undoes), undo("u"), end("fs")], "inicio_s > a > u > fs")
    nodes = [inside, boundary_error("b", "s", "x"), says("trata"), end("fim"), end("fim2")]
    case = Case(nodes, "inicio > s > fim\nb > trata > fim2")

    assert (case.log, case.finished) == (["a", "d1", "trata"], True)


# -- transactions -----------------------------------------------------------------------------------------------------


def test_a_cancelled_transaction_undoes_what_it_did_and_leaves_by_its_boundary() -> None:
    inside = [parallel("p"), says("a"), *undone_by("a", task("da")), task("b"), cancel("fc"), task("c"), end("fi")]
    nodes = [transaction("t", inside, "inicio_t > p > a > b > fc\np > c > fi"), boundary_cancel("bc", "t")]
    case = Case(
        [*nodes, says("fora"), says("bem"), end("fim"), end("fim2")], "inicio > t > bem > fim\nbc > fora > fim2"
    )

    assert sorted(case.open) == ["b", "c"]
    assert case.done("b").open == ["da"]
    assert case.done("da").finished
    assert case.log == ["a", "fora"]


def test_a_transaction_that_is_not_cancelled_is_undone_like_any_sub_process() -> None:
    inside = [says("a"), *undone_by("a", says("da")), exclusive("g"), cancel("fc"), end("ft")]
    nodes = [transaction("t", inside, "inicio_t > a > g\ng > fc : ruim = true\ng > ft : *"), boundary_cancel("bc", "t")]
    nodes += [says("bem"), undo("u"), end("fim"), end("fim2")]
    case = Case(nodes, "inicio > t > bem > u > fim\nbc > fim2", ruim=False)

    assert (case.log, case.finished) == (["a", "bem", "da"], True)


def test_an_error_leaves_a_transaction_without_undoing() -> None:
    inside = [says("a"), *undone_by("a", says("da")), exclusive("g"), cancel("fc"), end("fe", error="x")]
    nodes = [transaction("t", inside, "inicio_t > a > g\ng > fc : ruim = true\ng > fe : *"), boundary_cancel("bc", "t")]
    nodes += [boundary_error("be", "t", "x"), says("erro"), end("fim"), end("f2"), end("f3")]
    case = Case(nodes, "inicio > t > fim\nbc > f2\nbe > erro > f3", ruim=False)

    assert (case.log, case.finished) == (["a", "erro"], True)


def test_a_transaction_with_an_event_sub_process_is_cancelled_all_the_same() -> None:
    inside = [says("a"), *undone_by("a", says("da")), escalate("esc", "e1"), cancel("fc")]
    inside += [handler("h", on("e", '<bpmn:escalationEventDefinition escalationRef="esc_e1" />', interrupting=False),
                       task("ve"), flows="e > ve")]  # fmt: skip
    nodes = [transaction("t", inside, "inicio_t > a > esc > fc"), boundary_cancel("bc", "t"), says("fora")]
    case = Case([*nodes, end("fim"), end("fim2")], "inicio > t > fim\nbc > fora > fim2")

    assert (case.log, case.open, case.finished) == (["a", "da", "fora"], [], True)


def test_a_transaction_in_a_loop_is_cancelled_in_each_round() -> None:
    inside = [task("a"), *undone_by("a", says("da")), cancel("fc")]
    nodes = [exclusive("g"), transaction("t", inside, "inicio_t > a > fc"), boundary_cancel("bc", "t"), exclusive("h")]
    case = Case([*nodes, end("fim"), end("f2")], "inicio > g > t > fim\nbc > h\nh > g : mais = true\nh > f2 : *")

    assert case.done("a", mais=True).open == ["a"]
    assert case.done("a", mais=False).finished
    assert case.log == ["da", "da"]


# -- refusals ---------------------------------------------------------------------------------------------------------


def test_compensation_without_its_handler_is_refused() -> None:
    nodes = [task("a"), boundary("b_a", "a", compensation()), end("fim")]

    assert refused(nodes, "inicio > a > fim") == [{"element": "b_a", "code": "compensation-without-handler"}]


def test_a_handler_that_nothing_leads_to_is_refused() -> None:
    nodes = [task("a"), undone_by("a", task("d"))[1], end("fim")]

    assert refused(nodes, "inicio > a > fim") == [{"element": "d", "code": "handler-without-activity"}]


def test_a_flow_out_of_a_handler_is_refused() -> None:
    nodes = [task("a"), *undone_by("a", task("d")), task("c"), end("fim")]

    assert {"element": "d", "code": "flow-not-allowed"} in refused(nodes, "inicio > a > c > fim\nd > c")


def test_undoing_what_a_throw_cannot_see_is_refused() -> None:
    inner = sub("s", [task("x"), *undone_by("x", says("dx")), end("fs")], "inicio_s > x > fs")
    nodes = [inner, undo("u", "x"), end("fim")]

    found = [{"element": "u", "code": "compensation-not-visible", "target": "x"}]
    assert refused(nodes, "inicio > s > u > fim") == found


def test_undoing_what_has_no_handler_is_refused() -> None:
    nodes = [task("a"), undo("u", "a"), end("fim")]

    assert refused(nodes, "inicio > a > u > fim") == [{"element": "u", "code": "nothing-to-undo", "target": "a"}]


def test_an_activity_undone_in_two_ways_is_refused() -> None:
    undoes = handler("h", on("e", compensation()), says("h1"), flows="e > h1")
    nodes = [_trip(undoes), *undone_by("s", says("ds")), undo("u"), end("fim")]

    assert refused(nodes, "inicio > s > u > fim") == [{"element": "s", "code": "several-handlers"}]


def test_a_compensation_start_outside_a_sub_process_is_refused() -> None:
    nodes = [task("a"), handler("h", on("e", compensation()), says("h1"), flows="e > h1"), end("fim")]

    assert refused(nodes, "inicio > a > fim")[0]["code"] == "unsupported-event"


@pytest.mark.parametrize("tag", ["subProcess", "transaction"])
def test_a_cancellation_that_nobody_catches_is_refused(tag: str) -> None:
    inside = Node(tag, "t", {}, sub("t", [task("a"), cancel("fc")], "inicio_t > a > fc").inner)
    code = "cancel-not-caught" if tag == "transaction" else "unsupported-event"

    assert [one["code"] for one in refused([inside, end("fim")], "inicio > t > fim")] == [code]


def test_a_cancel_boundary_of_an_ordinary_sub_process_is_refused() -> None:
    nodes = [sub("s", [task("a"), end("fs")], "inicio_s > a > fs"), boundary_cancel("bc", "s"), end("fim"), end("f2")]

    assert [one["element"] for one in refused(nodes, "inicio > s > fim\nbc > f2")] == ["bc"]
