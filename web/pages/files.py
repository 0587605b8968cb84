"""Documents: handed over to whoever may read them, and verified by anybody who holds their code."""

from __future__ import annotations

import hashlib
from typing import IO

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.acts import readings
from engine.acts.documents import signature_seal
from engine.desk import documents
from engine.errors import NotFound
from web.downloads import handed_over
from web.request import act, look, went

bp = Blueprint("files", __name__)
_CHUNK = 64 * 1024


@bp.get("/documentos/<int:document_id>")
def download(document_id: int) -> Response:
    """Hand a document to a servant; one that is restricted goes through its record."""
    with look() as by:
        found = documents.kept(by, document_id)
        if found.restricted:
            return went(url_for("files.recorded", document_id=document_id, ver=request.args.get("ver")), "", "info")
        return handed_over(by, found)


@bp.get("/documentos/<int:document_id>/registro")
def recorded(document_id: int) -> Response:
    """Hand a restricted document to a servant and record that it was read."""
    with act() as by:
        readings.read(by, document_id)
        return handed_over(by, documents.kept(by, document_id))


@bp.get("/verificar")
def verify() -> Response | str:
    """Ask for a document's code, and go to what it says."""
    with look("anyone"):
        code = documents.plain_code(request.args.get("codigo", ""))
        if code:
            return went(url_for("files.verified", code=code), "", "info")
        return render_template("files/verify.html")


@bp.get("/verificar/<code>")
def verified(code: str) -> str | tuple[str, int]:
    """Show what the document with a code is, who signed it and whether the seals hold."""
    with look("anyone") as by:
        try:
            found = documents.verified(by, code, signature_seal)
        except NotFound:
            return render_template(
                "files/verify.html",
                code=code[:20],
                fault=_("Nenhum documento tem este código. Confira letra por letra."),
            ), 404
        return render_template("files/verified.html", document=found)


@bp.post("/verificar")
def compare() -> str | tuple[str, int]:
    """Say whether an uploaded file is, byte by byte, a document that this city hall issued. The file is not kept."""
    sent = request.files.get("arquivo")
    digest = _digest(sent.stream) if sent and sent.filename else None
    with look("anyone") as by:
        code = documents.plain_code(request.form.get("codigo", ""))
        code = code or (documents.by_hash(by, digest) or "" if digest else "")
        if digest is None or not code:
            fault = _("Este arquivo não é um documento emitido aqui, ou foi alterado.")
            fault = fault if digest else _("Escolha o arquivo em PDF.")
            return render_template("files/verify.html", fault=fault), 404 if digest else 422
        found = documents.verified(by, code, signature_seal)
        return render_template("files/verified.html", document=found, digest=digest)


def _digest(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
