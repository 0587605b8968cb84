"""Service tasks reach other systems through their connectors: what comes back moves the case, what fails is shown."""

from __future__ import annotations

import mailbox
from dataclasses import replace
from typing import Any

import pytest

from engine.acts import cases, hosts
from engine.acts import orders as order_acts
from engine.acts.surroundings import origins
from engine.errors import BadInput, Denied, DiagramRefused, NotFound
from engine.house import House
from engine.outlets.connectors import http
from engine.store.cases import Document, Incident
from engine.store.trail import AuditEntry, Outbox
from tests.city import City
from tests.sketches import boundary_error, end, service, sketch, task
from tests.unit.outlets.receiver import HOST, Answer, near, receiving

JSON = {"Content-Type": "application/json"}


def _asks(topic: str, inputs: dict[str, str], outputs: dict[str, str]) -> bytes:
    nodes = [task("pedir", "requerente"), service("s", topic, inputs, outputs), task("depois", "obras"), end("fim")]
    return sketch(nodes, "inicio > pedir > s > depois > fim")


def _near(city: City) -> None:
    city.house = House(city.settings, city.house.store, connectors={"http": http.connector(near())})


def _allow(city: City, origin: str) -> None:
    with city.by("administrador") as by:
        hosts.allow(by, origin, "Consulta de veículos")


def _calls(port: int) -> bytes:
    return _asks(
        "http",
        {"url": f'"http://{HOST}:{port}/v1?chave=segredo"', "metodo": '"POST"', "corpo": "{placa: placa}"},
        {"situacao": "resultado.corpo.situacao"},
    )


def test_another_system_is_asked_and_its_answer_moves_the_case_in_one_step(city: City) -> None:
    _near(city)
    with receiving(Answer(200, b'{"situacao": "regular"}', JSON)) as server:
        _allow(city, f"http://{HOST}:{server.port}")
        city.publish(_calls(server.port))
        case_id = city.start().case_id

        city.tick()

    (row,) = city.rows(Outbox)
    assert server.heard[0].headers["idempotency-key"] == f"{case_id}:{row['task_id']}:{row['id']}"
    assert city.case(case_id)["data"]["situacao"] == "regular"
    assert city.open_elements(case_id) == ["depois"]
    assert city.findings() == []


def test_a_host_nobody_allowed_is_an_incident_at_once_that_says_where_it_should_have_gone(city: City) -> None:
    _near(city)
    with receiving(Answer(200)) as server:
        city.publish(_calls(server.port))
        city.start()

        city.tick()

    (incident,) = city.rows(Incident)
    assert (incident["facts"]["kind"], incident["facts"]["attempt"]) == ("host-not-allowed", 1)
    assert incident["facts"]["host"] == f"http://{HOST}:{server.port}"
    assert server.heard == []
    assert city.findings() == []


def test_an_answer_of_four_hundred_is_an_incident_without_a_word_of_the_request(city: City) -> None:
    _near(city)
    with receiving(Answer(404, b"segredo")) as server:
        _allow(city, f"http://{HOST}:{server.port}")
        city.publish(_calls(server.port))
        city.start()

        city.tick()

    (incident,) = city.rows(Incident)
    told = [row["facts"] for row in city.rows(AuditEntry, action="incident.open")]
    assert {name: incident["facts"][name] for name in ("topic", "status", "method", "attempt")} == {
        "topic": "http", "status": 404, "method": "POST", "attempt": 1,
    }  # fmt: skip
    assert "segredo" not in str([incident["facts"], told])


def test_a_status_that_the_diagram_names_is_an_error_that_it_catches(city: City) -> None:
    _near(city)
    with receiving(Answer(404)) as server:
        origin = f"http://{HOST}:{server.port}"
        _allow(city, origin)
        asked = service("s", "http", {"url": f'"{origin}/v1"', "erros": '{"404": "NAO_HA"}'}, {})
        nodes = [task("pedir", "requerente"), asked, boundary_error("b", "s", "NAO_HA"), end("fim"), task("procurar")]
        city.publish(sketch([*nodes, end("fim_b")], "inicio > pedir > s > fim\nb > procurar > fim_b"))
        case_id = city.start().case_id

        city.tick()

    assert city.open_elements(case_id) == ["procurar"]
    assert [row["status"] for row in city.rows(Outbox)] == ["done"]
    assert [row["facts"]["error"] for row in city.rows(AuditEntry, action="service.error")] == ["NAO_HA"]
    assert city.rows(Incident) == []
    assert city.findings() == []


def test_an_error_that_nothing_catches_is_an_incident_that_can_be_tried_again(city: City) -> None:
    _near(city)
    answers = iter([Answer(404), Answer(200, b'{"situacao": "ok"}', JSON)])
    with receiving(lambda _heard: next(answers)) as server:
        origin = f"http://{HOST}:{server.port}"
        _allow(city, origin)
        city.publish(_asks("http", {"url": f'"{origin}/v1"', "erros": '{"404": "NAO_HA"}'}, {}))
        case_id = city.start().case_id
        city.tick()
        (incident,) = city.rows(Incident)
        assert city.findings() == []

        with city.by("operador") as by:
            cases.retry(by, incident["id"], "a causa foi afastada")
        city.tick()

    assert (incident["facts"]["kind"], incident["facts"]["status"]) == ("http-status", 404)
    assert incident["facts"]["error"] == "NAO_HA"
    assert city.open_elements(case_id) == ["depois"]
    assert city.findings() == []


