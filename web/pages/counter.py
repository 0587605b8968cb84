"""The counter: a clerk of the Protocolo starts a case for whoever stands before him, and hands over number and code."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from engine.access import require_duty
from engine.desk import portal
from web import starting
from web.request import act, look, went
from web.starting import COUNTER
from web.uploads import receive

bp = Blueprint("counter", __name__, url_prefix="/balcao")
CLERK = "protocolo"


@bp.get("/")
def choose() -> str:
    """Show what can be asked."""
    with look() as by:
        require_duty(by, CLERK)
        return render_template("portal/counter.html", offers=portal.offers(by))


@bp.get("/<key>")
def start(key: str) -> str:
    """Show the start form, with what this clerk had typed."""
    with look() as by:
        require_duty(by, CLERK)
        return starting.blank(by, COUNTER, key)


@bp.post("/<key>")
def send(key: str) -> Response | tuple[str, int] | str:
    """Start a case for somebody, or show again what does not hold."""
    uploads = receive()
    with act() as by:
        require_duty(by, CLERK)
        return starting.send(by, COUNTER, key, uploads)


@bp.post("/<key>/rascunho")
def draft(key: str) -> Response:
    """Keep what was typed so far."""
    with act() as by:
        require_duty(by, CLERK)
        return starting.save(by, key)


@bp.post("/<key>/campos")
def fields(key: str) -> str:
    """Show the fields again as the answers make them."""
    with act() as by:
        require_duty(by, CLERK)
        return starting.refreshed(by, key)


@bp.post("/<key>/descartar")
def discard(key: str) -> Response:
    """Forget the draft."""
    with act() as by:
        require_duty(by, CLERK)
        return starting.discard(by, COUNTER, key)


@bp.get("/protocolado/<number>")
def started(number: str) -> str:
    """Show number and access code, to be handed over."""
    with look() as by:
        require_duty(by, CLERK)
        return starting.started(by, COUNTER, number)


@bp.post("/entregue")
def received() -> Response:
    """Forget the access code: it was handed over."""
    with act() as by:
        require_duty(by, CLERK)
        starting.forget_code(by, request.form.get("numero", ""))
        return went(COUNTER.at("choose"), "", "info")
