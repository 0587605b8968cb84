"""What repeats and what waits for several things keeps its rows in step with the case, whatever the clock does."""

from __future__ import annotations

from datetime import timedelta

from engine.store.cases import Incident, MessageWait
from engine.store.deadlines import Timer
from engine.store.trail import AuditEntry
from tests.city import City
from tests.sketches import Node, after, boundary, end, script, sketch, task, told
from tests.unit.runtime.played import catches, cycle, holds

_REMINDS = script("lembrar", "n = (if n = null then 0 else n) + 1")
_REMINDED = sketch(
    [
        task("pedir", "requerente"), task("analisar", "obras"), _REMINDS, end("fim"), end("fim_b"),
        boundary("b", "analisar", cycle("R4/PT1H"), interrupting=False),
    ],
    "inicio > pedir > analisar > fim\nb > lembrar > fim_b",
)  # fmt: skip
_BOTH = Node(
    "intermediateCatchEvent", "espera", {"parallelMultiple": "true"}, told("pago") + after("PT2H"), {"chave": '"1"'}
)


def _waiting(city: City, case_id: int) -> list[tuple[str, object]]:
    found = [(row["element"], row["due_at"]) for row in city.rows(Timer, case_id=case_id, status="waiting")]
    return sorted(found)


def test_a_cycle_that_was_missed_fires_once_and_the_trail_counts_the_rest(city: City) -> None:
    city.publish(_REMINDED)
    case_id, begun = city.start().case_id, city.at
    city.forget()

    city.pass_time(hours=3, minutes=30)
    city.tick()
    city.forget()

    assert _waiting(city, case_id) == [("b", begun + timedelta(hours=4))]
    missed = [row for row in city.rows(AuditEntry, chain=case_id) if row["action"] == "timer.missed"]
    assert [(row["subject"], row["facts"]) for row in missed] == [("b", {"count": 2})]
    assert city.case(case_id)["data"]["n"] == 1
    assert city.findings() == []
    city.pass_time(hours=5)
    city.tick()
    assert _waiting(city, case_id) == []
    assert city.findings() == []


def test_an_event_that_waits_for_all_gives_up_only_the_row_of_what_came(city: City) -> None:
    city.publish(sketch([task("pedir", "requerente"), _BOTH, end("fim")], "inicio > pedir > espera > fim"))
    case_id = city.start().case_id
    city.forget()

    city.pass_time(hours=3)
    city.tick()
    city.forget()

    assert _waiting(city, case_id) == []
    assert [row["element"] for row in city.rows(MessageWait, case_id=case_id)] == ["espera#0"]
    assert city.findings() == []
    city.tell("pago", "1", {}, once="1")
    assert city.case(case_id)["status"] == "done"
    assert city.findings() == []


def test_a_case_that_waits_only_for_a_condition_is_told_to_stand_still(city: City) -> None:
    waits = catches("espera", holds("pronto"))
    city.publish(sketch([task("pedir", "requerente"), waits, end("fim")], "inicio > pedir > espera > fim"))

    case_id = city.start().case_id

    assert [row["code"] for row in city.rows(Incident, case_id=case_id)] == ["no-next-move"]
    assert city.findings() == []
