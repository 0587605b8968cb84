"""Acts by hand: what an operator may do to a case, shown before it is done; a servant's return to an earlier task."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.access import By
from engine.acts import operator, returns, suspension
from engine.acts.advance.byhand import Wish
from engine.acts.operator import Why
from engine.desk import hand as desk
from engine.desk import task as task_desk
from engine.errors import NotFound
from web.hand_messages import KINDS, MOTIVES
from web.request import act, done, look, went

bp = Blueprint("hand", __name__)
_WHERE = {"antes": "before", "depois": "after"}
_MOST = 200  # characters of what a link may carry


@bp.get("/processos/<number>/atos")
def page(number: str) -> str:
    """Show where a case stands and which acts there are."""
    with look() as by:
        return render_template("hand/acts.html", of=desk.page(by, number), kinds=KINDS, motives=MOTIVES)


@bp.get("/processos/<number>/atos/<kind>")
def confirm(number: str, kind: str) -> str:
    """Show what an act would do, and ask for its reason."""
    with look() as by:
        of = desk.page(by, number)
        seen = operator.foresee_act(by, of.head.id, _wish(kind)) if kind not in _PAUSES else None
        sent = {name: value[:_MOST] for name, value in request.args.items() if not name.startswith("_")}
        return render_template("hand/confirm.html", of=of, kind=kind, kinds=KINDS, seen=seen, sent=sent)


@bp.post("/processos/<number>/atos/<kind>")
def do(number: str, kind: str) -> Response:
    """Do an act, with its reason."""
    back = url_for("hand.page", number=number)
    with act() as by:
        of, why = desk.page(by, number), _why()
        if not why.reason.strip():
            return went(back, _("Informe o motivo do ato."), "warn")
        if kind == "suspend":
            suspension.suspend(by, of.head.id, why, request.form.get("fundamento", "").strip())
        elif kind == "resume":
            suspension.resume(by, of.head.id, why)
        else:
            operator.act_by_hand(by, of.head.id, _wish(kind), why)
        return done(by, back, _("Ato registrado; veja como o processo ficou."))


@bp.post("/processos/<number>/atos/<int:act_id>/desfazer")
def undo(number: str, act_id: int) -> Response:
    """Undo an act, with a reason of its own."""
    back = url_for("hand.page", number=number)
    with act() as by:
        of, why = desk.page(by, number), _why()
        if not why.reason.strip():
            return went(back, _("Informe o motivo do ato."), "warn")
        operator.undo(by, of.head.id, act_id, why)
        return done(by, back, _("Ato desfeito: o processo está como antes dele."))


@bp.get("/tarefas/<uuid:task_id>/devolver")
def return_page(task_id: UUID) -> str:
    """Show to which earlier tasks a case may be returned, and what returning it to the chosen one does."""
    with look() as by:
        return _return_page(by, task_id)


@bp.post("/tarefas/<uuid:task_id>/devolver")
def return_to(task_id: UUID) -> Response:
    """Return the case to an earlier task."""
    element, motive = request.form.get("para", ""), request.form.get("motivo_lista", "")
    back = url_for("hand.return_page", task_id=task_id, para=element)
    with act() as by:
        why = Why(reason=_why().reason, seen=_why().seen, motive=motive)
        if not why.reason.strip() or motive not in MOTIVES:
            return went(back, _("Escolha o motivo e diga o que falta."), "warn")
        moved = returns.return_to(by, task_id, element, why)
        return done(by, url_for("inbox.page"), _("Processo %(number)s devolvido.", number=moved.number))


def _return_page(by: By, task_id: UUID) -> str:
    of, found = task_desk.page(by, task_id), returns.targets(by, task_id)
    chosen = request.args.get("para", "")
    seen = returns.foresee_return(by, task_id, chosen) if chosen else None
    return render_template("hand/return.html", task=of, targets=found, chosen=chosen, seen=seen, motives=MOTIVES)


_PAUSES = frozenset({"suspend", "resume"})


def _wish(kind: str) -> Wish:
    """Read what is wished of the request. Raises: NotFound for a kind that there is not."""
    if kind not in KINDS or kind in _PAUSES or kind == "return":
        raise NotFound(act=kind)
    sent = request.values
    path = tuple(sent.get("caminho", "").strip().split(".")) if kind == "correct" else ()
    return Wish(
        kind=kind,
        token=_id(sent.get("ponto", "")),
        element=sent.get("elemento") or None,
        where=_WHERE.get(sent.get("onde", ""), "before"),
        path=path,
        value=_value(sent.get("valor", "")) if kind == "correct" else None,
        outcome=sent.get("desfecho", "").strip()[:40] or None,
    )


def _why() -> Why:
    seen = request.form.get("visto", "")
    return Why(reason=request.form.get("motivo", ""), seen=int(seen) if seen.isascii() and seen.isdigit() else None)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _value(text: str) -> Any:
    """Read a value as JSON when it is, else as the words that were typed."""
    try:
        return json.loads(text)
    except ValueError:
        return text
