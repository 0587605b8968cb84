"""What a browser carries for us, signed: its session, and a notice for the page that follows an act.

Both are the library's signatures. A session cookie that this process has checked once is known again by its text; a
notice lies beside the session, so that an act leaves the session's cookie as it is.
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec
from flask import Flask, Request, Response, current_app, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature, Signer, TimestampSigner, URLSafeTimedSerializer
from werkzeug.wrappers import Response as AnyResponse

_KNOWN: Final = 4096  # browsers of one city hall
_NOTICE: Final = "notice"
_NOTICE_SECONDS: Final = 60
_LONGEST_NOTICE: Final = 3000  # bytes; a browser keeps about 4,000 of a cookie
_notices = msgspec.json.Decoder(tuple[str, str])

Notice = tuple[str, str]


class Sessions(SecureCookieSessionInterface):
    """Flask's signed session, each cookie's signature computed once per process and not once per request."""

    def __init__(self, app: Flask) -> None:
        made = super().get_signing_serializer(app)
        assert made is not None, "an application without a secret key"
        self._serializer = made
        self._longest = app.permanent_session_lifetime.total_seconds()
        self._clock = TimestampSigner(app.config["SECRET_KEY"])
        self._checked = lru_cache(maxsize=_KNOWN)(self._check)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer:  # noqa: ARG002  the signature is Flask's
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """Return the session that a request carries; an empty one when its cookie is not ours or too old."""
        cookie = request.cookies.get(self.get_cookie_name(app))
        try:
            data, signed_at = self._checked(cookie) if cookie else ({}, 0.0)
        except BadSignature:
            return self.session_class()
        if cookie and self._clock.get_timestamp() - signed_at > self._longest:
            return self.session_class()
        # a copy as deep as what we keep: names, ids and flat lists
        return self.session_class(
            {name: list(value) if isinstance(value, list) else value for name, value in data.items()}
        )

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie when something in it changed, which is seldom."""
        if session.modified or session.permanent:
            super().save_session(app, session, response)
        elif session.accessed and response.headers.get("Cache-Control") != "no-store":
            response.vary.add("Cookie")

    def _check(self, cookie: str) -> tuple[dict[str, Any], float]:
        data, signed_at = self._serializer.loads(cookie, max_age=int(self._longest), return_timestamp=True)
        assert isinstance(signed_at, datetime)
        return data, signed_at.timestamp()


def leave_notice(response: AnyResponse, said: str, tone: str) -> None:
    """Let the page that follows `response` show `said` once; `tone` is success, info, warn or error."""
    body = urlsafe_b64encode(msgspec.json.encode((tone, said)))
    if len(body) <= _LONGEST_NOTICE:
        response.set_cookie(
            _cookie(), _signer().sign(body).decode(), max_age=_NOTICE_SECONDS, **_KEPT,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )  # fmt: skip


def notices() -> list[Notice]:
    """Return what is to be shown as [(tone, sentence)]; the answer to this request forgets it."""
    cookie = request.cookies.get(_cookie())
    if not cookie:
        return []
    g.notice_shown = True
    try:
        return [_notices.decode(urlsafe_b64decode(_signer().unsign(cookie.encode())))]
    except (BadSignature, binascii.Error, msgspec.DecodeError, UnicodeError):
        return []


def register(app: Flask) -> None:
    """Keep sessions this way, and give pages their notices."""
    app.session_interface = Sessions(app)
    app.jinja_env.globals["notices"] = notices
    app.extensions["rito-notices"] = Signer(
        app.config["SECRET_KEY"], salt="rito-notice", key_derivation="hmac", digest_method=hashlib.sha256
    )

    @app.after_request
    def forget(response: AnyResponse) -> AnyResponse:
        if "notice_shown" in g:
            response.delete_cookie(_cookie(), **_KEPT, secure=app.config["SESSION_COOKIE_SECURE"])
        return response


_KEPT: Final[Any] = {"path": "/", "httponly": True, "samesite": "Lax"}


def _cookie() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-{_NOTICE}"


def _signer() -> Signer:
    signer: Signer = current_app.extensions["rito-notices"]
    return signer
