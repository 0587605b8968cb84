"""The operator's acts on rows: what opens and closes, reasons kept, refusals, and the way back."""

from __future__ import annotations

from typing import Any

import pytest

from engine.acts import cases, operator, tasks
from engine.acts.advance.byhand import Wish
from engine.acts.operator import Foreseen, Why
from engine.errors import (
    AnswersRefused,
    BadInput,
    CaseClosed,
    CaseMoved,
    CaseSuspended,
    Denied,
    HandRefused,
    NotFound,
)
from engine.store.cases import Case, Incident, MessageWait, Step, Task
from engine.store.deadlines import Clock, ClockEntry, Timer
from engine.store.hand import HandAct
from engine.store.trail import AuditEntry, Outbox
from tests.city import City
from tests.sketches import BROKEN_GATEWAY, DEADLINE, FIVE_TASKS, FORMS, LEGAL_CLOCK, PAYMENT, SERVICE
from tests.unit.runtime.handled import BLOCK

WHY = Why(reason="corrige engano do protocolo")


def do(city: City, case_id: int, kind: str, *, who: str = "operador", why: Why = WHY, **words: Any) -> Any:
    with city.by(who) as by:
        return operator.act_by_hand(by, case_id, Wish(kind=kind, **words), why)


def foresee(city: City, case_id: int, kind: str, **words: Any) -> Foreseen:
    with city.by("operador", writes=False) as by:
        return operator.foresee_act(by, case_id, Wish(kind=kind, **words))


def undo(city: City, case_id: int, act_id: int | None = None) -> None:
    act_id = act_id or city.rows(HandAct)[-1]["id"]
    with city.by("operador") as by:
        operator.undo(by, case_id, act_id, Why(reason="foi engano"))


def _case(city: City, xml: bytes, *done: str) -> int:
    city.publish(xml, forms=FORMS)
    case_id = city.start().case_id
    for element in done:
        city.complete(case_id, element, {"completo": True})
    return case_id


def _mirror(city: City, case_id: int) -> dict[str, Any]:
    """What the rows say is open, and what the case's own row says."""
    case = city.case(case_id)
    clocks = [row["id"] for row in city.rows(Clock, case_id=case_id)]
    return {
        "case": {name: case[name] for name in ("status", "outcome", "ended_at", "due_at", "data")},
        "tasks": [row for row in city.rows(Task, case_id=case_id) if row["status"] == "open"],
        "timers": [row for row in city.rows(Timer, case_id=case_id) if row["status"] == "waiting"],
        "waits": city.rows(MessageWait, case_id=case_id),
        "orders": [row for row in city.rows(Outbox, case_id=case_id) if row["status"] == "pending"],
        "incidents": city.rows(Incident, case_id=case_id, status="open"),
        "clocks": city.rows(Clock, case_id=case_id),
        "ledger": [row for row in city.rows(ClockEntry) if row["clock_id"] in clocks],
    }


# -- what is done, and told -------------------------------------------------------------------------------------------


def test_a_moved_case_stands_where_it_was_put_and_the_trail_says_who_and_why(city: City) -> None:
    case_id = _case(city, FIVE_TASKS)
    token = city.task_id(case_id, "conferir")

    do(city, case_id, "move", token=token, element="cobrar")

    assert city.open_elements(case_id) == ["cobrar"]
    (left,) = city.rows(Task, id=token)
    assert (left["status"], left["closed_by"]) == ("cancelled", "operador")
    (entry,) = city.rows(AuditEntry, action="hand.move")
    assert entry["facts"]["reason"] == WHY.reason
    (act,) = city.rows(HandAct)
    assert (act["kind"], act["element"], act["by_name"]) == ("move", "cobrar", "operador")
    assert city.rows(Task, element="cobrar")[0]["act_id"] == act["id"]
    assert city.findings() == []


def test_a_skipped_task_is_closed_undone_and_the_step_says_so(city: City) -> None:
    case_id = _case(city, FIVE_TASKS)

    do(city, case_id, "skip", token=city.task_id(case_id, "conferir"), outputs={"completo": False})

    assert city.open_elements(case_id) == ["corrigir"]
    (step,) = city.rows(Step, element="conferir")
    assert (step["state"], step["actor"], step["changes"]) == ("skipped", "operador", [["completo", None, False]])
    assert [row["status"] for row in city.rows(Task, element="conferir")] == ["cancelled"]
    assert city.findings() == []


def test_a_skipped_service_is_not_called_any_more(city: City) -> None:
    case_id = _case(city, SERVICE)
    (order,) = city.rows(Outbox, kind="service")

    do(city, case_id, "skip", token=order["task_id"], outputs={"zona": "ZR1"})

    assert city.rows(Outbox, kind="service")[0]["status"] == "dropped"
    assert city.open_elements(case_id) == ["conferir"]
    assert city.findings() == []


