"""The description of the API: the OpenAPI document, and the same as a page that needs no script and no other host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, render_template

from web.api.blueprints import PREFIX
from web.api.wire import JSON, encode
from web.request import look

bp = Blueprint("api_docs", __name__, url_prefix=PREFIX)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One field or parameter, as a line of a table."""

    name: str
    place: str
    type: str
    required: bool
    description: str


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Row, ...]
    body: tuple[Row, ...]
    body_type: str
    answers: tuple[tuple[str, str, str], ...]


@bp.get("/openapi.json")
def document() -> Response:
    """Return the OpenAPI document."""
    with look("anyone"):
        return Response(encode(_spec()), mimetype=JSON)


@bp.get("/docs")
def page() -> str:
    """Show the description as a page."""
    with look("anyone"):
        spec = _spec()
        parts = [(tag["description"], list(_operations(spec, tag["name"]))) for tag in spec["tags"]]
        schemas = [(name, _rows(spec, schema)) for name, schema in sorted(spec["components"]["schemas"].items())]
        return render_template("api/docs.html", info=spec["info"], parts=parts, schemas=schemas)


def _spec() -> dict[str, Any]:
    found: dict[str, Any] = current_app.extensions["rito-openapi"]
    return found


def _operations(spec: Mapping[str, Any], tag: str) -> list[Operation]:
    return [
        _operation(spec, path, method, told, item.get("parameters", []))
        for path, item in spec["paths"].items()
        for method, told in item.items()
        if method != "parameters" and tag in told.get("tags", ())
    ]


def _operation(
    spec: Mapping[str, Any], path: str, method: str, told: Mapping[str, Any], shared: list[dict[str, Any]]
) -> Operation:
    body_type, body = _content(told.get("requestBody", {}))
    return Operation(
        id=told["operationId"], method=method.upper(), path=path, summary=told.get("summary", ""),
        description=told.get("description", ""), body_type=body_type,
        parameters=tuple(_parameter(one) for one in [*shared, *told.get("parameters", [])]),
        body=_rows(spec, body),
        answers=tuple(_answer(spec, status, answer) for status, answer in told["responses"].items()),
    )  # fmt: skip


def _parameter(told: Mapping[str, Any]) -> Row:
    return Row(
        name=told["name"], place=told["in"], type=_type(told.get("schema", {})), required=told.get("required", False),
        description=told.get("description", ""),
    )  # fmt: skip


def _answer(spec: Mapping[str, Any], status: str, told: Mapping[str, Any]) -> tuple[str, str, str]:
    told = _resolved(spec, told)
    return status, told.get("description", ""), _type(_content(told)[1])


def _content(told: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the first content type and its schema; both are empty when nothing is carried."""
    for mime, one in told.get("content", {}).items():
        return mime, one.get("schema", {})
    return "", {}


def _rows(spec: Mapping[str, Any], schema: Mapping[str, Any]) -> tuple[Row, ...]:
    schema = _resolved(spec, schema)
    required = schema.get("required", ())
    return tuple(
        Row(name=name, place="", type=_type(told), required=name in required, description=told.get("description", ""))
        for name, told in schema.get("properties", {}).items()
    )


def _resolved(spec: Mapping[str, Any], told: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in told:
        return told
    _, _, kind, name = told["$ref"].split("/")
    found: Mapping[str, Any] = spec["components"][kind][name]
    return found


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "items" in schema:
        return f"[{_type(schema['items'])}]"
    kind = schema.get("type", "")
    kinds = " | ".join(kind) if isinstance(kind, list) else str(kind)
    return " ".join(part for part in (kinds, schema.get("format", "")) if part)
