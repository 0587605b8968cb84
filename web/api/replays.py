"""Idempotency on the wire: the same key gets the same status and body, marked as a replay.

What is kept is the answer as it was sent, but for a case's access code: the database holds it veiled, so that whoever
reads the table opens no case.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask import Response, g
from marshmallow import Schema

from engine.access import By
from engine.acts import once
from web.api.wire import JSON, encode
from web.request import Replayed

HEADER: Final[dict[str, Any]] = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "pattern": "^[!-~]{8,80}$"},
    "description": "Uma chave aleatória por pedido. Repetido com a mesma chave, o pedido é feito uma vez só.",
}
_VEILED: Final = "access_code"


def answered(by: By, schema: Schema, value: object, status: int = 200, location: str | None = None) -> Response:
    """Return the answer of an act, after remembering it under the request's key in the act's own transaction."""
    body: dict[str, Any] = schema.dump(value)
    headers = {"Location": location} if location else {}
    once.remember(by, {"status": status, "body": _with_veil(by, body), "headers": headers})
    return _response(body, status, headers)


def replay(replayed: Replayed) -> Response:
    """Return what was answered to the same key before."""
    kept = replayed.answer
    headers = {**kept["headers"], "Idempotent-Replay": "true"}
    return _response(_with_veil(g.by, kept["body"]), kept["status"], headers)


def bind(by: By, parts: Iterable[bytes]) -> None:
    """Let the key stand for these bytes: a multipart body is never twice the same, for its boundary is random."""
    words = hashlib.sha256()
    for part in parts:
        words.update(len(part).to_bytes(8, "big") + part)
    by.body_hash = words.hexdigest()


def _response(body: Mapping[str, Any], status: int, headers: Mapping[str, str]) -> Response:
    return Response(encode(body), status, headers, mimetype=JSON)


def _with_veil(by: By, body: Mapping[str, Any]) -> dict[str, Any]:
    """Veil the access code, or unveil it: each undoes the other. The veil is used for one key and one code only."""
    if _VEILED not in body or by.key is None:
        return dict(body)
    veil = hmac.digest(by.house.settings.secret_key.encode(), f"veil\0{by.actor}\0{by.key}".encode(), hashlib.sha256)
    text = str(body[_VEILED])
    if text.startswith("~"):
        plain = bytes(one ^ other for one, other in zip(bytes.fromhex(text[1:]), veil, strict=False)).decode()
        return {**body, _VEILED: plain}
    hidden = bytes(one ^ other for one, other in zip(text.encode(), veil, strict=False)).hex()
    return {**body, _VEILED: f"~{hidden}"}
