"""What a browser remembers of how a person likes to read: contrast and language. No account needed."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from web.language import COOKIE, LANGUAGES
from web.request import look, went

bp = Blueprint("preferences", __name__, url_prefix="/preferencias")
_A_YEAR = 31_536_000


@bp.post("/contraste")
def contrast() -> Response:
    """Switch high contrast on or off."""
    with look("anyone"):
        response = went(_way_back(), "", "")
    _remember(response, "contrast", "high" if request.form.get("contrast") == "high" else "")
    return response


@bp.post("/idioma")
def language() -> Response:
    """Choose the language."""
    with look("anyone"):
        response = went(_way_back(), "", "")
    chosen = request.form.get("lang", "")
    _remember(response, COOKIE, chosen if chosen in LANGUAGES else "")
    return response


def _remember(response: Response, name: str, value: str) -> None:
    if value:
        response.set_cookie(name, value, max_age=_A_YEAR, secure=request.is_secure, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(name)


def _way_back() -> str:
    wanted = request.form.get("next", "")
    is_ours = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if is_ours and wanted.isprintable() else "/"
