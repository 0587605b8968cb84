"""Cases over the wire: start one, find them, read one, read its trail."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from engine.acts import cases as acts
from engine.desk import cases_api as desk
from web.api.blueprints import ApiBlueprint
from web.api.cursors import case_before, case_cursor
from web.api.receipts import received
from web.api.replays import answered
from web.api.schemas import (
    CasePage,
    CaseQuery,
    CaseReadOut,
    CaseStartedOut,
    CaseStartIn,
    TrailPage,
    TrailQuery,
)
from web.api.wire import reply
from web.request import act, look

bp = ApiBlueprint("cases", "Processos: iniciar, buscar, ler.")


@bp.post("/procedures/<string:key>/cases", name="startCase", takes=CaseStartIn, gives={201: CaseStartedOut})
def start(sent: dict[str, Any], key: str) -> Response:
    """Iniciar um processo

    Com as respostas do formulário inicial, na versão em vigor. Escopo: cases:start.
    """
    with act("token") as by:
        begun = acts.start(by, key, received(by, sent["answers"]), origin="api")
        status = "done" if begun.moved.effects.finished else "open"
        value = {"number": begun.number, "access_code": begun.access_code, "status": status}
        return answered(by, CaseStartedOut(), value, 201, url_for("api_cases.read", number=begun.number))


@bp.get("/cases", name="listCases", takes=CaseQuery, gives={200: CasePage})
def find(sent: dict[str, Any]) -> Response:
    """Buscar processos

    Os que os papéis do token podem ver, do último ao primeiro. Escopo: cases:read.
    """
    limit = sent["limit"]
    document = "".join(char for char in sent["document"] if char.isalnum()).upper() if "document" in sent else None
    sought = desk.Sought(
        procedure=sent.get("procedure"), status=sent.get("status"), number=sent.get("number"), document=document
    )
    before = case_before(sent.get("after"))
    with look("token") as by:
        found = desk.cases(by, sought, before=before, limit=limit + 1)
    more = case_cursor(found[limit - 1].id) if len(found) > limit else None
    return reply(CasePage(), {"items": found[:limit], "next": more})


@bp.get("/cases/<string:number>", name="readCase", gives={200: CaseReadOut})
def read(number: str) -> Response:
    """Ler um processo

    Situação, tarefas abertas, prazos, documentos e desfecho. Escopo: cases:read.
    """
    with look("token") as by:
        found = desk.case(by, number)
    requester = {"name": found.requester_name, "document": found.requester_document}
    lines = {"tasks": found.tasks, "deadlines": found.deadlines, "documents": found.documents}
    return reply(CaseReadOut(), {**vars(found.line), "origin": found.origin, "requester": requester, **lines})


@bp.get("/cases/<string:number>/trail", name="readTrail", takes=TrailQuery, gives={200: TrailPage})
def trail(sent: dict[str, Any], number: str) -> Response:
    """Ler a trilha de auditoria de um processo

    Cada ato e cada condição avaliada, na ordem, com o selo que liga cada registro ao anterior. Escopo: cases:trail.
    """
    limit = sent["limit"]
    with look("token") as by:
        found = desk.trail(by, number, after=sent["after"], limit=limit + 1)
    more = found[limit - 1].seq if len(found) > limit else None
    return reply(TrailPage(), {"items": found[:limit], "next": more})
