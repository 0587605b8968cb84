"""Files over the wire: sent first, then named in answers by the reference that they were given."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest.fields import Upload

from engine.access import require_some_scope
from engine.outlets.files import TYPES, keep
from web.api.blueprints import ApiBlueprint
from web.api.receipts import referenced
from web.api.schemas import FileOut, Sent
from web.api.wire import reply
from web.request import look

bp = ApiBlueprint("files", "Arquivos que vão nas respostas.")


class FileIn(Sent):
    file = Upload(required=True, metadata={"description": "O arquivo; o tipo é conferido pelo conteúdo."})


@bp.post("/files", name="sendFile", takes=FileIn, place="files", keyed=False, gives={201: FileOut})
def send(sent: dict[str, Any]) -> Response:
    """Enviar um arquivo

    A resposta, inteira, é o que se põe na lista do campo de arquivo. O mesmo arquivo recebe sempre a mesma referência,
    por isso repetir não pede chave. Escopo: cases:start ou tasks:work.
    """
    part = sent["file"]
    with look("token") as by:  # a file is kept by content, outside the database: no writer waits for its bytes
        require_some_scope(by, "cases:start", "tasks:work")
        settings = by.house.settings
        stored = keep(
            part.stream,
            part.filename or "",
            settings.upload_limit_bytes,
            tuple(TYPES),
            settings.files_dir,
            field="file",
        )
        return reply(FileOut(), referenced(by, stored), 201)
