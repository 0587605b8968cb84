"""A city's own connectors are found by their entry points; a broken one is named with its reason and breaks nothing."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.outlets import OutletFailed
from engine.outlets.connectors import BUILT_IN, Call, Connector, Input, carry
from engine.outlets.connectors.plugins import Found, find

MODULE = """
from engine.outlets.connectors import Connector, Input

def consult(call):
    return {"situacao": "regular", "placa": call.inputs["placa"], "chave": call.key}

detran = Connector(run=consult, inputs=(Input("placa", "text", required=True),), outputs=frozenset({"situacao"}))
inside = Connector(run=consult, inside=True)
twice = Connector(run=consult, inputs=(Input("a"), Input("a")))
unkind = Connector(run=consult, inputs=(Input("a", "cor"),))
function = consult
"""


def brought(folder: Path, entries: dict[str, str], monkeypatch: pytest.MonkeyPatch, module: str = MODULE) -> Found:
    """Install a distribution of a city as pip would leave it, and find what it brings."""
    (folder / "cidade_conectores.py").write_text(module, encoding="utf-8")
    info = folder / "cidade-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: cidade\nVersion: 1.0\n", encoding="utf-8")
    lines = "".join(f"{name} = {value}\n" for name, value in entries.items())
    (info / "entry_points.txt").write_text(f"[rito.connectors]\n{lines}", encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "cidade_conectores", raising=False)
    return find(BUILT_IN)


def call(**inputs: object) -> Call:
    return Call(inputs=inputs, key="1:t:2", attempt=1, number="2026.1", at=datetime(2026, 3, 2, tzinfo=UTC))


def test_a_connector_of_the_city_is_called_with_its_inputs_and_key_and_sees_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = brought(tmp_path, {"detran.consultar": "cidade_conectores:detran"}, monkeypatch)
    asked = call(placa="ABC1D23")

    result = carry(found.connectors["detran.consultar"], asked)

    assert result == {"situacao": "regular", "placa": "ABC1D23", "chave": "1:t:2"}
    assert asked.inside is None
    assert found.broken == {}


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("detran", "cidade_conectores:nada", "AttributeError"), ("detran", "nao_existe:x", "ModuleNotFoundError"),
        ("detran", "cidade_conectores:function", "not-a-connector"), ("detran", "cidade_conectores:inside", "contract"),
        ("detran", "cidade_conectores:twice", "contract-unfit"), ("detran", "cidade_conectores:unkind", "contract"),
        ("http", "cidade_conectores:detran", "topic-taken"),
        ("Detran Consultar", "cidade_conectores:detran", "topic-unfit"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named_with_its_reason(
    name: str, value: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = brought(tmp_path, {name: value}, monkeypatch)

    assert found.connectors == {}
    assert found.broken[name].startswith(why)


@pytest.mark.parametrize("module", ["raise SystemExit(3)", "1/0", "def (", "import inexistente"])
def test_a_module_that_breaks_while_it_is_imported_does_not_end_the_process(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = brought(tmp_path, {"detran": "cidade_conectores:detran"}, monkeypatch, module)

    assert set(found.broken) == {"detran"}


@pytest.mark.parametrize(
    ("inputs", "kind"),
    [
        ({}, "input-missing"), ({"placa": ""}, "input-missing"), ({"placa": 3}, "input-type"),
        ({"placa": True}, "input-type"),
    ],
)  # fmt: skip
def test_a_call_without_what_is_asked_for_is_never_made(inputs: dict[str, object], kind: str) -> None:
    def run(_call: Call) -> dict[str, object]:
        raise AssertionError("called")

    with pytest.raises(OutletFailed) as failed:
        carry(Connector(run=run, inputs=(Input("placa", "text", required=True),)), call(**inputs))

    assert (failed.value.facts["kind"], failed.value.retry) == (kind, False)


@pytest.mark.parametrize("result", [None, [1], "x", {"a": object()}, {"a": "\ud800"}, {"a": "x" * 2_000_000}])
def test_a_result_that_no_case_could_keep_is_refused(result: object) -> None:
    with pytest.raises(OutletFailed) as failed:
        carry(Connector(run=lambda _call: result), call())  # type: ignore[arg-type, return-value]  what a city may do

    assert (failed.value.facts["kind"], failed.value.retry) == ("result-unfit", False)
