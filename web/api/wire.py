"""JSON as it goes over the wire: exact numbers out, and one filter for everything that comes in.

Nothing that the store could not keep, or that would cost more than it is worth, may pass: NUL and lone surrogates,
NaN, numbers of absurd length, depth and size are refused here, once, for bodies, queries and paths alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

import msgspec
from flask import Request, Response
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from engine.errors import BadInput

JSON = "application/json"
BODY_LIMIT_BYTES = 1024 * 1024
DEPTH_LIMIT = 32
DIGIT_LIMIT = 40
TEXT_LIMIT = 100_000
_WHOLE = "_corpo"  # the name under which a fault of the body as a whole is told

_encoder = msgspec.json.Encoder(decimal_format="number", order="deterministic")


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if len(text) > DIGIT_LIMIT or abs(number.adjusted()) > DIGIT_LIMIT:
        raise BadInput(errors={_WHOLE: ["number-too-long"]})
    return number


_decoder = msgspec.json.Decoder(float_hook=_number)


def encode(value: object) -> bytes:
    """Return JSON with keys in a fixed order; Decimals stay exact numbers, moments become ISO text in UTC."""
    return _encoder.encode(value)


def decode(body: bytes) -> Any:
    """Return the value of a JSON body that passed the filter. Raises: BadInput, BadRequest when it is no JSON."""
    try:
        value = _decoder.decode(body)
    except RecursionError:
        raise BadInput(errors={_WHOLE: ["too-deep"]}) from None
    except (msgspec.MsgspecError, UnicodeDecodeError, ArithmeticError) as broken:
        raise BadRequest from broken
    require_clean(value)
    return value


def require_clean(value: object, path: str = "", depth: int = 0) -> None:
    """Refuse what nothing behind the edge may meet. Raises: BadInput naming the field by its dotted path."""
    if depth > DEPTH_LIMIT:
        raise BadInput(errors={_named(path): ["too-deep"]})
    if isinstance(value, str):
        _require_text(value, path)
    elif isinstance(value, int) and abs(value) >= 10**DIGIT_LIMIT:
        raise BadInput(errors={_named(path): ["number-too-long"]})
    for name, inner in _inside(value):
        _require_text(name, path)
        require_clean(inner, f"{path}.{name}" if path else name, depth + 1)


def _inside(value: object) -> Iterable[tuple[str, object]]:
    if isinstance(value, Mapping):
        return value.items()
    return ((str(index), inner) for index, inner in enumerate(value)) if isinstance(value, list) else ()


def _require_text(text: str, path: str) -> None:
    if len(text) > TEXT_LIMIT:
        raise BadInput(errors={_named(path): ["too-long"]})
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise BadInput(errors={_named(path): ["bad-characters"]})


def _named(path: str) -> str:
    return path[:200] or _WHOLE


def require_clean_address(request: Request) -> None:
    """Hold path and query against the same filter; bytes that are not UTF-8 are refused too. Raises: BadInput."""
    try:
        unquote_to_bytes(request.query_string).decode()
    except UnicodeDecodeError:
        raise BadInput(errors={"query": ["bad-characters"]}) from None
    require_clean(dict(request.args.lists()))
    require_clean({name: str(value) for name, value in (request.view_args or {}).items()})


class Parser(FlaskParser):
    """Reads JSON with `decode`, refuses names that the schema does not know, and tells faults by field."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": RAISE, "query": RAISE, "form": RAISE, "files": RAISE}  # noqa: RUF012  webargs reads the plain attribute
    DEFAULT_VALIDATION_STATUS = 400

    def load_json(self, req: Request, schema: Schema) -> Any:  # noqa: ARG002  the signature is webargs'
        if req.mimetype != JSON:
            raise UnsupportedMediaType
        req.max_content_length = BODY_LIMIT_BYTES
        return decode(req.get_data(cache=True))

    def load_form(self, req: Request, schema: Schema) -> Any:
        _require_multipart(req)
        return super().load_form(req, schema)

    def load_files(self, req: Request, schema: Schema) -> Any:
        _require_multipart(req)
        return super().load_files(req, schema)

    def handle_error(self, error: ValidationError, *_args: object, **_kwargs: object) -> NoReturn:
        messages: Any = error.messages
        errors: dict[str, list[str]] = {}
        for location in messages.values() if isinstance(messages, Mapping) else ():
            errors |= dict(_flat(location, ""))
        raise BadInput(errors=errors or {_WHOLE: ["invalid"]})


def _require_multipart(req: Request) -> None:
    if req.mimetype != "multipart/form-data":
        raise UnsupportedMediaType


def _flat(messages: object, path: str) -> Iterable[tuple[str, list[str]]]:
    """Yield (dotted path, codes) of marshmallow's nested messages."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name)[:200])
    elif isinstance(messages, list):
        yield _named("" if path == "_schema" else path), [str(one) for one in messages]


def reply(schema: Schema, value: object, status: int = 200) -> Response:
    """Return `value` in the shape of `schema`."""
    return Response(encode(schema.dump(value)), status, mimetype=JSON)
