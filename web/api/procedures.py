"""Procedures over the wire: what is in force, and publishing a diagram with its forms, tables and templates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from flask import Response, request
from werkzeug.datastructures import FileStorage

from engine.acts.procedures import Bundle, publish
from engine.desk import cases_api as desk
from engine.errors import BadInput, DiagramRefused
from web.api.blueprints import ApiBlueprint
from web.api.replays import answered, bind
from web.api.schemas import KEY, DeployedOut, DeployFields, ProcedureList
from web.api.wire import Parser, reply, require_clean
from web.request import act, look

FILE_LIMIT_BYTES = 4 * 1024 * 1024
FILES_LIMIT = 200
FORM, TABLE, PAPER, DIAGRAM = ".form.json", ".dmn", ".doc.md", ".bpmn"

bp = ApiBlueprint("procedures", "Procedimentos: os que estão em vigor; publicar uma versão.")
_MULTIPART = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["name", "files"],
                "properties": {
                    "name": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 160,
                        "description": "Nome do procedimento.",
                    },
                    "secretariat": {"type": "string", "description": "Código da secretaria responsável."},
                    "note": {"type": "string", "maxLength": 1000, "description": "O que mudou."},
                    "draft": {
                        "type": "string",
                        "description": "Publica como rascunho; o papel que faz o que o desenho não dá a ninguém.",
                    },
                    "accepted": {
                        "type": "string",
                        "maxLength": 1000,
                        "description": "Códigos de achados aceitos, separados por vírgula, como extension-ignored.",
                    },
                    "files": {
                        "type": "array",
                        "items": {"type": "string", "format": "binary"},
                        "description": "Um diagrama .bpmn; formulários .form.json, tabelas .dmn, modelos .doc.md.",
                    },
                },
            }
        }
    },
}


@bp.get("/procedures", name="listProcedures", gives={200: ProcedureList})
def find() -> Response:
    """Listar procedimentos

    Com a versão em vigor de cada um. Escopo: procedures:read.
    """
    with look("token") as by:
        found = desk.procedures(by)
    return reply(ProcedureList(), {"items": found})


@bp.post(
    "/procedures/<string:key>/versions",
    name="deployVersion",
    requestBody=_MULTIPART,
    gives={201: DeployedOut, 200: DeployedOut},
)
def deploy(key: str) -> Response:
    """Publicar uma versão

    Diagrama, formulários, tabelas e modelos juntos: ou tudo é publicado, ou nada. Cada motivo de recusa vem com o
    elemento e um código. Processos abertos ficam na versão em que começaram. Escopo: procedures:deploy, e o papel
    analista.
    """
    if not KEY.fullmatch(key):
        raise BadInput(errors={"key": ["pattern"]})
    sent = Parser().parse(DeployFields(), request, location="form")
    require_clean(sent)
    files = _read(request.files.getlist("files"))
    with act("token") as by:
        bind(by, _identity(key, sent, files))
        made = publish(by, _bundle(key, sent, files), note=sent.get("note"))
        value = {"key": key, "version": made.number, "fresh": made.fresh}
        return answered(by, DeployedOut(), value, 201 if made.fresh else 200)


@dataclass(slots=True)
class _Files:
    """The files of a deployment by kind and key, and what is wrong with them."""

    named: dict[str, bytes] = field(default_factory=dict)
    found: list[dict[str, Any]] = field(default_factory=list)

    def of(self, ending: str) -> dict[str, bytes]:
        return {name.removesuffix(ending): body for name, body in self.named.items() if name.endswith(ending)}

    def texts(self, ending: str) -> dict[str, str]:
        """Return files that must be text. What is not UTF-8 becomes a finding."""
        texts = {}
        for key, body in self.of(ending).items():
            try:
                texts[key] = body.decode("utf-8-sig")
            except UnicodeDecodeError:
                self.fault(key + ending, "file-not-text")
        return texts

    def fault(self, name: str, code: str) -> None:
        self.found.append({"element": None, "code": code, "file": name})


def _read(parts: list[FileStorage]) -> _Files:
    files = _Files()
    for part in parts[:FILES_LIMIT]:
        name = PurePosixPath((part.filename or "").replace("\\", "/")).name[:120]
        body = part.stream.read(FILE_LIMIT_BYTES + 1)
        if len(body) > FILE_LIMIT_BYTES:
            files.fault(name, "too-large")
        elif name in files.named:
            files.fault(name, "file-twice")
        elif not name.endswith((FORM, TABLE, PAPER, DIAGRAM)):
            files.fault(name, "file-unknown")
        files.named[name] = body
    if len(parts) > FILES_LIMIT:
        files.fault("", "too-large")
    return files


def _bundle(key: str, sent: dict[str, Any], files: _Files) -> Bundle:
    """Return what is to be published. Raises: DiagramRefused for files that cannot be part of it."""
    forms, papers, diagrams = files.texts(FORM), files.texts(PAPER), list(files.of(DIAGRAM).values())
    if len(diagrams) != 1:
        files.fault("", "diagram-missing" if not diagrams else "several-diagrams")
    if files.found:
        raise DiagramRefused(findings=files.found)
    return Bundle(
        key=key, name=sent["name"], xml=diagrams[0], forms=forms, tables=files.of(TABLE), papers=papers,
        secretariat=sent.get("secretariat"), draft=sent.get("draft"),
        accepted=frozenset(filter(None, map(str.strip, sent.get("accepted", "").split(",")))),
    )  # fmt: skip


def _identity(key: str, sent: dict[str, Any], files: _Files) -> Iterator[bytes]:
    yield key.encode()
    for name in sorted(sent):
        yield from (name.encode(), str(sent[name]).encode())
    for name in sorted(files.named):
        yield from (name.encode("utf-8", "surrogatepass"), files.named[name])