def test_a_failed_gateway_is_left_along_the_way_that_the_operator_chooses(city: City) -> None:
    case_id = _case(city, BROKEN_GATEWAY)
    (incident,) = city.rows(Incident, status="open")

    with pytest.raises(HandRefused) as refused:
        do(city, case_id, "skip", token=incident["task_id"])
    do(city, case_id, "move", token=incident["task_id"], element="x_baixo")

    assert (refused.value.facts["reason"], refused.value.facts["name"]) == ("choose-a-way", "g valor")
    assert city.rows(Incident)[0]["status"] == "closed"
    assert city.findings() == []


def test_a_correction_is_held_against_the_form_and_kept_with_before_and_after(city: City) -> None:
    case_id = _case(city, FIVE_TASKS, "conferir")

    do(city, case_id, "correct", path=("completo",), value=False)

    assert city.case(case_id)["data"]["completo"] is False
    assert city.rows(Step, kind="correction")[0]["changes"] == [["completo", True, False]]
    (entry,) = city.rows(AuditEntry, action="hand.correct")
    assert (entry["facts"]["path"], entry["facts"]["before"], entry["facts"]["after"]) == ("completo", True, False)
    assert city.findings() == []


def test_a_correction_that_the_form_would_not_take_is_refused(city: City) -> None:
    case_id = _case(
        city,
        BROKEN_GATEWAY,
    )

    with pytest.raises(AnswersRefused):
        do(city, case_id, "correct", path=("valor",), value="muito")

    assert "valor" not in city.case(case_id)["data"]


def test_a_correction_does_not_overwrite_what_has_values_inside(city: City) -> None:
    case_id = _case(city, FIVE_TASKS)
    do(city, case_id, "correct", path=("obra", "area"), value=80)

    for path in (("obra",), ("obra", "area", "total")):
        with pytest.raises(HandRefused) as refused:
            do(city, case_id, "correct", path=path, value=1)
        assert refused.value.facts["reason"] == "not-a-value"


def test_an_ended_case_has_its_outcome_and_nothing_open(city: City) -> None:
    case_id = _case(city, LEGAL_CLOCK)

    do(city, case_id, "end", outcome="anulado")

    case = city.case(case_id)
    assert (case["status"], case["outcome"], case["due_at"]) == ("done", "anulado", None)
    assert [row["status"] for row in city.rows(Clock)] == ["encerrado"]
    assert city.open_elements(case_id) == []
    assert city.findings() == []


def test_a_finished_case_is_reopened_where_it_is_said_and_ends_again(city: City) -> None:
    case_id = _case(city, FIVE_TASKS, "conferir", "analisar", "cobrar", "assinar")
    assert city.case(case_id)["status"] == "done"

    do(city, case_id, "reopen", element="cobrar")

    case = city.case(case_id)
    assert (case["status"], case["outcome"], case["ended_at"]) == ("open", None, None)
    assert city.open_task(case_id, "cobrar")["attempt"] == 2
    city.complete(case_id, "cobrar")
    city.complete(case_id, "assinar")
    assert city.case(case_id)["outcome"] == "emitido"
    assert city.findings() == []


def test_a_restart_opens_a_new_attempt_with_a_deadline_of_its_own(city: City) -> None:
    case_id = _case(city, DEADLINE)
    first = city.open_task(case_id, "analisar")
    do(city, case_id, "add", element="analisar")
    city.pass_time(days=3)

    tokens = [row["id"] for row in city.rows(Task, element="analisar", status="open")]
    do(city, case_id, "remove", token=tokens[0])

    (kept,) = city.rows(Task, element="analisar", status="open")
    assert (first["attempt"], kept["attempt"]) in {(1, 1), (1, 2)}
    assert len([row for row in city.rows(Timer) if row["status"] == "waiting"]) == 2  # its warning and its term
    assert city.findings() == []


# -- shown before it is done ------------------------------------------------------------------------------------------


def test_what_an_act_would_do_is_told_and_nothing_is_done(city: City) -> None:
    case_id = _case(city, BLOCK, "a", "a2", "b", "c")
    before = _mirror(city, case_id)

    seen = foresee(city, case_id, "restart", element="b")

    assert [(one.element, one.role) for one in seen.opens] == [("b", "obras")]
    assert (seen.closes, seen.not_again) == (("reunir",), (("fecha", ("a2", "c")),))
    assert _mirror(city, case_id) == before
    assert city.rows(HandAct) == []


