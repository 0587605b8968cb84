"""Whatever an outlet says failed reads as a sentence; a failed call shows where it went, nothing of what it said."""

from __future__ import annotations

import re
from pathlib import Path

from engine.acts import hosts
from engine.house import House
from engine.outlets.connectors import http
from tests.sketches import end, service, sketch, task
from tests.unit.outlets.receiver import HOST, Answer, near, receiving
from tests.web.site import Site
from web.failures import CAUSES

ENGINE = Path(__file__).parents[2] / "engine"
FAILED = re.compile(r'OutletFailed\(\s*"([a-z-]+)"')
RARE = {
    "mail-folder",
    "mail-not-configured",
    "mail-url-unreadable",
}  # of an installation, not of a case


def test_every_failure_of_an_outlet_has_a_sentence() -> None:
    sources = [*(ENGINE / "outlets").rglob("*.py"), ENGINE / "acts" / "orders.py"]
    kinds = {kind for path in sources for kind in FAILED.findall(path.read_text(encoding="utf-8"))}

    assert len(kinds) > 15
    assert kinds - RARE - CAUSES.keys() == set()


def test_a_failed_call_is_told_with_host_status_and_attempt_and_no_word_of_what_was_sent(site: Site) -> None:
    city = site.city
    city.house = House(city.settings, city.house.store, connectors={"http": http.connector(near())})
    with receiving(Answer(422, b"resposta sigilosa")) as server:
        origin = f"http://{HOST}:{server.port}"
        inputs = {
            "url": f'"{origin}/v1/pessoas?token=senha123"', "corpo": '{cpf: "111.444.777-35"}',
            "cabecalhos": '{Authorization: "Bearer senha123"}',
        }  # fmt: skip
        with city.by("administrador") as by:
            hosts.allow(by, origin, "Pessoas")
        nodes = [task("pedir", "requerente"), service("consultar_pessoa", "http", inputs, {}), end("fim")]
        city.publish(sketch(nodes, "inicio > pedir > consultar_pessoa > fim"), key="chamada")
        number = city.start(procedure="chamada").number
        city.tick()

    pages = [site.servant("operador").get(f"/processos/{number}{tab}").text for tab in ("", "/auditoria")]

    assert f"{origin} respondeu 422." in pages[0]
    assert "tentativas: 1" in pages[0]
    for page in pages:
        assert not re.search("senha123|111.444|sigilosa|pessoas\\?", page)
