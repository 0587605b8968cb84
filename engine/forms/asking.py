"""The form of a draft's task: its own or a plain remark, and the question which way the case goes on.

What it writes is a form-js drawing as any other, kept with the version; nothing here checks an answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.forms.definition import SCHEMA_VERSION

FIELD = "caminho"
_TEXT_LIMIT = 4_000
_NOT_A_NAME = r"\W"


def asking(key: str, own: str | None, ways: Sequence[str], *, several: bool, result: bool) -> str:
    """Return the form-js JSON of a task; `own` is the drawing of its form, if it has one.

    `ways` are the names to choose from, one or (`several`) any; `result`: the remark is what a machine would give.
    """
    plain = {"type": "default", "components": [_remark(key, result=result)]}
    drawing: dict[str, Any] = json.loads(own) if own else plain
    components = [*drawing["components"], _question(ways, several=several)] if ways else drawing["components"]
    drawing |= {"id": key, "schemaVersion": SCHEMA_VERSION, "components": components}
    return json.dumps(drawing, ensure_ascii=False)


def _remark(key: str, *, result: bool) -> Mapping[str, Any]:
    """Return the remark's field; each task has its own place in the case's data, or one would show another's."""
    label, place = ("Resultado", "resultados") if result else ("Observação", "observacoes")
    return {
        "id": "Rascunho_registro", "type": "textarea", "key": f"{place}.{re.sub(_NOT_A_NAME, '_', key)}",
        "label": label, "validate": {"maxLength": _TEXT_LIMIT},
    }  # fmt: skip


def _question(ways: Sequence[str], *, several: bool) -> Mapping[str, Any]:
    return {
        "id": "Rascunho_caminho",
        "type": "checklist" if several else "radio",
        "key": FIELD,
        "label": "Por quais caminhos segue?" if several else "Por qual caminho segue?",
        "values": [{"label": way, "value": way} for way in ways],
        "validate": {"required": True},
    }
