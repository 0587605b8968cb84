"""Moving open cases to another version: rows in the new words, nothing of people's lost, and the way back."""

from __future__ import annotations

import pytest

from engine.acts import cases, drafts, moving, procedures, suspension, tasks
from engine.acts.moving import Choices
from engine.acts.operator import Why
from engine.errors import BadInput, Denied, NotFound
from engine.store.cases import Incident
from engine.store.deadlines import Clock, Timer
from engine.store.moves import CaseMove, Moving
from engine.store.trail import AuditEntry, Outbox
from tests.acts.moved import (
    ENDS,
    LINE,
    LONG_AGO,
    NEW,
    OLD,
    clocked,
    kept_of,
    moved,
    one_task,
    ordered,
    published,
    undone,
)
from tests.city import City
from tests.sketches import (
    PAYMENT,
    SERVICE,
    event_based,
    exclusive,
    message,
    sketch,
    task,
    timer,
)  # fmt: skip

# -- verdicts ---------------------------------------------------------------------------------------------------------


def test_a_verdict_shows_what_begins_and_the_deadlines_old_and_new(city: City) -> None:
    published(city, OLD)
    started = city.start()
    version = published(city, NEW)

    with city.by("gestor") as by:
        (verdict,) = moving.verdicts(by, version, Choices())

    (deadline,) = verdict.deadlines
    assert (verdict.number, verdict.version, verdict.verdict) == (started.number, 1, "goes")
    assert verdict.mapping == {"analisar": "t2"}
    assert verdict.begins == ("b",)
    assert deadline.now is not None
    assert deadline.by_new_rule is not None
    assert (deadline.kind, deadline.now < deadline.by_new_rule) == ("task", True)


def test_verdicts_come_in_pages_of_open_cases_of_other_versions(city: City) -> None:
    published(city, OLD)
    cases = [city.start().case_id for _ in range(3)]
    city.complete(cases[1], "analisar")
    version = published(city, NEW)
    city.start()

    with city.by("analista") as by:
        first = moving.verdicts(by, version, Choices(), limit=1)
        rest = moving.verdicts(by, version, Choices(), after=first[0].case_id)

    assert [one.case_id for one in [*first, *rest]] == [cases[0], cases[2]]


@pytest.mark.parametrize("who", ["obras", "requerente", "operador"])
def test_only_managers_and_analysts_move_cases(city: City, who: str) -> None:
    version = published(city, OLD)

    with pytest.raises(Denied), city.by(who) as by:
        moving.verdicts(by, version, Choices())
    with pytest.raises(Denied), city.by(who) as by:
        moving.order(by, version, None, Choices(), "x")
    with pytest.raises(Denied), city.by(who) as by:
        moving.undo(by, 1, "x")
    with pytest.raises(Denied), city.by(who) as by:
        moving.progress(by, 1)
    with pytest.raises(Denied), city.by(who) as by:
        moving.version_of(by, "teste", 1)
    with pytest.raises(Denied), city.by(who) as by:
        moving.undoable(by, 1)


def test_a_move_needs_a_reason(city: City) -> None:
    version = published(city, OLD)

    with pytest.raises(BadInput), city.by("gestor") as by:
        moving.order(by, version, None, Choices(), "  ")
    with pytest.raises(BadInput), city.by("gestor") as by:
        moving.undo(by, 1, " ")


def test_a_version_or_move_that_is_not_there_is_not_found(city: City) -> None:
    with pytest.raises(NotFound), city.by("gestor") as by:
        moving.version_of(by, "teste", 3)
    with pytest.raises(NotFound):
        undone(city, 77)


# -- forth ------------------------------------------------------------------------------------------------------------


def test_a_moved_task_is_in_the_words_of_the_new_version_and_keeps_what_people_gave_it(city: City) -> None:
    published(city, OLD)
    case_id = city.start().case_id
    before = city.open_task(case_id, "analisar")
    with city.by("obras") as by:
        drafts.keep(by, f"task:{before['id']}", {"valor": "7"})
    version = published(city, NEW)

    assert moved(city, version) == ["moved"]

    after = city.open_task(case_id, "t2")
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"element", "role", "form"}
    assert city.case(case_id)["version_id"] == version
    with city.by("obras") as by:
        assert drafts.mine(by, f"task:{before['id']}") is not None
    assert city.findings() == []
    city.complete(case_id, "t2", {"valor": 7})
    city.complete(case_id, "assinar")
    assert city.case(case_id)["outcome"] == "emitido"
    assert city.findings() == []


