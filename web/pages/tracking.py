"""A citizen at his own case: where it stands, what is asked of him, what is to be paid, what he may take home."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import segno
from flask import Blueprint, Response, jsonify, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from engine.access import By
from engine.acts import cases, drafts, readings, requesters, tasks
from engine.desk import documents, tracking
from engine.errors import AnswersRefused
from web.auth import address
from web.downloads import handed_over
from web.forms import raw_answers, rows_changed, summary
from web.request import act, done, fresh_key, local_today, look, open_case, typed, went
from web.standing import standing
from web.starting import forget_code
from web.uploads import Uploads, receive

bp = Blueprint("tracking", __name__, url_prefix="/acompanhar")
QR_SCALE = 4
LONGEST_REASON = 1000


@bp.post("/")
def enter() -> AnyResponse | tuple[str, int]:
    """Open a case by its number and access code, for this browser."""
    number, code = request.form.get("numero", ""), request.form.get("codigo", "")
    with act("anyone") as by:
        case_id = requesters.open_by_code(by, number, code, address())
        if case_id is None:
            fault = _("Número e código não conferem. Confira os dois: o código tem dez letras e números.")
            return render_template("portal/enter.html", number=number[:40], fault=fault), 401
        forget_code(by, requesters.plain_number(number))
        open_case(case_id)
        return went(url_for("tracking.case"), "", "info")


@bp.get("/processo")
def case() -> str:
    """Show the case."""
    with look("citizen") as by:
        return _page(by)


@bp.get("/caminho")
def diagram() -> str:
    """Show the whole way of the case as a drawing, with its list beside it."""
    with look("citizen") as by:
        number, picture, states = tracking.drawing_of(by)
        return render_template("portal/diagram.html", number=number, picture=picture, states=states)


@bp.post("/tarefas/<uuid:task_id>")
def answer(task_id: UUID) -> AnyResponse | tuple[str, int] | str:
    """Answer what is asked, or show again what does not hold."""
    uploads = receive()
    with act("citizen") as by:
        asked, raw = _keep(by, task_id, uploads)
        typed(f"task:{task_id}", raw)
        if rows_changed(request.form) or "_guardar" in request.form:
            return _page(by, asked, raw, uploads.refused)
        try:
            uploads.require_whole(lambda: tasks.check(by, asked.form, raw, tracking.data(by)))
            tasks.complete(by, task_id, raw)
        except AnswersRefused as refused:
            return _page(by, asked, raw, uploads.beside(refused)), 422
        drafts.discard(by, f"task:{task_id}")
        return done(by, url_for("tracking.case"), _("Resposta enviada. O pedido segue em análise."))


@bp.post("/tarefas/<uuid:task_id>/rascunho")
def draft(task_id: UUID) -> Response:
    """Keep what was typed so far."""
    with act("citizen") as by:
        _keep(by, task_id, Uploads())
        return jsonify(saved=local_today(by).strftime("%H:%M"))


@bp.post("/tarefas/<uuid:task_id>/campos")
def fields(task_id: UUID) -> str:
    """Show the fields again as the answers make them."""
    with act("citizen") as by:
        asked, raw = _keep(by, task_id, Uploads())
        shown = tracking.show_again(by, asked, raw)
        return render_template("portal/_fields.html", shown=shown, errors=standing(shown, request.form))


@bp.post("/desistir")
def withdraw() -> AnyResponse | tuple[str, int]:
    """Withdraw the request, with a reason and on confirmation."""
    reason = request.form.get("motivo", "").strip()[:LONGEST_REASON]
    with act("citizen") as by:
        if not reason or request.form.get("confirmo") != "sim":
            return _page(by, notice=_("Para desistir, diga o motivo e marque a confirmação.")), 422
        assert by.case_id is not None
        cases.withdraw(by, by.case_id, reason)
        return done(by, url_for("tracking.case"), _("Desistência registrada. O processo foi encerrado."))


@bp.get("/documentos/<int:document_id>")
def document(document_id: int) -> AnyResponse:
    """Hand over a document of the case; one that is restricted goes through its record."""
    with look("citizen") as by:
        found = documents.kept(by, document_id)
        if found.restricted:
            return went(url_for("tracking.recorded", document_id=document_id, ver=request.args.get("ver")), "", "info")
        return handed_over(by, found)


@bp.get("/documentos/<int:document_id>/registro")
def recorded(document_id: int) -> AnyResponse:
    """Hand over a restricted document and record that it was read."""
    with act("citizen") as by:
        readings.read(by, document_id)
        return handed_over(by, documents.kept(by, document_id))


@bp.post("/sair")
def leave() -> AnyResponse:
    """Forget the case in this browser."""
    with look("anyone"):
        session.pop("case", None)
        return went(url_for("portal.follow"), _("Você saiu deste pedido. O código continua valendo."), "info")


def _keep(by: By, task_id: UUID, uploads: Uploads) -> tuple[tracking.Demand, Mapping[str, Any]]:
    """Keep what was sent as a draft, with the files that the draft already had."""
    asked = tracking.demand(by, task_id)
    before = drafts.mine(by, f"task:{task_id}")
    kept = before[0] if before else tracking.data(by)
    raw = raw_answers(asked.form, request.form, kept, uploads.kept) if asked.form else {}
    tasks.keep_draft(by, task_id, raw)
    return asked, raw


def _page(
    by: By,
    asked: tracking.Demand | None = None,
    raw: Mapping[str, Any] | None = None,
    said: Mapping[str, list[str]] | None = None,
    *,
    notice: str = "",
) -> str:
    found = tracking.case(by)
    shown = tracking.show_again(by, asked, raw or {}) if asked and asked.form else []
    return render_template(
        "portal/case.html",
        case=found,
        answered=asked.id if asked else None,
        shown=shown,
        errors=said or standing(shown, request.form),
        wrong=summary(shown, said or {}),
        keys={"withdraw": fresh_key()} | {demand.id: fresh_key() for demand in found.demands},
        qr=_qr(found.charge.copy_text) if found.charge else None,
        notice=notice,
    )


def _qr(text: str) -> str:
    """Return the QR of a charge as an SVG without style of its own."""
    drawn: str = segno.make(text, error="m", micro=False).svg_inline(
        scale=QR_SCALE, light="#fff", svgclass="qr", lineclass=None, title=_("QR Code do Pix")
    )
    return drawn
