"""Which language a page speaks: what the person chose, else what the browser asks for, else Portuguese."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from babel import Locale
from flask import Flask, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header
from werkzeug.wrappers import Response

COOKIE = "lang"
LANGUAGES = {"pt": "pt_BR", "en": "en"}
_LOCALES = {name: Locale.parse(name) for name in LANGUAGES.values()}
_A_YEAR = 31_536_000


def register(app: Flask) -> None:
    """Speak each request's language, and remember one that an address asks for (`?lang=en`)."""
    zone = app.config["BABEL_DEFAULT_TIMEZONE"]
    babel = Babel(app, default_locale="pt_BR", default_timezone=zone, locale_selector=locale)
    babel.domain_instance = Catalogues("messages")

    @app.after_request
    def remember(response: Response) -> Response:
        chosen = _asked_by_address()
        if chosen in LANGUAGES:
            response.set_cookie(
                COOKIE, chosen, max_age=_A_YEAR, secure=request.is_secure, httponly=True, samesite="Lax"
            )
        return response


class Catalogues(Domain):  # type: ignore[misc]  # Flask-Babel is untyped
    """The library's catalogues, found by the locale itself: pages ask for one some eighty times."""

    def __init__(self, domain: str) -> None:
        super().__init__(domain=domain)
        self._found: dict[Locale, Any] = {}

    def get_translations(self) -> Any:
        """Return the catalogue of this request's locale."""
        spoken = get_locale()
        if spoken is None:
            return super().get_translations()
        found = self._found.get(spoken)
        if found is None:
            found = self._found[spoken] = super().get_translations()
        return found


def locale() -> Locale:
    """Return the locale of this request as the library knows it."""
    return _LOCALES[choose()]


def choose() -> str:
    """Return the name of this request's locale."""
    if not has_request_context():
        return LANGUAGES["pt"]
    chosen = _asked_by_address() or request.cookies.get(COOKIE) or ""
    return LANGUAGES.get(chosen[:2]) or _asked_for(request.headers.get("Accept-Language", ""))


def _asked_by_address() -> str:
    return request.args.get("lang", "") if request.query_string else ""


@lru_cache(maxsize=512)
def _asked_for(header: str) -> str:
    """Return the locale that a browser's header asks for; browsers send few different ones."""
    asked = parse_accept_header(header, LanguageAccept).best_match(["pt-BR", "pt", "en"], default="pt-BR")
    return LANGUAGES[(asked or "pt")[:2]]