def test_clocks_timers_and_messages_that_go_are_told_by_name(city: City) -> None:
    clock = _case(city, LEGAL_CLOCK)
    stops = foresee(city, clock, "end")
    city.publish(PAYMENT, key="pago")
    paid = city.start(procedure="pago").case_id

    gone = foresee(city, paid, "end", outcome="arquivado")

    assert (stops.clocks_stop, stops.ends) == (("prazo_legal",), True)
    assert (sorted(gone.stops), gone.outcome) == (["m pago", "tm vencido"], "arquivado")


# -- refused ----------------------------------------------------------------------------------------------------------


def test_only_operators_and_managers_act_by_hand_with_a_reason(city: City) -> None:
    case_id = _case(city, FIVE_TASKS)
    token = city.task_id(case_id, "conferir")
    words: dict[str, Any] = {"token": token, "element": "cobrar"}

    for who in ("obras", "protocolo", "auditor", "administrador"):
        with pytest.raises((Denied, NotFound)):
            do(city, case_id, "move", who=who, **words)
    for reason in ("", "   ", "x" * 1001):
        with pytest.raises(BadInput):
            do(city, case_id, "move", why=Why(reason=reason), **words)
    with pytest.raises(Denied), city.by("operador", scopes=frozenset({"cases:read"})) as by:
        operator.act_by_hand(by, case_id, Wish(kind="move", **words), WHY)
    do(city, case_id, "move", who="gestor", **words)

    assert city.open_elements(case_id) == ["cobrar"]


def test_an_act_on_a_case_that_has_moved_since_it_was_seen_is_refused(city: City) -> None:
    case_id = _case(city, FIVE_TASKS)
    seen = foresee(city, case_id, "restart", element="pedir").version
    token = city.task_id(case_id, "conferir")
    city.complete(case_id, "conferir")

    with pytest.raises(CaseMoved):
        do(city, case_id, "restart", element="pedir", why=Why(reason="x", seen=seen))
    with pytest.raises(HandRefused) as refused:
        do(city, case_id, "move", token=token, element="cobrar")

    assert refused.value.facts["reason"] == "no-token"


def test_a_join_is_not_left_waiting_and_nothing_of_the_act_stays(city: City) -> None:
    case_id = _case(city, BLOCK, "b")
    before = _mirror(city, case_id)

    with pytest.raises(HandRefused) as refused:
        do(city, case_id, "move", token=city.task_id(case_id, "a"), element="decidir")

    assert refused.value.facts["reason"] == "join-would-starve"
    assert refused.value.facts["others"] == ["a2"]
    assert _mirror(city, case_id) == before
    assert city.findings() == []


def test_what_an_act_needs_must_be_said_and_an_ended_case_is_only_reopened(city: City) -> None:
    case_id = _case(city, FIVE_TASKS)

    with pytest.raises(BadInput):
        do(city, case_id, "move", element="cobrar")
    with pytest.raises(BadInput):
        do(city, case_id, "restart")
    with pytest.raises(HandRefused):
        do(city, case_id, "reopen", element="cobrar")
    do(city, case_id, "end")
    with pytest.raises(CaseClosed):
        do(city, case_id, "correct", path=("a",), value=1)


# -- the way back -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("xml", "done", "kind", "words"),
    [
        (FIVE_TASKS, ("conferir",), "restart", {"element": "conferir"}),
        (FIVE_TASKS, ("conferir",), "move", {"token": "analisar", "element": "assinar"}),
        (FIVE_TASKS, ("conferir",), "skip", {"token": "analisar", "outputs": {"a": 1}}),
        (FIVE_TASKS, ("conferir",), "correct", {"path": ("a", "b"), "value": 3}),
        (FIVE_TASKS, ("conferir",), "add", {"element": "cobrar"}),
        (FIVE_TASKS, ("conferir", "analisar", "cobrar", "assinar"), "reopen", {"element": "cobrar"}),
        (DEADLINE, (), "end", {"outcome": "anulado"}),
        (LEGAL_CLOCK, (), "end", {"outcome": "anulado"}),
        (LEGAL_CLOCK, ("analisar",), "restart", {"element": "analisar"}),
        (PAYMENT, (), "end", {}),
        (BROKEN_GATEWAY, (), "end", {}),
        (BLOCK, ("a", "a2", "b", "c"), "restart", {"element": "a"}),
    ],
)  # fmt: skip
def test_an_act_that_is_undone_leaves_state_and_rows_as_they_were(
    city: City, xml: bytes, done: tuple[str, ...], kind: str, words: dict[str, Any]
) -> None:
    case_id = _case(city, xml, *done)
    before = _mirror(city, case_id)
    given = {**words, "token": city.task_id(case_id, words["token"])} if "token" in words else words
    city.pass_time(hours=1)
    do(city, case_id, kind, **given)
    assert city.findings() == []
    city.pass_time(hours=1)

    undo(city, case_id)

    assert _mirror(city, case_id) == before
    assert city.findings() == []
    assert [row["action"] for row in city.rows(AuditEntry) if row["action"].startswith("hand.")] == [
        f"hand.{kind}", "hand.undo",
    ]  # fmt: skip


