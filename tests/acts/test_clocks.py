"""Legal clocks: started by a timer, stopped while the citizen answers, kept as a ledger without a gap."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from engine.store.deadlines import Clock, ClockEntry, Timer
from tests.city import City
from tests.sketches import FORMS, LEGAL_CLOCK, boundary_timer, end, exclusive, sketch, sub, task

_ZONE = ZoneInfo("America/Sao_Paulo")


def _day(moment: datetime | None) -> str | None:
    return moment.astimezone(_ZONE).date().isoformat() if moment else None


def _asked(city: City, *, new_fact: bool = False) -> int:
    """Return a case whose analyst asks for something on the third day, the answer still to come."""
    city.publish(LEGAL_CLOCK, forms=FORMS)
    case_id = city.start().case_id
    city.pass_time(days=3)
    city.complete(case_id, "analisar", {"exige": True, "fato_novo": new_fact})
    return case_id


def test_the_clock_starts_with_its_timer_and_carries_its_norm(city: City) -> None:
    city.publish(LEGAL_CLOCK, forms=FORMS)
    case_id = city.start().case_id

    (clock,) = city.rows(Clock)
    (timer,) = city.rows(Timer)
    assert (clock["name"], clock["cycle"], clock["amount"], clock["unit"]) == ("prazo_legal", 1, 60, "corridos")
    assert (clock["norm"], clock["effect"], clock["status"]) == ("Lei 1/2020", "avocar", "corre")
    assert clock["due_at"] == timer["due_at"] == city.case(case_id)["due_at"]
    assert _day(clock["due_at"]) == "2026-05-04"  # the sixtieth day is the first of May, a holiday and a Friday


def test_the_clock_stands_while_the_citizen_is_asked_and_nothing_falls_due(city: City) -> None:
    case_id = _asked(city)

    (clock,) = city.rows(Clock)
    (timer,) = city.rows(Timer)
    assert (clock["status"], clock["suspensions"]) == ("suspenso", 1)
    assert clock["due_at"] is timer["due_at"] is city.case(case_id)["due_at"] is None
    city.pass_time(days=400)
    assert city.tick() == 0
    assert city.findings() == []


def test_the_days_of_the_stop_come_after_the_end(city: City) -> None:
    case_id = _asked(city)
    city.pass_time(days=10)

    city.complete(case_id, "complementar")

    (clock,) = city.rows(Clock)
    states = [(row["state"], _day(row["began_at"]), _day(row["ended_at"])) for row in city.rows(ClockEntry)]
    assert states == [
        ("corre", "2026-03-02", "2026-03-05"), ("suspenso", "2026-03-05", "2026-03-15"), ("corre", "2026-03-15", None),
    ]  # fmt: skip
    assert _day(clock["due_at"]) == _day(city.case(case_id)["due_at"]) == "2026-05-11"
    assert city.findings() == []


def test_a_second_stop_needs_a_new_fact(city: City) -> None:
    case_id = _asked(city)
    city.complete(case_id, "complementar")
    city.complete(case_id, "analisar", {"exige": True, "fato_novo": False})

    assert [row["status"] for row in city.rows(Clock)] == ["corre"]
    city.complete(case_id, "complementar")
    city.complete(case_id, "analisar", {"exige": True, "fato_novo": True})
    assert [(row["status"], row["suspensions"]) for row in city.rows(Clock)] == [("suspenso", 2)]
    assert city.findings() == []


def test_a_clock_ends_with_the_stage_that_it_measures(city: City) -> None:
    city.publish(LEGAL_CLOCK, forms=FORMS)
    case_id = city.start().case_id
    city.pass_time(days=2)

    city.complete(case_id, "analisar", {"exige": False})

    (clock,) = city.rows(Clock)
    assert (clock["status"], clock["ended_at"]) == ("encerrado", city.at)
    assert city.case(case_id)["due_at"] is None
    assert [row["ended_at"] for row in city.rows(ClockEntry)] == [city.at]
    assert city.findings() == []


def test_a_clock_that_runs_out_takes_the_way_of_its_timer(city: City) -> None:
    city.publish(LEGAL_CLOCK, forms=FORMS)
    case_id = city.start().case_id
    (clock,) = city.rows(Clock)

    city.tick(clock["due_at"])

    case = city.case(case_id)
    assert (case["status"], case["outcome"]) == ("done", "tacito")
    assert [row["status"] for row in city.rows(Clock)] == ["encerrado"]
    assert city.findings() == []


def test_a_task_that_restarts_the_clock_gives_it_its_whole_term_again(city: City) -> None:
    xml = sketch(
        [
            task("pedir", "requerente"),
            sub(
                "sp",
                [task("analisar"), task("avocar", "secretario", reinicia="prazo_legal"), task("decidir"), end("fi")],
                "inicio_sp > analisar > avocar > decidir > fi",
            ),
            boundary_timer("b_legal", "sp", 'prazo(60, "corridos")', relogio="prazo_legal"), end("fim"), end("fim_b"),
        ],
        "inicio > pedir > sp > fim\nb_legal > fim_b",
    )  # fmt: skip
    city.publish(xml)
    case_id = city.start().case_id
    city.complete(case_id, "analisar")
    city.pass_time(days=10)

    city.complete(case_id, "avocar")

    assert [row["state"] for row in city.rows(ClockEntry)] == ["corre", "reiniciado"]
    assert _day(city.case(case_id)["due_at"]) == "2026-05-11"
    assert city.findings() == []


def test_a_stage_entered_again_in_the_step_that_left_it_starts_a_second_cycle_and_ends_the_first(city: City) -> None:
    xml = sketch(
        [
            task("pedir", "requerente"), exclusive("g_volta"),
            sub("sp", [task("analisar", form="analisar"), end("fi")], "inicio_sp > analisar > fi"),
            boundary_timer("b_legal", "sp", 'prazo(60, "corridos")', relogio="prazo_legal"), exclusive("g"),
            end("fim"), end("fim_b"),
        ],
        "inicio > pedir > g_volta > sp > g\ng > g_volta : exige = true\ng > fim : *\nb_legal > fim_b",
    )  # fmt: skip
    city.publish(xml, forms=FORMS)
    case_id = city.start().case_id
    city.pass_time(days=5)

    city.complete(case_id, "analisar", {"exige": True})

    assert [(row["cycle"], row["status"]) for row in city.rows(Clock)] == [(1, "encerrado"), (2, "corre")]
    assert _day(city.case(case_id)["due_at"]) == "2026-05-06"
    assert city.findings() == []
