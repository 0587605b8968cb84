"""Builders of form-js drawings, so that a test shows only what it is about."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine.errors import AnswersRefused, DiagramRefused
from engine.forms.answers import check_answers
from engine.forms.definition import Form, read_form

HOST = {"hoje": lambda: date(2026, 11, 23)}
PDF = {"sha256": "a" * 64, "name": "planta.pdf", "size": 900, "mime": "application/pdf"}


def draw(*components: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "default", "id": "pedido", "schemaVersion": 19, "components": list(components), **more}


def field(kind: str, key: str, required: bool = False, **more: Any) -> dict[str, Any]:
    validate = {"required": required} | more.pop("validate", {})
    return {"type": kind, "id": f"campo_{key}", "key": key, "label": f"Rótulo de {key}", "validate": validate, **more}


def options(*values: Any) -> list[dict[str, Any]]:
    return [{"label": f"Opção {value}", "value": value} for value in values]


def rows(path: str, *components: dict[str, Any], **more: Any) -> dict[str, Any]:
    label = f"Lista {path}"
    return {
        "type": "dynamiclist",
        "id": f"lista_{path}",
        "path": path,
        "label": label,
        "components": list(components),
        **more,
    }


def form(*components: dict[str, Any]) -> Form:
    return read_form(draw(*components))


def check(drawn: Form, raw: dict[str, Any], context: dict[str, Any] | None = None) -> dict[str, Any]:
    return check_answers(drawn, raw, context or {}, HOST)


def errors(drawn: Form, raw: dict[str, Any], context: dict[str, Any] | None = None) -> dict[str, Any]:
    with pytest.raises(AnswersRefused) as refused:
        check_answers(drawn, raw, context or {}, HOST)
    found = refused.value.facts["errors"]
    assert isinstance(found, dict)
    return found


def findings(drawing: Any) -> list[tuple[str, str]]:
    with pytest.raises(DiagramRefused) as refused:
        read_form(drawing)
    found = refused.value.facts["findings"]
    assert isinstance(found, list)
    return [(one["element"], one["code"]) for one in found]
