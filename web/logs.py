"""The log: one JSON line per request and event, with ids and never a person's data, address or query."""

from __future__ import annotations

import re
import secrets
import sys
import time
from collections.abc import Callable

import msgspec
import structlog
from flask import Flask, g, request
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer
from werkzeug.wrappers import Response

log = structlog.get_logger("rito.web")
# Local variables hold what people typed: a traceback names places, never values.
_traceback = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
_REQUEST_ID = re.compile(r"[\w-]{8,64}")


def _line(event: object, default: Callable[[object], object]) -> str:
    return msgspec.json.encode(event, enc_hook=default).decode()


def configure_logs() -> None:
    """Let structlog write JSON lines to standard error, unless somebody configured it before."""
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _traceback,
            structlog.processors.JSONRenderer(_line),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def register(app: Flask) -> None:
    """Log every request by its endpoint: a path may hold a protocol number, an endpoint holds nobody's data."""

    @app.before_request
    def name_request() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        g.began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=g.request_id)

    @app.after_request
    def note(response: Response) -> Response:
        if "request_id" in g:
            response.headers["X-Request-ID"] = g.request_id
        if request.endpoint not in ("static", "health.live", "health.ready"):
            took = round((time.perf_counter() - g.began) * 1000, 1) if "began" in g else None
            log.info("request", endpoint=request.endpoint, method=request.method, status=response.status_code, ms=took)
        return response
