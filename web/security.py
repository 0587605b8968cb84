"""What every answer carries so that a browser trusts it no further than it must: headers, cookies, the CSRF token."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask, current_app, g, request, session
from flask_wtf.csrf import CSRFProtect, generate_csrf, same_origin, validate_csrf
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response
from wtforms.validators import ValidationError

from engine.settings import Settings

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_FILES_AT_ONCE = 4
_FIELD = "csrf_token"


class Tokens(CSRFProtect):  # type: ignore[misc]  # Flask-WTF is untyped
    """Flask-WTF's protection; the token of a session is computed once per process and not at every request."""

    def protect(self, apply_exemptions: bool = False) -> None:  # noqa: FBT001, FBT002  the signature is Flask-WTF's
        if request.method == "POST" and _carries_its_token() and _comes_from_here():
            g.csrf_valid = True
        else:
            super().protect(apply_exemptions)


def _carries_its_token() -> bool:
    own = session.get(_FIELD)
    if not own:
        return False  # the body is not looked at: an integration's is nobody's form
    sent = request.form.get(_FIELD)
    try:
        return bool(sent) and _checked(current_app.secret_key, own, sent)
    except ValidationError:
        return False


@lru_cache(maxsize=4096)
def _checked(_secret: object, _own: str, sent: str) -> bool:
    """Check what was sent against the session of this request; the arguments are all that it depends on."""
    validate_csrf(sent)
    return True


def own_token() -> str:
    """Return the token that forms of this session carry, signed once per process and not at every page."""
    own = session.get(_FIELD)
    return _signed(current_app.secret_key, own) if own else str(generate_csrf())


@lru_cache(maxsize=4096)
def _signed(_secret: object, _own: str) -> str:
    """Sign the token of this request's session; the arguments are all that it depends on."""
    return str(generate_csrf())


def _comes_from_here() -> bool:
    """Whether a browser names this house as the page it comes from, as it must over HTTPS."""
    return not request.is_secure or same_origin(request.referrer or "", f"https://{request.host}/")


csrf = Tokens()


def guard(app: Flask, settings: Settings) -> None:
    """Set cookies, limits and headers. Cookies are Secure and HSTS is sent in production, which is behind HTTPS."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-rito" if settings.production else "rito",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.production,
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session: a form may stay open all morning
        MAX_CONTENT_LENGTH=settings.upload_limit_bytes * _FILES_AT_ONCE + 1_000_000,
        MAX_FORM_MEMORY_SIZE=2_000_000,
        MAX_FORM_PARTS=4000,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,  # an asset's address changes with its content
    )
    csrf.init_app(app)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies)  # type: ignore[method-assign]  # Flask's own way of wrapping
    secret = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if settings.production else {}
    sent = [(name, name.lower(), value) for name, value in {**HEADERS, **secret}.items()]

    @app.after_request
    def protect(response: Response) -> Response:
        present = {name.lower() for name, _ in response.headers}
        response.headers.extend([(name, value) for name, lower, value in sent if lower not in present])
        if request.endpoint != "static" and ("by" in g or "Cache-Control" not in response.headers):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
