"""A case: its story, diagram, documents, data and trail; what may be done to it; and the search for cases."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from engine.access import MANAGER, OPERATOR, By
from engine.acts import cases
from engine.desk import case as desk
from engine.desk.search import search as find
from web.request import act, done, look, went

bp = Blueprint("cases", __name__, url_prefix="/processos")
TABS = (
    ("cases.story", lazy_gettext("Andamento")),
    ("cases.diagram", lazy_gettext("Diagrama")),
    ("cases.documents", lazy_gettext("Documentos")),
    ("cases.data", lazy_gettext("Dados")),
    ("cases.clocks", lazy_gettext("Prazos")),
    ("cases.trail", lazy_gettext("Auditoria")),
)
# what each action of the trail is called
ACTIONS = {
    "case.start": lazy_gettext("Pedido protocolado"),
    "case.end": lazy_gettext("Processo encerrado"),
    "case.open-by-code": lazy_gettext("Requerente entrou com o código"),
    "case.refuse-code": lazy_gettext("Código de acesso recusado"),
    "case.withdraw": lazy_gettext("Desistência"),
    "case.move": lazy_gettext("Levado a outra versão do procedimento"),
    "case.move-undo": lazy_gettext("Trazido de volta à versão anterior"),
    "case.remark": lazy_gettext("Observação"),
    "task.complete": lazy_gettext("Tarefa concluída"),
    "task.take": lazy_gettext("Tarefa assumida"),
    "task.give-back": lazy_gettext("Tarefa devolvida ao setor"),
    "task.return": lazy_gettext("Devolução a etapa anterior"),
    "hand.correct": lazy_gettext("Dado corrigido"),
    "hand.skip": lazy_gettext("Etapa pulada"),
    "hand.add": lazy_gettext("Frente de trabalho aberta"),
    "hand.remove": lazy_gettext("Frente de trabalho encerrada"),
    "hand.move": lazy_gettext("Processo movido"),
    "hand.restart": lazy_gettext("Etapa refeita"),
    "hand.end": lazy_gettext("Processo encerrado por ato"),
    "hand.reopen": lazy_gettext("Processo reaberto"),
    "hand.suspend": lazy_gettext("Processo suspenso"),
    "hand.resume": lazy_gettext("Processo retomado"),
    "hand.undo": lazy_gettext("Ato desfeito"),
    "gateway.condition": lazy_gettext("Condição avaliada"),
    "decision.made": lazy_gettext("Decisão por tabela"),
    "message.deliver": lazy_gettext("Mensagem recebida"),
    "message.throw": lazy_gettext("Mensagem enviada"),
    "signal.broadcast": lazy_gettext("Sinal transmitido"),
    "signal.deliver": lazy_gettext("Sinal ouvido"),
    "signal.throw": lazy_gettext("Sinal transmitido pelo processo"),
    "deadline.warn": lazy_gettext("Aviso de prazo próximo"),
    "timer.missed": lazy_gettext("Instantes de um prazo repetido que passaram"),
    "deadline.settle": lazy_gettext("Prazo venceu"),
    "validity.warn": lazy_gettext("Aviso de validade perto do fim"),
    "service.result": lazy_gettext("Resposta de outro sistema"),
    "service.error": lazy_gettext("Erro de outro sistema"),
    "document.issue": lazy_gettext("Documento emitido"),
    "document.read": lazy_gettext("Documento restrito lido"),
    "incident.open": lazy_gettext("Falha"),
    "incident.retry": lazy_gettext("Nova tentativa"),
}
_MONEY = re.compile(r"(?:R\$)?\s*([0-9.]{1,15}(?:,[0-9]{1,2})?)")


@bp.get("/")
def search() -> str:
    """Search the cases that one may see."""
    sought, status = request.args.get("q", "").strip(" "), request.args.get("estado", "")
    status = status if status in ("open", "done") else ""
    with look() as by:
        found = find(by, sought, status=status, before=_number(request.args.get("antes")))
    following = found.before and url_for("cases.search", q=sought or None, estado=status or None, antes=found.before)
    return render_template("cases/search.html", found=found, q=sought, status=status, following=following)


@bp.get("/<number>")
def story(number: str) -> str:
    """Show what happened in a case, newest first."""
    with look() as by:
        of = desk.overview(by, number)
        return _page("cases/story.html", by, of, story=desk.story(by, of))


@bp.get("/<number>/diagrama")
def diagram(number: str) -> str:
    """Show the diagram of the case with where it stands and where it has been."""
    with look() as by:
        of = desk.overview(by, number)
        return _page("cases/diagram.html", by, of, drawn=desk.drawn(of))


@bp.get("/<number>/documentos")
def documents(number: str) -> str:
    """Show the documents of a case."""
    with look() as by:
        of = desk.overview(by, number)
        return _page("cases/documents.html", by, of, papers=desk.documents(by, of))


@bp.get("/<number>/dados")
def data(number: str) -> str:
    """Show what is known of a case."""
    with look() as by:
        of = desk.overview(by, number)
        return _page("cases/data.html", by, of, sections=desk.data(by, of))


@bp.get("/<number>/prazos")
def clocks(number: str) -> str:
    """Show the statement of every legal clock: which days counted, and why."""
    with look() as by:
        of = desk.overview(by, number)
        return _page("cases/clocks.html", by, of, accounts=desk.accounts(by, of))


@bp.get("/<number>/auditoria")
def trail(number: str) -> str:
    """Show the trail, whether its chain holds, and why each turn was taken."""
    with look() as by:
        of = desk.overview(by, number)
        return _page(
            "cases/trail.html", by, of, trail=desk.trail(by, of, _number(request.args.get("antes"))), actions=ACTIONS
        )


@bp.post("/<number>/observacoes")
def remark(number: str) -> Response:
    """Add a remark, for servants only unless it is marked public."""
    body = request.form.get("texto", "").strip()
    with act() as by:
        of = desk.overview(by, number)
        if not body:
            return went(url_for("cases.story", number=number), _("Escreva a observação."), "warn")
        cases.remark(by, of.head.id, body, public=request.form.get("publica") == "sim")
        return done(by, url_for("cases.story", number=number), _("Observação registrada."))


@bp.post("/<number>/falhas/<int:incident_id>/repetir")
def retry(number: str, incident_id: int) -> Response:
    """Try again what failed, with the reason why it may go well now."""
    reason = request.form.get("motivo", "").strip()
    with act() as by:
        desk.overview(by, number)
        if not reason:
            return went(url_for("cases.story", number=number), _("Diga o que mudou para tentar de novo."), "warn")
        cases.retry(by, incident_id, reason)
        return done(by, url_for("cases.story", number=number), _("Nova tentativa feita; veja como o processo ficou."))


@bp.post("/<number>/pagamento")
def pay(number: str) -> Response:
    """Enter a payment that Fazenda saw on its own statement."""
    cents = _cents(request.form.get("valor", ""))
    reference = request.form.get("referencia", "").strip()
    with act() as by:
        of = desk.overview(by, number)
        if cents is None or not reference:
            return went(url_for("cases.story", number=number), _("Informe o valor e a referência do extrato."), "warn")
        cases.confirm_payment(by, of.head.id, cents, reference)
        return done(by, url_for("cases.story", number=number), _("Pagamento registrado."))


@bp.post("/<number>/desistencia")
def withdraw(number: str) -> Response:
    """Enter that the requester withdraws, as he declared at the counter."""
    reason = request.form.get("motivo", "").strip()
    with act() as by:
        of = desk.overview(by, number)
        if not reason:
            return went(url_for("cases.story", number=number), _("Informe o motivo declarado."), "warn")
        cases.withdraw(by, of.head.id, reason)
        return done(by, url_for("cases.story", number=number), _("Desistência registrada."))


def _page(template: str, by: By, of: desk.Overview, **more: object) -> str:
    tabs = [
        {"label": label, "href": url_for(endpoint, number=of.head.number), "current": request.endpoint == endpoint}
        for endpoint, label in TABS
    ]
    duties = {"is_operator": OPERATOR in by.roles, "is_manager": MANAGER in by.roles}
    return render_template(template, of=of, head=of.head, tabs=tabs, **duties, **more)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else None


def _cents(text: str) -> int | None:
    """Read "1.620,50" as whole cents; None for what is no amount."""
    match = _MONEY.fullmatch(text.strip())
    if match is None:
        return None
    try:
        value = Decimal(match[1].replace(".", "").replace(",", "."))
    except InvalidOperation:
        return None
    return int(value * 100) if value > 0 else None
