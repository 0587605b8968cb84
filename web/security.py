"""What every answer carries so that a browser trusts it no further than it must: headers, cookies, the CSRF token."""

from __future__ import annotations

from flask import Flask, g, request
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

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
csrf = CSRFProtect()


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