def test_a_server_that_is_busy_is_asked_again_when_it_says_and_never_later_than_in_an_hour(city: City) -> None:
    _near(city)
    waits = iter(["600", "999999", None])

    def busy(_heard: Any) -> Answer:
        wait = next(waits)
        return Answer(503, headers={"Retry-After": wait}) if wait else Answer(200, b'{"situacao": "ok"}', JSON)

    with receiving(busy) as server:
        _allow(city, f"http://{HOST}:{server.port}")
        city.publish(_calls(server.port))
        case_id = city.start().case_id
        pauses = []
        for _ in range(2):
            city.tick()
            (row,) = city.rows(Outbox)
            pauses.append((row["next_at"] - city.at).total_seconds())
            city.at = row["next_at"]
        city.tick()

    assert pauses == [600, order_acts.LONGEST_PAUSE.total_seconds()]
    assert len({heard.headers["idempotency-key"] for heard in server.heard}) == 1
    assert city.open_elements(case_id) == ["depois"]


# -- who says where calls may go --------------------------------------------------------------------------------------


def test_what_is_withdrawn_is_called_no_more_and_may_be_allowed_again(city: City) -> None:
    _allow(city, HOST)
    with city.by("administrador") as by:
        assert origins(by) == {f"https://{HOST}"}
        hosts.withdraw(by, 1)
        assert origins(by) == frozenset()

    _allow(city, f"https://{HOST}/")

    told = [row["action"] for row in city.rows(AuditEntry, chain=0)]
    assert told == ["origin.allow", "origin.withdraw", "origin.allow"]
    with city.by("administrador") as by, pytest.raises(NotFound):
        hosts.withdraw(by, 1)


def test_an_origin_is_allowed_once(city: City) -> None:
    _allow(city, HOST)

    with city.by("administrador") as by, pytest.raises(BadInput) as refused:
        hosts.allow(by, f"https://{HOST}:443", "de novo")

    assert refused.value.facts["errors"] == {"origin": ["taken"]}


@pytest.mark.parametrize("who", ["gestor", "operador", "analista", "auditor", "obras"])
def test_only_the_administrator_says_where_calls_may_go(city: City, who: str) -> None:
    with city.by(who) as by, pytest.raises(Denied):
        hosts.allow(by, HOST, "Consulta")
    with city.by(who) as by, pytest.raises(Denied):
        hosts.withdraw(by, 1)


# -- mail and papers --------------------------------------------------------------------------------------------------


def test_a_mail_has_the_fields_of_the_case_put_in_and_nothing_else_is_read(city: City) -> None:
    folder = city.settings.data_dir / "correio"
    city.house = House(replace(city.settings, mail_url=f"maildir:{folder}"), city.house.store)
    inputs = {
        "para": '"marina@exemplo.com.br"', "assunto": '"Processo {processo.numero}"',
        "corpo": '"Valor: {valor}. Falta: {nada}. {{ 7 * 7 }} {% raw %}"',
    }  # fmt: skip
    nodes = [
        task("pedir", "requerente", form="valor"), service("s", "email", inputs, {"avisado": "resultado.enviado"}),
        task("depois", "obras"), end("fim"),
    ]  # fmt: skip
    form = '{"type": "default", "id": "valor", "schemaVersion": 19, "components": [' \
        '{"type": "number", "id": "v", "key": "valor", "label": "Valor", "decimalDigits": 2}]}'  # fmt: skip
    city.publish(sketch(nodes, "inicio > pedir > s > depois > fim"), forms={"valor": form})
    started = city.start({"valor": "1234.50"})

    city.tick()

    (message,) = mailbox.Maildir(folder)
    assert message["Subject"] == f"Processo {started.number}"
    assert message.get_payload(decode=True).decode().strip() == "Valor: 1.234,50. Falta: —. {{ 7 * 7 }} {% raw %}"
    assert city.case(started.case_id)["data"]["avisado"] is True


def test_without_a_mail_outlet_the_case_goes_on_and_knows_that_nothing_was_sent(city: City) -> None:
    inputs = {"para": '"a@b.gov.br"', "assunto": '"x"', "corpo": '"y"'}
    city.publish(_asks("email", inputs, {"avisado": "resultado.enviado"}))
    case_id = city.start().case_id

    city.tick()

    assert city.case(case_id)["data"]["avisado"] is False


@pytest.mark.parametrize(("draft", "status"), [("false", "valido"), ("true", "minuta")])
def test_a_paper_is_in_the_case_with_its_code_in_the_step_that_tells_of_it(city: City, draft: str, status: str) -> None:
    xml = _asks("documento", {"modelo": '"carta"', "minuta": draft}, {"codigo": "resultado.codigo"})
    city.publish(xml, papers={"carta": "# Carta\n\nProcesso {processo.numero}.\n"})
    case_id = city.start().case_id

    city.tick()

    (paper,) = city.rows(Document, case_id=case_id)
    assert (paper["type"], paper["status"], paper["title"], paper["element"]) == ("carta", status, "Carta", "s")
    assert paper["code"] == city.case(case_id)["data"]["codigo"]
    assert city.findings() == []


def test_a_paper_that_the_version_does_not_have_is_an_incident(city: City) -> None:
    city.publish(_asks("documento", {"modelo": "processo.numero"}, {}), papers={"carta": "# C\n"})
    city.start()

    city.tick()

    assert city.rows(Incident)[0]["facts"]["kind"] == "paper-unknown"


def test_a_diagram_that_does_not_give_a_connector_what_it_needs_is_not_published(city: City) -> None:
    with pytest.raises(DiagramRefused) as refused:
        city.publish(_asks("email", {"para": '"a@b.gov.br"'}, {}))

    found = refused.value.facts["findings"]
    assert [(one["code"], one["input"]) for one in found] == [("input-missing", "assunto"), ("input-missing", "corpo")]
