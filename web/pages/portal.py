"""The public door: what can be asked of the city hall and how, the start form, and the way to one's own case."""

from __future__ import annotations

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from engine.desk import portal
from web import starting
from web.request import act, look
from web.starting import PORTAL
from web.uploads import receive

bp = Blueprint("portal", __name__)
VISITOR = "requerente, pelo portal"


@bp.get("/")
def home() -> str:
    """Show what can be asked."""
    with look("anyone") as by:
        return render_template("portal/home.html", offers=portal.offers(by))


@bp.get("/servicos/<key>")
def service(key: str) -> str:
    """Show what the Carta de Serviços says of a procedure."""
    with look("anyone") as by:
        return render_template("portal/service.html", service=portal.service(by, key))


@bp.get("/solicitar/<key>")
def start(key: str) -> str:
    """Show the start form, with what this browser had typed."""
    starting.remember_visitor()
    with look("anyone") as by:
        return starting.blank(by, PORTAL, key)


@bp.post("/solicitar/<key>")
def send(key: str) -> Response | tuple[str, int] | str:
    """Start a case, or show again what does not hold."""
    uploads = receive()
    with act("anyone") as by:
        by.name = by.name if by.servant_id else VISITOR
        return starting.send(by, PORTAL, key, uploads)


@bp.post("/solicitar/<key>/rascunho")
def draft(key: str) -> Response:
    """Keep what was typed so far."""
    with act("anyone") as by:
        return starting.save(by, key)


@bp.post("/solicitar/<key>/campos")
def fields(key: str) -> str:
    """Show the fields again as the answers make them."""
    with act("anyone") as by:
        return starting.refreshed(by, key)


@bp.post("/solicitar/<key>/descartar")
def discard(key: str) -> Response:
    """Forget the draft."""
    with act("anyone") as by:
        return starting.discard(by, PORTAL, key)


@bp.get("/solicitado/<number>")
def started(number: str) -> str:
    """Show number and access code, to the browser that asked."""
    with look("anyone") as by:
        return starting.started(by, PORTAL, number)


@bp.get("/acompanhar")
def follow() -> str:
    """Ask for the number and code of a case."""
    with look("anyone"):
        return render_template("portal/enter.html")


@bp.get("/acessibilidade")
def accessibility() -> str:
    """Show the accessibility statement (eMAG 3.1; LBI art. 63)."""
    with look("anyone"):
        return render_template("portal/accessibility.html")


@bp.get("/mapa")
def sitemap() -> str:
    """Show the map of the site."""
    with look("anyone") as by:
        return render_template("portal/sitemap.html", offers=portal.offers(by))
