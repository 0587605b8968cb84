"""The API for other systems, version 1: keys instead of sessions, JSON instead of pages, the same acts and looks."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import Flask
from flask_smorest import Api

from web.api import cases, docs, files, messages, procedures, signals, tasks
from web.api.schemas import ProblemOut
from web.problems import MIME
from web.security import csrf

PARTS: Final = (cases.bp, tasks.bp, messages.bp, signals.bp, procedures.bp, files.bp)
DESCRIPTION: Final = (
    "Para os sistemas da prefeitura: iniciar e ler processos, trabalhar tarefas, entregar mensagens, transmitir "
    "sinais, publicar procedimentos. Cada integração tem a sua chave, com papéis e escopos. Erros seguem a RFC 9457."
)


class RitoApi(Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest without its error handlers, which would answer for pages too; web/errors.py answers for both."""

    ERROR_SCHEMA = ProblemOut
    DEFAULT_ERROR_RESPONSE_NAME = "PROBLEM"

    def _register_error_handlers(self) -> None:
        return

    def _register_responses(self) -> None:
        content = {MIME: {"schema": ProblemOut}}
        for status in HTTPStatus:
            told = {"description": status.phrase, "content": content if status >= HTTPStatus.BAD_REQUEST else {}}
            self.spec.components.response(status.name, told, lazy=True)
        told = {"description": "O que não foi feito, e por quê.", "content": content}
        self.spec.components.response("PROBLEM", told, lazy=True)


def register(app: Flask) -> None:
    """Serve the API with its description and its readable page."""
    app.config.update(API_TITLE="Rito", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    security = {"token": {"type": "http", "scheme": "bearer"}}
    options = {
        "info": {"description": DESCRIPTION},
        "security": [{"token": []}],
        "components": {"securitySchemes": security},
    }
    api = RitoApi(app, spec_kwargs=options)
    for part in PARTS:
        csrf.exempt(part)  # a key in a header is sent by no browser on its own
        api.register_blueprint(part)
    app.extensions["rito-openapi"] = api.spec.to_dict()
    app.register_blueprint(docs.bp)
