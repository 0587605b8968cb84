"""The page of a task: its form, what follows, the case in short; drafts, completion, signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from engine.access import By
from engine.acts import drafts, tasks
from engine.desk import task as desk
from engine.errors import AnswersRefused, SignatureRefused
from web import auth
from web.filling import NO_FAULTS, Faults, faults, spoken
from web.forms import raw_answers, rows_changed
from web.hand_messages import MOTIVES
from web.messages import say
from web.request import act, done, local_today, look, typed
from web.standing import standing
from web.uploads import Uploads, receive

bp = Blueprint("tasks", __name__, url_prefix="/tarefas")
KEEP = "_guardar"
_NOTHING = Uploads()


@bp.get("/<uuid:task_id>")
def page(task_id: UUID) -> str:
    """Show the task."""
    with look() as by:
        return _page(desk.page(by, task_id))


@bp.post("/<uuid:task_id>")
def complete(task_id: UUID) -> AnyResponse | tuple[str, int] | str:
    """Complete the task with what was sent; what does not hold is kept as a draft and shown again."""
    uploads = receive()
    confirmed = auth.confirm(request.form["senha"]) if request.form.get("senha") else False
    with act() as by:
        if rows_changed(request.form) or KEEP in request.form or uploads.refused:
            return _kept(by, task_id, _typed(desk.sheet(by, task_id), uploads), uploads)
        sent = _Sent(task_id, uploads)
        try:
            moved = tasks.complete(by, task_id, sent, confirmed=confirmed)
        except AnswersRefused as refused:
            return _again(by, task_id, sent.raw, refused.facts["errors"])  # type: ignore[arg-type]  # AnswersRefused's own fact
        except SignatureRefused as refused:
            drafts.keep(by, f"task:{task_id}", sent.raw)
            return _page(desk.page(by, task_id, sent.raw), unsigned=say(refused).sentence), 422
        if sent.sheet.draft is not None:
            drafts.discard(by, f"task:{task_id}")
        return done(
            by,
            url_for("inbox.page"),
            _("“%(name)s” concluída, processo %(number)s.", name=sent.sheet.name, number=moved.number),
        )


@bp.post("/<uuid:task_id>/rascunho")
def draft(task_id: UUID) -> Response:
    """Keep what was typed so far; the answer says when."""
    with act() as by:
        tasks.keep_draft(by, task_id, _typed(desk.sheet(by, task_id), _NOTHING))
        return jsonify(saved=local_today(by).strftime("%H:%M"))


@bp.post("/<uuid:task_id>/campos")
def fields(task_id: UUID) -> str:
    """Show the fields again as the answers make them: conditions, computed values."""
    with look() as by:
        raw = _typed(desk.sheet(by, task_id), _NOTHING)
        shown, beside = desk.refreshed(by, task_id, raw)
    errors = standing(shown, request.form)
    return render_template("tasks/fields.html", shown=shown, errors=errors, beside=beside, task_id=task_id)


@bp.post("/<uuid:task_id>/descartar")
def discard(task_id: UUID) -> AnyResponse:
    """Forget what was typed."""
    with act() as by:
        tasks.discard_draft(by, task_id)
        return done(by, url_for("tasks.page", task_id=task_id), _("Rascunho descartado."), "info")


class _Sent:
    """Reads what was sent once the task is known, and keeps it for when it is refused: nothing typed is lost."""

    raw: dict[str, Any]
    sheet: tasks.Sheet

    def __init__(self, task_id: UUID, uploads: Uploads) -> None:
        self._task_id, self._uploads = task_id, uploads

    def __call__(self, sheet: tasks.Sheet) -> Mapping[str, Any]:
        raw = _typed(sheet, self._uploads)
        self.sheet, self.raw = sheet, raw
        typed(f"task:{self._task_id}", raw, lambda again: spoken(desk.shown(again, self._task_id, raw)))
        return raw


def _typed(sheet: desk.Sheet | tasks.Sheet, uploads: Uploads) -> dict[str, Any]:
    if sheet.form is None:
        return {}
    return raw_answers(sheet.form, request.form, sheet.draft or {}, uploads.kept)


def _kept(by: By, task_id: UUID, raw: Mapping[str, Any], uploads: Uploads) -> tuple[str, int] | str:
    """Keep a draft and show the page again: a row came or went, the person asked for it, or a file was refused."""
    tasks.keep_draft(by, task_id, raw)
    found = desk.page(by, task_id, raw)
    if uploads.refused:
        return _page(found, faults(found.shown, {}, uploads.refused)), 422
    return _page(found, Faults(standing(found.shown, request.form), []), saved=KEEP in request.form)


def _again(by: By, task_id: UUID, raw: Mapping[str, Any], errors: Mapping[str, Any]) -> tuple[str, int]:
    drafts.keep(by, f"task:{task_id}", raw)
    found = desk.page(by, task_id, raw)
    return _page(found, faults(found.shown, errors)), 422


def _page(found: desk.TaskPage, wrong: Faults = NO_FAULTS, *, saved: bool = False, unsigned: str = "") -> str:
    return render_template(
        "tasks/task.html",
        task=found,
        answered=[] if found.can_fill else spoken(found.shown),
        lost=spoken(found.lost),
        errors=wrong.errors,
        wrong=wrong.wrong,
        saved=saved,
        unsigned=unsigned,
        return_motives=MOTIVES,
    )