def test_an_undone_attempt_keeps_its_number_and_the_next_one_has_another(city: City) -> None:
    case_id = _case(city, FIVE_TASKS, "conferir")
    do(city, case_id, "restart", element="conferir")
    undo(city, case_id)

    do(city, case_id, "restart", element="conferir")

    assert sorted(row["attempt"] for row in city.rows(Task, element="conferir")) == [1, 2, 3]


def test_an_act_is_not_undone_once_the_case_has_moved_nor_twice(city: City) -> None:
    case_id = _case(city, FIVE_TASKS, "conferir")
    do(city, case_id, "restart", element="conferir")
    act_id = city.rows(HandAct)[0]["id"]
    city.complete(case_id, "conferir")

    with pytest.raises(HandRefused) as moved:
        undo(city, case_id)
    do(city, case_id, "restart", element="conferir")
    undo(city, case_id)
    with pytest.raises(HandRefused) as twice:
        undo(city, case_id)
    with pytest.raises(NotFound):
        undo(city, case_id, 999)

    assert (moved.value.facts["reason"], twice.value.facts["reason"]) == ("moved-since", "not-undoable")
    assert act_id != city.rows(HandAct)[-1]["id"]


def test_what_has_told_somebody_is_not_undone(city: City) -> None:
    xml = FIVE_TASKS
    city.publish(xml, forms=FORMS)
    case_id = city.start({"requerente": {"nome": "Marina", "email": "marina@exemplo.com.br"}}).case_id
    with city.by("operador") as by:
        by.connection.execute(Case.__table__.update().values(requester_email="marina@exemplo.com.br"))
    do(city, case_id, "move", token=city.task_id(case_id, "conferir"), element="corrigir")
    city.tick()

    with pytest.raises(HandRefused) as refused:
        undo(city, case_id)

    assert (refused.value.facts["reason"], refused.value.facts["others"]) == ("left-the-house", ["mail"])
    assert city.findings() == []


def test_what_was_to_be_told_and_is_not_yet_is_taken_back_with_the_act(city: City) -> None:
    case_id = _case(city, FIVE_TASKS)
    with city.by("operador") as by:
        by.connection.execute(Case.__table__.update().values(requester_email="marina@exemplo.com.br"))
    do(city, case_id, "move", token=city.task_id(case_id, "conferir"), element="corrigir")

    undo(city, case_id)
    city.tick()

    assert [row["status"] for row in city.rows(Outbox, kind="mail")] == ["dropped"]
    assert city.open_elements(case_id) == ["conferir"]


def test_a_task_that_came_back_with_an_undo_can_be_completed(city: City) -> None:
    case_id = _case(city, DEADLINE)
    do(city, case_id, "end")
    city.forget()
    undo(city, case_id)
    city.forget()

    city.complete(case_id, "analisar")

    assert city.case(case_id)["outcome"] == "emitido"
    assert city.findings() == []


def test_a_retry_still_works_beside_the_hand(city: City) -> None:
    case_id = _case(city, BROKEN_GATEWAY)
    do(city, case_id, "correct", path=("valor",), value=3)

    with city.by("operador") as by:
        cases.retry(by, city.rows(Incident, status="open")[0]["id"], "a causa foi afastada")

    assert city.case(case_id)["data"]["faixa"] == "baixa"
    assert city.findings() == []


def test_a_suspended_case_is_not_acted_on_but_for_its_data_and_its_end(city: City) -> None:
    case_id = _case(city, FIVE_TASKS)
    with city.by("operador") as by:
        by.connection.execute(Case.__table__.update().values(suspended_at=city.at))

    with pytest.raises(CaseSuspended):
        do(city, case_id, "skip", token=city.task_id(case_id, "conferir"))
    with pytest.raises(CaseSuspended), city.by("protocolo") as by:
        tasks.complete(by, city.task_id(case_id, "conferir"), {})
    do(city, case_id, "correct", path=("a",), value=1)
    with pytest.raises(CaseSuspended):
        undo(city, case_id)
    do(city, case_id, "end", outcome="arquivado")

    assert city.case(case_id)["suspended_at"] is None
    assert city.findings() == []
