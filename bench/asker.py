"""A signed-in browser without a socket: asks the application in this process, where its statements can be counted.

Every answer must be the right one; nothing here is timed.
"""

from __future__ import annotations

import re
import secrets
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from bench import workloads
from bench.data import LOGIN, PASSWORD
from bench.stores import CannotMeasure

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Asker:
    """One browser. Raises: CannotMeasure when the product answers otherwise than it should."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._client: FlaskClient = app.test_client()
        form = {"login": LOGIN, "senha": PASSWORD, "csrf_token": self._token("/entrar")}
        self._require(self._client.post("/entrar", data=form).status_code, 303)
        self._form = {**workloads.ANSWERS, "csrf_token": self._token("/caixa"), "_enviar": "1"}

    def complete(self, task_id: UUID) -> None:
        form = {**self._form, "_key": secrets.token_urlsafe(18)}
        self._require(self._client.post(f"/tarefas/{task_id}", data=form).status_code, 303)

    def start(self) -> None:
        form = {**self._form, "_key": secrets.token_urlsafe(18)}
        self._require(self._client.post(f"/balcao/{workloads.FIVE_TASKS}", data=form).status_code, 303)

    def inbox(self) -> None:
        self._require(self._client.get("/caixa").status_code, 200)

    def close(self) -> None:
        self.app.extensions["rito"].store.dispose()

    def _token(self, path: str) -> str:
        found = _TOKEN.search(self._client.get(path).text)
        if found is None:
            raise CannotMeasure(f"{path} showed no form.")
        return found[1]

    def _require(self, status: int, right: int) -> None:
        if status != right:
            raise CannotMeasure(f"The product answered {status}, not {right}.")