def test_whoever_holds_a_task_is_released_when_it_is_no_longer_of_his_sector(city: City) -> None:
    published(city, OLD)
    held, stays = city.start().case_id, city.start().case_id
    for case_id in (held, stays):
        with city.by("obras") as by:
            tasks.take(by, city.task_id(case_id, "analisar"))
    other_role, same_role = published(city, NEW), published(city, one_task(due="P7D"))

    moved(city, other_role, [held])
    moved(city, same_role, [stays])

    assert city.open_task(held, "t2")["assignee_id"] is None
    assert city.open_task(stays, "analisar")["assignee_id"] == city.servants["obras"]


def test_a_new_deadline_counts_from_the_move_and_falls_due(city: City) -> None:
    published(city, OLD)
    case_id = city.start().case_id
    version = published(city, NEW)
    city.pass_time(days=10)

    moved(city, version)

    (event,) = city.rows(Timer, case_id=case_id, kind="event")
    assert event["due_at"] > city.at
    city.tick(city.pass_time(days=40))
    assert city.case(case_id)["outcome"] == "arquivado"
    assert city.findings() == []


def test_the_trail_tells_who_ordered_it_why_and_what_changed(city: City) -> None:
    published(city, OLD)
    case_id = city.start().case_id
    version = published(city, NEW)

    moved(city, version)

    (entry,) = city.rows(AuditEntry, chain=case_id, action="case.move")
    assert entry["facts"]["reason"] == "lei nova"
    assert entry["facts"]["ordered_by"] == "gestor"
    assert entry["facts"]["mapping"] == {"analisar": "t2"}
    assert (entry["facts"]["from"], entry["facts"]["to"]) == (1, 2)


def test_deadlines_stay_unless_it_is_chosen_to_count_them_anew(city: City) -> None:
    published(city, OLD)
    cases = [city.start().case_id, city.start().case_id]
    due = city.open_task(cases[0], "analisar")["due_at"]
    version = published(city, NEW)

    moved(city, version, [cases[0]])
    moved(city, version, [cases[1]], recount=True)

    assert city.open_task(cases[0], "t2")["due_at"] == due
    assert city.open_task(cases[1], "t2")["due_at"] > due
    assert city.findings() == []


@pytest.mark.parametrize("recount", [False, True])
def test_the_legal_clock_of_an_open_case_runs_by_the_law_of_its_day_unless_chosen_otherwise(
    city: City, recount: bool
) -> None:
    published(city, clocked(60))
    case_id = city.start().case_id
    due = city.case(case_id)["due_at"]
    version = published(city, clocked(90, "b2"))
    with city.by("gestor") as by:
        (verdict,) = moving.verdicts(by, version, Choices())
    (told,) = (one for one in verdict.deadlines if one.kind == "clock")

    moved(city, version, recount=recount)

    (clock,) = city.rows(Clock, case_id=case_id)
    assert told.now == due
    assert told.by_new_rule is not None
    assert city.case(case_id)["due_at"] == clock["due_at"] == (told.by_new_rule if recount else due)
    assert (clock["element"], clock["amount"], clock["norm"]) == (
        ("b2", 90, "Lei 90") if recount else ("b2", 60, "Lei 60")
    )
    assert city.findings() == []


def test_a_clock_whose_timer_is_gone_ends(city: City) -> None:
    published(city, clocked(60))
    case_id = city.start().case_id

    moved(city, published(city, one_task()))

    (clock,) = city.rows(Clock, case_id=case_id)
    assert clock["status"] == "encerrado"
    assert city.case(case_id)["due_at"] is None
    assert city.findings() == []


def test_a_message_is_heard_by_its_new_name(city: City) -> None:
    published(city, PAYMENT)
    case_id = city.start().case_id
    number = city.case(case_id)["number"]
    version = published(city, PAYMENT.replace(b"pagamento_confirmado", b"pago"))
    early = city.tell("pago", number, {"valor": 5})
    assert early.case_id is None

    moved(city, version)
    city.tick()

    assert city.open_elements(case_id) == ["entregar"]
    assert city.findings() == []


def test_of_two_timers_behind_one_gateway_the_one_that_stays_goes_on(city: City) -> None:
    def raced(*names: str) -> bytes:
        ways = "".join(f"\ng > {name} > fim" for name in names)
        timers = [timer(name, f"P{days}D") for days, name in enumerate(names, 30)]
        paid = message("m", "pago", "processo.numero")
        return sketch(
            [task("pedir", "requerente"), event_based("g"), paid, *timers, ENDS[0]],
            f"inicio > pedir > g\ng > m > fim{ways}",
        )

    published(city, raced("t_a", "t_b"))
    case_id = city.start().case_id

    moved(city, published(city, raced("t_a", "t_c")))

    assert city.findings() == []
    waiting = [row["element"] for row in city.rows(Timer, case_id=case_id, status="waiting")]
    assert sorted(waiting) == ["t_a", "t_c"]
    city.tick(city.pass_time(days=60))
    assert city.case(case_id)["status"] == "done"


