"""The example of docs/connectors.md is installed as pip would, published against, and called: it is as it says."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import DiagramRefused
from engine.outlets import connectors
from engine.store.cases import Incident
from engine.store.trail import Outbox
from tests.city import City
from tests.sketches import end, service, sketch, task
from tests.unit.outlets.receiver import Answer, receiving

PAGE = Path(__file__).resolve().parents[2] / "docs" / "connectors.md"


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install the example beside Rito."""
    project = tomllib.loads(_block("toml"))["project"]
    entries = "".join(f"{name} = {value}\n" for name, value in project["entry-points"]["rito.connectors"].items())
    info = tmp_path / "vila_serena_conectores-1.0.dist-info"
    info.mkdir()
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(head, encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[rito.connectors]\n{entries}", encoding="utf-8")
    (tmp_path / "vila_serena_conectores.py").write_text(_block("python"), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("IPTU_TOKEN", "segredo")
    connectors.brought.cache_clear()
    yield
    connectors.brought.cache_clear()
    sys.modules.pop("vila_serena_conectores", None)


def _asks(inputs: dict[str, str], outputs: dict[str, str]) -> bytes:
    nodes = [task("pedir", "requerente"), service("s", "iptu.situacao", inputs, outputs), task("depois"), end("fim")]
    return sketch(nodes, "inicio > pedir > s > depois > fim")


def test_the_example_asks_the_citys_system_and_moves_the_case(
    city: City, installed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving(Answer(200, b'{"debito": 0}')) as server:
        monkeypatch.setenv("IPTU_URL", f"http://127.0.0.1:{server.port}")
        city.publish(_asks({"inscricao": '"01.02"'}, {"em_dia": "resultado.em_dia"}))
        case_id = city.start().case_id

        city.tick()

    (order,) = city.rows(Outbox)
    (heard,) = server.heard
    assert (heard.target, heard.headers["authorization"]) == ("/imoveis/01.02", "Bearer segredo")
    assert heard.headers["idempotency-key"] == f"{case_id}:{order['task_id']}:{order['id']}"
    assert city.case(case_id)["data"]["em_dia"] is True
    assert city.open_elements(case_id) == ["depois"]


@pytest.mark.parametrize(("status", "kept"), [(404, "failed"), (503, "pending")])
def test_what_the_example_cannot_get_is_shown_or_asked_again(
    city: City, installed: None, monkeypatch: pytest.MonkeyPatch, status: int, kept: str
) -> None:
    with receiving(Answer(status)) as server:
        monkeypatch.setenv("IPTU_URL", f"http://127.0.0.1:{server.port}")
        city.publish(_asks({"inscricao": '"01.02"'}, {}))
        city.start()

        city.tick()

    assert [row["status"] for row in city.rows(Outbox)] == [kept]
    assert [row["facts"]["kind"] for row in city.rows(Incident)] == (["iptu-refused"] if kept == "failed" else [])


def test_a_diagram_is_held_to_what_the_example_declares(city: City, installed: None) -> None:
    with pytest.raises(DiagramRefused) as refused:
        city.publish(_asks({"imovel": '"01.02"'}, {"x": "resultado.nome"}))

    codes = {one["code"] for one in refused.value.facts["findings"]}
    assert codes == {"input-missing", "input-unknown", "output-unknown"}


def test_without_the_example_its_topic_is_not_known(city: City) -> None:
    with pytest.raises(DiagramRefused) as refused:
        city.publish(_asks({"inscricao": '"01.02"'}, {}))

    assert [one["code"] for one in refused.value.facts["findings"]] == ["topic-unknown"]
