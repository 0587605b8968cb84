"""From a refusal to an answer: a page with a way on for people, problem+json for programs. Decides nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from flask import Flask, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from engine.errors import Refused, SignInNeeded
from web.logs import log
from web.messages import STALE_PAGE, Said, say, say_status, title
from web.problems import HTTP_CODES, problem
from web.request import Replayed, went

API = "/api/"


def register(app: Flask) -> None:
    """Answer every refusal and every HTTP error."""
    app.register_error_handler(Refused, on_refused)
    app.register_error_handler(Replayed, on_replayed)
    app.register_error_handler(CSRFError, on_stale_page)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(OperationalError, on_busy)
    app.register_error_handler(PoolExhausted, on_busy)
    app.register_error_handler(Exception, on_broken)


def on_refused(refused: Refused) -> Response:
    """Answer a refusal; whoever has to sign in is led there and back."""
    if isinstance(refused, SignInNeeded) and not request.path.startswith(API):
        return _to_sign_in(refused)
    said = say(refused)
    log.info("refused", code=refused.code, status=said.status)
    response = answer(said, refused.code, refused.facts)
    if "retry_after" in refused.facts:
        response.headers["Retry-After"] = str(refused.facts["retry_after"])
    return response


def on_replayed(replayed: Replayed) -> Response:
    """Answer what was answered before."""
    kept = replayed.answer
    if "goto" in kept:
        return went(kept["goto"], kept.get("said", ""), kept.get("tone", "success"))
    response = Response(msgspec.json.encode(kept.get("body")), kept["status"], mimetype="application/json")
    response.headers.update({**kept.get("headers", {}), "Idempotent-Replay": "true"})
    return response


def on_stale_page(_error: CSRFError) -> Response:
    """A form without its token, or with one of a session that has ended."""
    return answer(Said(400, title(400), str(STALE_PAGE)), "stale-page", {})


def on_http(error: HTTPException) -> Response:
    """Answer what Flask itself refuses: no such page, a body that is too large."""
    if error.code is None or error.code < 400:
        return Response.force_type(error.get_response())
    response = answer(say_status(error.code), HTTP_CODES.get(error.code) or "bad-request", {})
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def on_busy(error: Exception) -> Response:
    """The database is locked, full or out of connections: nothing of the request was done."""
    log.warning("store-busy", error=type(error).__name__)
    response = answer(say_status(503), "busy", {})
    response.headers["Retry-After"] = "3"
    return response


def on_broken(_error: Exception) -> Response:
    """Answer what nobody foresaw, and log it whole."""
    log.exception("broken", endpoint=request.endpoint)
    return answer(say_status(500), "broken", {})


def answer(said: Said, code: str, facts: Mapping[str, object]) -> Response:
    """Return an error as problem+json under /api/, else as a page."""
    if request.path.startswith(API):
        return problem(said, code, facts)
    asks_json = request.accept_mimetypes.best == "application/json"
    if asks_json:
        return problem(said, code, {})
    page = render_template("error.html", said=said, code=code, typed=g.get("typed_shown"))
    return Response(page, said.status, mimetype="text/html")


def _to_sign_in(refused: SignInNeeded) -> Response:
    session.pop("sid", None)
    if refused.facts.get("citizen"):
        return went(url_for(_citizen_door()), _("Informe o protocolo e o código para abrir o seu processo."), "info")
    way_back = request.full_path if request.query_string else request.path
    if request.method != "GET":
        way_back = request.referrer.removeprefix(request.host_url.rstrip("/")) if request.referrer else ""
    if refused.facts.get("expired"):
        return went(url_for("sign_in.page", next=way_back), _("Sua sessão terminou. Entre de novo."), "warn")
    return redirect(url_for("sign_in.page", next=way_back if way_back not in ("", "/") else None), 303)


def _citizen_door() -> str:
    return "portal.follow"