def test_a_job_on_its_way_comes_back_to_a_moved_case(city: City) -> None:
    published(city, SERVICE)
    case_id = city.start().case_id

    ordered(city, published(city, SERVICE.replace(b"s_lote", b"s_cadastro").replace(b"s cadastro", b"s lote")))
    city.house.shelf.clear()
    with city.by("clock") as by:
        moving.move_next(by)

    assert city.findings() == []
    city.tick()
    assert city.open_elements(case_id) == ["conferir"]
    assert city.case(case_id)["data"]["zona"] == "ZR2"


def test_an_incident_is_retried_by_the_gateway_of_the_new_version(city: City) -> None:
    ways = "inicio > pedir > g\ng > analisar : valor > 10\ng > fim : valor <= 10\nanalisar > fim"
    published(city, one_task(exclusive("g"), flows=ways))
    case_id = city.start().case_id
    (incident,) = city.rows(Incident, case_id=case_id)

    moved(city, published(city, one_task(exclusive("g"), flows=ways.replace("valor > 10", "valor = null"))))
    with city.by("operador") as by:
        cases.retry(by, incident["id"], "a causa foi afastada")

    assert city.open_elements(case_id) == ["analisar"]
    assert city.findings() == []


def test_a_case_that_cannot_go_stays_with_its_reason(city: City) -> None:
    published(city, OLD)
    case_id = city.start().case_id
    before = kept_of(city, case_id)

    assert moved(city, published(city, sketch([task("pedir", "requerente"), ENDS[0]], "inicio > pedir > fim"))) == [
        "stayed"
    ]

    (row,) = city.rows(CaseMove)
    assert row["reasons"] == [{"code": "task-gone", "element": "analisar", "candidates": []}]
    assert kept_of(city, case_id) == before


def test_a_choice_settles_what_could_not_be_matched(city: City) -> None:
    published(city, OLD)
    case_id = city.start().case_id
    other = sketch([task("pedir", "requerente"), task("avaliar"), ENDS[0]], "inicio > pedir > avaliar > fim")
    version = published(city, other)
    with city.by("gestor") as by:
        (verdict,) = moving.verdicts(by, version, Choices())
    assert (verdict.verdict, verdict.reasons[0].candidates) == ("needs-choice", ("avaliar",))

    assert moved(city, version, elements={"analisar": "avaliar"}) == ["moved"]

    assert city.open_elements(case_id) == ["avaliar"]


def test_a_case_that_ended_before_its_turn_or_is_there_already_stays(city: City) -> None:
    published(city, OLD)
    ended, there = city.start().case_id, city.start().case_id
    version = published(city, NEW)
    order = ordered(city, version)
    city.complete(ended, "analisar")
    city.tick()
    again = ordered(city, version, [there])

    assert [row["reasons"] for row in city.rows(CaseMove, moving_id=order)] == [
        [{"code": "case-closed", "element": ""}], None,
    ]  # fmt: skip
    assert city.rows(CaseMove, moving_id=again) == []


def test_a_page_can_show_how_far_an_order_is(city: City) -> None:
    published(city, OLD)
    for _ in range(3):
        city.start()
    order = ordered(city, published(city, NEW))
    with city.by("clock") as by:
        moving.move_next(by)

    with city.by("gestor") as by:
        found = moving.progress(by, order)

    assert (found.waiting, found.moved, found.stayed, found.undone) == (2, 1, 0, 0)
    assert [row["ordered_by"] for row in city.rows(Moving)] == ["gestor"]


def test_a_document_ordered_before_the_move_is_issued_from_the_template_of_then(city: City) -> None:
    papered = OLD.replace(b'<bpmn:userTask id="pedir"', b'<bpmn:userTask id="pedir"', 1)
    with_paper = sketch([task("pedir", "requerente", documento="recibo"), task("analisar"), ENDS[0]], LINE)
    with city.by("analista", LONG_AGO) as by:
        bundle = procedures.Bundle(
            key="teste", name="Teste", xml=with_paper, forms={}, tables={}, papers={"recibo": "# Recibo\n\nRecebido."}
        )
        procedures.publish(by, bundle)
    case_id = city.start().case_id
    ordered(city, published(city, papered))
    with city.by("clock") as by:
        moving.move_next(by)

    city.tick()

    assert [row["status"] for row in city.rows(Outbox, case_id=case_id, kind="paper")] == ["done"]


def test_a_suspended_case_stays_until_it_is_resumed(city: City) -> None:
    published(city, OLD)
    case_id = city.start().case_id
    with city.by("operador") as by:
        suspension.suspend(by, case_id, Why(reason="aguarda perícia"))

    assert moved(city, published(city, NEW)) == ["stayed"]
    assert [row["reasons"][0]["code"] for row in city.rows(CaseMove)] == ["case-suspended"]
