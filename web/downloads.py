"""How a kept file leaves the house: by its content's hash, under its own name, never as something that may run."""

from __future__ import annotations

from flask import request, send_file
from werkzeug.wrappers import Response

from engine.access import By
from engine.desk.documents import Kept, content
from engine.desk.file import SHOWN_INLINE

# Nothing in a file may run, fetch or be framed. A PDF is drawn by the browser's own viewer, which sandbox would forbid.
_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; object-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def handed_over(by: By, document: Kept) -> Response:
    """Return a document as an attachment, or to be seen in the browser when `ver` asks for it and its type is safe."""
    inline = "ver" in request.args and document.mime in SHOWN_INLINE
    response = send_file(
        content(by, document),
        mimetype=document.mime,
        as_attachment=not inline,
        download_name=document.name,
        etag=document.sha256,
        conditional=True,
        max_age=0,
    )
    response.headers["Content-Length"] = str(document.size)
    response.headers["Content-Security-Policy"] = _POLICY if inline else _POLICY + "; sandbox"
    response.headers["Cache-Control"] = "private, no-cache"
    return response
