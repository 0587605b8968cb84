"""Which language a page speaks: what the person chose, else what the browser asks for, else Portuguese."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask, has_request_context, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header
from werkzeug.wrappers import Response

COOKIE = "lang"
LANGUAGES = {"pt": "pt_BR", "en": "en"}
_A_YEAR = 31_536_000


def register(app: Flask) -> None:
    """Remember a language that an address asks for (`?lang=en`)."""

    @app.after_request
    def remember(response: Response) -> Response:
        chosen = request.args.get("lang", "")
        if chosen in LANGUAGES:
            response.set_cookie(
                COOKIE, chosen, max_age=_A_YEAR, secure=request.is_secure, httponly=True, samesite="Lax"
            )
        return response


def choose() -> str:
    """Return the locale of this request."""
    if not has_request_context():
        return LANGUAGES["pt"]
    chosen = request.args.get("lang") or request.cookies.get(COOKIE) or ""
    return LANGUAGES.get(chosen[:2]) or _asked_for(request.headers.get("Accept-Language", ""))


@lru_cache(maxsize=512)
def _asked_for(header: str) -> str:
    """Return the locale that a browser's header asks for; browsers send few different ones."""
    asked = parse_accept_header(header, LanguageAccept).best_match(["pt-BR", "pt", "en"], default="pt-BR")
    return LANGUAGES[(asked or "pt")[:2]]
