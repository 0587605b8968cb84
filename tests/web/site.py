"""A city hall with its portal open, the building permit published, and browsers without a screen that walk through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient
from sqlalchemy import insert
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse

from engine.acts import cases, people
from engine.library import ROOT
from engine.outlets.files import keep
from engine.store.people import Role
from engine.store.session import transaction
from tests.city import City
from web import create_app

PERMIT = "alvara-construcao"
PASSWORD = "uma-senha-de-teste"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
DWG = b"AC1032" + b"\0" * 200
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_ANSWERS = yaml.safe_load((ROOT / "obras" / PERMIT / "scenarios.yaml").read_text())["defaults"]["answers"]


Fields = Mapping[str, Any] | MultiDict[str, Any]


class Browser:
    """One browser: its cookies, and forms sent with their token."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self._token = ""

    def get(self, address: str, **more: Any) -> TestResponse:
        answer = self.client.get(address, **more)
        if answer.mimetype == "text/html" and (found := _TOKEN.search(answer.text)):
            self._token = unescape(found[1])
        return answer

    def post(self, address: str, fields: Fields | None = None, **more: Any) -> TestResponse:
        if not self._token:
            self.get("/acompanhar")
        body = MultiDict(fields or {})
        body["csrf_token"] = self._token
        return self.client.post(address, data=body, **more)

    def sign_in(self, login: str) -> Browser:
        self.get("/entrar")
        answer = self.post("/entrar", {"login": login, "senha": PASSWORD})
        assert answer.status_code == 303, answer.text
        self.get("/caixa")
        return self

    def follow(self, started: cases.Started) -> Browser:
        answer = self.post("/acompanhar/", {"numero": started.number, "codigo": started.access_code})
        assert answer.headers["Location"] == "/acompanhar/processo"
        self.get("/acompanhar/processo")
        return self


class Site:
    """The city, its application and what its forms are answered with."""

    def __init__(self, url: str, folder: Path) -> None:
        self.city = City(url, folder)
        with transaction(self.city.house.store) as session:
            session.connection().execute(insert(Role), [{"code": "gabinete", "name": "Gabinete"}])
        self.city.publish(ROOT / "obras" / PERMIT)
        self.app = create_app(self.city.house)

    def browser(self) -> Browser:
        return Browser(self.app.test_client())

    def servant(self, login: str) -> Browser:
        with self.city.by("administrador") as by:
            people.set_password(by, self.city.servants[login], PASSWORD)
        return self.browser().sign_in(login)

    def answers(self, element: str = "t_protocolar", **other: Any) -> dict[str, Any]:
        """Return what the scenarios answer to an element's form, its files kept."""
        found = dict(_ANSWERS[element]) | other
        if "documentos" in found:
            found["documentos"] = {field: self.files(names) for field, names in found["documentos"].items()}
        return found

    def files(self, names: Sequence[str]) -> list[dict[str, Any]]:
        folder = self.city.settings.files_dir
        return [asdict(keep(body(name), name, 10**6, None, folder)) for name in names]

    def started(self, **other: Any) -> cases.Started:
        found = self.city.start(self.answers(**other), procedure=PERMIT)
        self.city.tick()
        return found

    def demanded(self) -> cases.Started:
        """Start a case whose documents are sent back for correction."""
        started = self.started()
        lacking = {
            "conferencia": {**_ANSWERS["t_conferir"]["conferencia"], "art_projeto": "ilegivel"},
            "completo": False,
            "faltas": [{"documento": "art_projeto", "motivo": "ilegivel", "orientacao": "Envie a ART legível."}],
        }
        self.city.complete(started.case_id, "t_conferir", lacking)
        self.city.tick()
        return started

    def charged(self) -> cases.Started:
        """Start a case that waits for its payment."""
        started = self.started()
        for element in ("t_conferir", "t_cad", "t_urb"):
            self.city.complete(started.case_id, element, self.answers(element))
        self.city.tick()
        return started

    def paid(self) -> cases.Started:
        """Start a case that waits for the signature, its permit prepared."""
        started = self.charged()
        charge = self.city.case(started.case_id)["data"]["cobranca"]
        paid = {"valor": charge["valor"], "pago_em": self.city.at.isoformat(), "origem": "banco"}
        self.city.tell("pagamento_confirmado", charge["txid"], paid, once=charge["txid"])
        self.city.tick()
        return started

    def issued(self) -> cases.Started:
        """Start a case and bring it to its signed permit."""
        started = self.paid()
        self.city.complete(started.case_id, "t_assinar", self.answers("t_assinar"), who="secretario")
        self.city.tick()
        return started


def body(name: str) -> bytes:
    return DWG if name.endswith(".dwg") else PDF + name.encode()


def part(name: str, content: bytes | None = None) -> FileStorage:
    """Return a file as a browser sends it."""
    return FileStorage(BytesIO(body(name) if content is None else content), filename=name)


def permit_form(**other: Any) -> MultiDict[str, Any]:
    """Return the permit's start form as a browser posts it, files and all."""
    fields: MultiDict[str, Any] = MultiDict()
    for name, value in _flat({**_ANSWERS["t_protocolar"], **other}):
        if isinstance(value, bool):
            fields.add("_presente", name)
            if value:
                fields.add(name, "true")
        elif isinstance(value, list):
            fields.setlist(name, [part(each) for each in value])
        else:
            fields.add(name, str(value).replace(".", ",") if isinstance(value, float) else str(value))
    fields["_enviar"] = "1"
    return fields


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


@contextmanager
def standing_at(city: City) -> Iterator[None]:
    """Let the web's clock, the only one it asks, say what the city's says."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return city.at.astimezone(tz)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("web.request.datetime", Clock)
        yield
