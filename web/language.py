"""Which language a page speaks: what the person chose, else what the browser asks for, else Portuguese."""

from __future__ import annotations

from flask import has_request_context, request

COOKIE = "lang"
LANGUAGES = {"pt": "pt_BR", "en": "en"}


def choose() -> str:
    """Return the locale of this request."""
    if not has_request_context():
        return LANGUAGES["pt"]
    chosen = request.args.get("lang") or request.cookies.get(COOKIE) or ""
    asked = request.accept_languages.best_match(["pt-BR", "pt", "en"], default="pt-BR")
    return LANGUAGES.get(chosen[:2]) or LANGUAGES[(asked or "pt")[:2]]
