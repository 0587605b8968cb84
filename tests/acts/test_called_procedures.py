"""Procedures that call others: which version runs, for how long, with whose forms, and what everybody sees of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.acts import procedures
from engine.acts.procedures import Bundle
from engine.city import edition
from engine.desk.task import page
from engine.errors import AnswersRefused, DiagramRefused
from engine.store.cases import Case, Incident
from engine.store.procedures import Version
from tests.city import City
from tests.sketches import CONFERIR, boundary_error, call, end, exclusive, parallel, script, sketch, task

_CAMUNDA = "camunda:calledElement"


def _caller(**said: str) -> bytes:
    nodes = [task("pedir", "requerente"), call("chama", "vistoria", **said), task("assinar", "secretario"), end("fim")]
    return sketch(nodes, "inicio > pedir > chama > assinar > fim")


def _called(element: str, **said: Any) -> bytes:
    return sketch([task(element, "obras", **said), end("fim")], f"inicio > {element} > fim", process="processo_chamado")


def _publish(city: City, xml: bytes, key: str, **parts: Any) -> int:
    with city.by("analista") as by:
        bundle = Bundle(key=key, name=key, xml=xml, **{"forms": {}, "tables": {}, "papers": {}, **parts})
        made = procedures.publish(by, bundle).version_id
    city.pass_time(minutes=1)
    return made


def _begun(city: City) -> int:
    case_id = city.start().case_id
    city.forget()
    return case_id


def test_a_call_runs_the_version_in_force_when_it_begins_and_keeps_it(city: City) -> None:
    first = _publish(city, _called("medir"), "vistoria")
    _publish(city, _caller(), "teste")
    old = _begun(city)

    second = _publish(city, _called("conferir"), "vistoria")
    new = _begun(city)

    assert city.open_elements(old) == [f"@{first}:medir"]
    assert city.open_elements(new) == [f"@{second}:conferir"]
    city.complete(old, f"@{first}:medir")
    city.complete(new, f"@{second}:conferir")
    assert (city.open_elements(old), city.open_elements(new)) == (["assinar"], ["assinar"])
    city.complete(old, "assinar")
    assert city.case(old)["status"] == "done"
    assert city.findings() == []


def test_a_call_as_of_publication_keeps_to_its_version(city: City) -> None:
    first = _publish(city, _called("medir"), "vistoria")
    caller = _publish(city, _caller(**{f"{_CAMUNDA}Binding": "deployment"}), "teste")
    _publish(city, _called("conferir"), "vistoria")

    case_id = _begun(city)

    assert city.open_elements(case_id) == [f"@{first}:medir"]
    (row,) = city.rows(Version, id=caller)
    assert row["manifest"]["called"] == {"vistoria": 1}


def test_a_call_of_a_numbered_version_runs_that(city: City) -> None:
    first = _publish(city, _called("medir"), "vistoria")
    _publish(city, _called("conferir"), "vistoria")
    _publish(city, _caller(**{f"{_CAMUNDA}Binding": "version", f"{_CAMUNDA}Version": "1"}), "teste")

    assert city.open_elements(_begun(city)) == [f"@{first}:medir"]


def test_a_called_task_has_the_form_of_its_own_version_and_a_page(city: City) -> None:
    first = _publish(city, _called("medir", form="conferir"), "vistoria", forms={"conferir": CONFERIR})
    _publish(city, _caller(), "teste")
    case_id = _begun(city)
    row = city.open_task(case_id, f"@{first}:medir")

    with city.by("obras", case=case_id) as by:
        shown = page(by, row["id"])
    with pytest.raises(AnswersRefused):
        city.complete(case_id, f"@{first}:medir", {"completo": "talvez"})
    city.complete(case_id, f"@{first}:medir", {"completo": True})

    assert shown.form is not None
    assert city.case(case_id)["data"]["completo"] is True


def test_an_error_rises_from_the_called_procedure_to_the_caller(city: City) -> None:
    raises = sketch([task("medir", "obras"), end("ruim", error="x")], "inicio > medir > ruim")
    with pytest.raises(DiagramRefused, match="error-not-caught"):
        _publish(city, raises, "vistoria")
    first = _publish(city, raises, "vistoria", accepted=frozenset({"error-not-caught"}))
    nodes = [task("pedir", "requerente"), call("chama", "vistoria"), boundary_error("b", "chama", "x")]
    nodes += [task("refazer", "obras"), end("fim"), end("f2")]
    _publish(city, sketch(nodes, "inicio > pedir > chama > fim\nb > refazer > f2"), "teste")
    case_id = _begun(city)

    city.complete(case_id, f"@{first}:medir")

    assert city.open_elements(case_id) == ["refazer"]


def test_what_does_not_exist_cannot_be_called(city: City) -> None:
    with pytest.raises(DiagramRefused, match="called-unknown"):
        _publish(city, _caller(), "teste")
    _publish(city, _called("medir"), "vistoria")
    with pytest.raises(DiagramRefused, match="called-unknown"):
        _publish(city, _caller(**{f"{_CAMUNDA}Binding": "version", f"{_CAMUNDA}Version": "7"}), "teste")


def test_a_call_of_what_is_not_yet_in_force_waits_for_an_operator(city: City) -> None:
    with city.by("analista") as by:
        bundle = Bundle(key="vistoria", name="v", xml=_called("medir"), forms={}, tables={}, papers={})
        later = procedures.publish(by, bundle, effective_from=city.at + timedelta(days=30)).version_id
    _publish(city, _caller(), "teste")

    case_id = _begun(city)

    (incident,) = city.rows(Incident, case_id=case_id)
    assert (incident["element"], incident["code"]) == ("chama", "call-refused")
    assert later


def test_an_edition_is_read_anew_when_what_it_calls_is_published(city: City) -> None:
    _publish(city, _called("medir"), "vistoria")
    caller = _publish(city, _caller(), "teste")
    with city.by("obras") as by:
        before = edition(by, caller)

    second = _publish(city, _called("conferir"), "vistoria")

    with city.by("obras") as by:
        after = edition(by, caller)
        assert edition(by, caller) is after
    assert f"@{second}:conferir" not in before.blueprint.elements
    assert f"@{second}:conferir" in after.blueprint.elements


def test_a_procedure_that_calls_itself_runs_inside_itself(city: City) -> None:
    counts = script("conta", "n = if n = null then 1 else n + 1")
    nodes = [task("pedir", "requerente"), counts, exclusive("g"), call("chama", "teste"), task("assinar", "obras")]
    flows = "inicio > pedir > conta > g\ng > chama : n < 2\ng > assinar : *\nchama > assinar > fim"
    drawn = sketch([*nodes, end("fim")], flows, process="proprio")
    own = _publish(city, drawn, "teste")
    case_id = _begun(city)

    assert city.open_elements(case_id) == [f"@{own}:pedir"]
    city.complete(case_id, f"@{own}:pedir", who="requerente")
    city.complete(case_id, f"@{own}:assinar")

    assert city.open_elements(case_id) == ["assinar"]
    assert len(city.rows(Case)) == 1


def test_an_error_that_nobody_awaits_ends_the_case_and_all_in_it(city: City) -> None:
    nodes = [task("pedir", "requerente"), parallel("p"), task("a", "obras"), task("b", "obras"), end("ruim", error="x")]
    drawn = sketch([*nodes, end("fim")], "inicio > pedir > p > a > ruim\np > b > fim")
    _publish(city, drawn, "teste", accepted=frozenset({"error-not-caught"}))
    case_id = _begun(city)

    city.complete(case_id, "a")

    assert (city.open_elements(case_id), city.case(case_id)["status"]) == ([], "done")
    assert city.findings() == []
