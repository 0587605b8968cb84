"""An integration as the tests see it: its key, short verbs over the wire, and the city it talks to."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from io import BytesIO
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from engine.acts import tokens
from tests.city import City
from tests.sketches import end, exclusive, sketch, task

ALL_SCOPES = (
    "cases:start", "cases:read", "cases:trail", "tasks:work", "messages", "signals", "procedures:read",
    "procedures:deploy",
)  # fmt: skip
PEDIR = json.dumps(
    {
        "type": "default", "id": "pedir", "schemaVersion": 19,
        "components": [
            {"type": "textfield", "id": "n", "key": "requerente.nome", "label": "Nome", "validate": {"required": True}},
            {"type": "textfield", "id": "d", "key": "requerente.cpf_cnpj", "label": "CPF"},
            {"type": "number", "id": "a", "key": "area", "label": "Área", "decimalDigits": 2},
            {"type": "filepicker", "id": "p", "key": "planta", "label": "Planta", "accept": ".pdf"},
        ],
    }
)  # fmt: skip
CONFERIR = json.dumps(
    {
        "type": "default", "id": "conferir", "schemaVersion": 19,
        "components": [{"type": "checkbox", "id": "c", "key": "completo", "label": "Está completo"}],
    }
)  # fmt: skip
PEDIDO = sketch(
    [
        task("pedir", "requerente", form="pedir"), task("conferir", "protocolo", form="conferir"),
        exclusive("g_completo"),
        task("analisar", "obras", due="P5D"), end("fim", "emitido"), end("fim_incompleto", "indeferido"),
    ],
    """
    inicio > pedir > conferir > g_completo
    g_completo > fim_incompleto : completo = false
    g_completo > analisar : *
    analisar > fim
    """,
)  # fmt: skip
FORMS = {"pedir": PEDIR, "conferir": CONFERIR}
ANSWERS: Mapping[str, Any] = {"requerente": {"nome": "Ana Souza", "cpf_cnpj": "52998224725"}, "area": 120.5}
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


class Caller:
    """One integration over the wire. A key is sent in every request, unless a test takes it away."""

    def __init__(self, app: Flask, plain: str | None) -> None:
        self.client = app.test_client(use_cookies=False)
        self.plain = plain

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(f"/api/v1{path}", query_string=query or None, headers=self._headers())

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> TestResponse:
        sent = None if body is None else json.dumps(body).encode()
        kind = None if body is None else "application/json"
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/api/v1{path}", data=sent, content_type=kind, headers=self._headers(key, extra))

    def raw(self, path: str, body: bytes, kind: str = "application/json") -> TestResponse:
        return self.client.post(f"/api/v1{path}", data=body, content_type=kind, headers=self._headers())

    def send(self, name: str = "planta.pdf", body: bytes = PDF) -> TestResponse:
        data = {"file": (BytesIO(body), name)}
        return self.client.post("/api/v1/files", data=data, headers=self._headers())

    def deploy(
        self, files: Mapping[str, bytes | str], *, procedure: str = "novo", key: str | None = None, **fields: str
    ) -> TestResponse:
        parts = [(BytesIO(body.encode() if isinstance(body, str) else body), name) for name, body in files.items()]
        data = {"name": "Procedimento novo", **fields, "files": parts}
        path = f"/api/v1/procedures/{procedure}/versions"
        return self.client.post(path, data=data, headers=self._headers(key))

    def start(self, answers: Mapping[str, Any] = ANSWERS, *, key: str | None = None) -> TestResponse:
        return self.post("/procedures/pedido/cases", {"answers": answers}, key=key)

    def task_of(self, number: str) -> str:
        """Return the id of the only open task of a case."""
        (found,) = self.get(f"/cases/{number}").get_json()["tasks"]
        return str(found["id"])

    def _headers(self, key: str | None = None, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self.plain}"} if self.plain else {}
        return headers | ({"Idempotency-Key": key} if key else {}) | dict(extra or {})


def issue(city: City, *roles: str, scopes: Collection[str] = ALL_SCOPES, name: str | None = None) -> tokens.Issued:
    """Issue a key with these roles, as the administrator does."""
    with city.by("administrador") as by:
        return tokens.issue(by, name or f"integração {uuid.uuid4()}", roles=roles, scopes=scopes)


def problem(response: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Return a problem+json answer that has this status and code."""
    assert (response.status_code, response.mimetype) == (status, "application/problem+json"), response.text
    found: dict[str, Any] = response.get_json()
    assert found["type"] == f"urn:rito:{code}"
    assert found["status"] == status
    return found
