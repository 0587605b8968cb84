"""Sign in and out."""

from __future__ import annotations

from flask import Blueprint, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.errors import BadLogin, TooManyAttempts
from engine.sessions import end_session
from web import auth
from web.messages import say
from web.request import act, look, went

bp = Blueprint("sign_in", __name__)


@bp.get("/entrar")
def page() -> Response | str:
    """Ask for login and password; whoever is signed in goes on."""
    with look("anyone") as by:
        if by.servant_id is not None:
            return went(_way_on(), "", "")
        return render_template("sign_in.html", way_on=_way_on(), login="", said=None)


@bp.post("/entrar")
def enter() -> Response | tuple[str, int]:
    """Open a session, or say that name and password do not match."""
    login, password = request.form.get("login", ""), request.form.get("senha", "")
    try:
        proof = auth.prove(login, password)
        with act("anyone") as by:
            session_id = auth.sign_in(by, proof)
        auth.begin(session_id)
    except (BadLogin, TooManyAttempts) as refused:
        said = say(refused)
        return render_template("sign_in.html", way_on=_way_on(), login=login[:60], said=said), said.status
    return went(_way_on(), "", "")


@bp.post("/sair")
def leave() -> Response:
    """End the session here and now."""
    with act("anyone") as by:
        if by.servant_id is not None:
            end_session(by, session["sid"])
    session.clear()
    return went(url_for("sign_in.page"), _("Você saiu."), "info")


def _way_on() -> str:
    """Return where the person wanted to go: only ever an address of ours."""
    wanted = request.values.get("next", "")
    is_ours = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if is_ours and wanted.isprintable() else url_for("inbox.page")
