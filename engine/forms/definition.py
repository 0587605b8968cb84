"""Read a form-js drawing (schema up to version 19) into a `Form`, or say everything that is wrong with it.

What any form-js editor draws is the source; our own additions live in `properties` only. It never validates an answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import cast

import msgspec

from engine.errors import DiagramRefused
from engine.forms import parts
from engine.forms.components import Component, Computed, Form, Group, Level, Rows, Static
from engine.forms.parts import Findings, Json

__all__ = ["Form", "read_form"]

SIZE_LIMIT = 256 * 1024  # bytes of JSON
SCHEMA_VERSION = 19
_COMPONENT_LIMIT = 500
_DEPTH_LIMIT = 6
_ID_LIMIT = 200
_FORBIDDEN = frozenset({"html", "iframe"})  # would let a drawing bring its own markup or another site into the page
_STATIC = frozenset({"image", "button", "spacer", "separator", "table", "documentPreview"})


def read_form(schema: Mapping[str, object] | str | bytes) -> Form:
    """Return the form that a form-js JSON document (or the same already parsed) draws.

    Raises: DiagramRefused with every finding, each {element, code, ...facts}; `element` is the component's id, or its
    key when it has none, or "form".
    """
    findings = Findings()
    drawing = _parse(schema, findings)
    if drawing is not None:
        form = _form(drawing, findings)
        if not findings.found:
            return form
    raise DiagramRefused(findings=findings.found)


def _parse(schema: Mapping[str, object] | str | bytes, findings: Findings) -> Json | None:
    try:
        size = len(schema) if isinstance(schema, str | bytes) else len(msgspec.json.encode(schema))
        if size > SIZE_LIMIT:
            findings.add("form", "form-too-large", limit=SIZE_LIMIT)
            return None
        parsed = msgspec.json.decode(schema) if isinstance(schema, str | bytes) else schema
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError) as error:
        findings.add("form", "form-not-json", detail=str(error)[:_ID_LIMIT])
        return None
    if not isinstance(parsed, Mapping):
        findings.add("form", "form-not-json", detail="object")
        return None
    return cast("Json", parsed)


def _form(drawing: Json, findings: Findings) -> Form:
    key = drawing.get("id")
    if not isinstance(key, str) or not re.fullmatch(r"[A-Za-z_][\w.-]*", key, re.ASCII) or len(key) > _ID_LIMIT:
        findings.add("form", "form-without-id")
        key = "form"
    if drawing.get("type", "default") != "default":
        findings.add("form", "form-type-unknown", type=str(drawing.get("type"))[:_ID_LIMIT])
    version = drawing.get("schemaVersion", 1)
    if not isinstance(version, int) or not 1 <= version <= SCHEMA_VERSION:
        findings.add("form", "form-version-unknown", version=str(version)[:_ID_LIMIT], newest=SCHEMA_VERSION)
    return Form(key, _Reader(findings).level("form", drawing.get("components"), 0), parts.properties(drawing))


class _Reader:
    """Walks the drawing. It keeps only what has been found wrong and how many components were seen."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.seen = 0

    def level(self, owner: str, drawn: object, depth: int) -> Level:
        """Return the components of one scope (or group); wrong ones are left out after being reported."""
        if not isinstance(drawn, list):
            self.findings.add(owner, "components-missing")
            return Level(())
        if depth > _DEPTH_LIMIT:
            self.findings.add(owner, "form-too-deep", limit=_DEPTH_LIMIT)
            return Level(())
        level = Level(tuple(self._components(drawn, depth)))
        _check_names(level, self.findings)
        return level

    def _components(self, drawn: list[object], depth: int) -> Iterator[Component]:
        for raw in drawn:
            self.seen += 1
            if self.seen == _COMPONENT_LIMIT + 1:
                self.findings.add("form", "form-too-many-components", limit=_COMPONENT_LIMIT)
            if self.seen > _COMPONENT_LIMIT:
                return
            if not isinstance(raw, Mapping):
                self.findings.add("form", "component-unknown", type=type(raw).__name__)
                continue
            component = self._component(cast("Json", raw), depth)
            if component is not None:
                yield component

    def _component(self, raw: Json, depth: int) -> Component | None:
        kind, element = raw.get("type"), parts.element(raw)
        if not isinstance(kind, str):
            self.findings.add(element, "component-unknown", type="")
        elif kind in _FORBIDDEN:
            self.findings.add(element, "component-forbidden", type=kind)
        elif kind == "group":
            return self._group(raw, element, depth)
        elif kind == "dynamiclist":
            return self._rows(raw, element, depth)
        elif builder := _BUILDERS.get(kind):
            return builder(raw, self.findings)
        else:
            self.findings.add(element, "component-unknown", type=kind[:_ID_LIMIT])
        return None

    def _group(self, raw: Json, element: str, depth: int) -> Group:
        path = parts.path(raw, "path", self.findings) if raw.get("path") else ()
        level = self.level(element, raw.get("components"), depth + 1)
        outlined = raw.get("showOutline") is True
        return Group(**parts.common(raw, self.findings), path=path, outlined=outlined, level=level)

    def _rows(self, raw: Json, element: str, depth: int) -> Rows:
        common = parts.common(raw, self.findings)
        if not common["label"]:
            self.findings.add(element, "label-missing")
        first = raw.get("defaultRepetitions", 1)
        fewest = parts.properties(raw).get("minimo", "0")
        if not re.fullmatch("[0-9]{1,2}", fewest):
            self.findings.add(element, "property-unknown", property="minimo", value=fewest[:_ID_LIMIT])
            fewest = "0"
        rows = Rows(
            **common,
            path=parts.path(raw, "path", self.findings),
            open=raw.get("allowAddRemove", True) is not False,
            first_rows=first if isinstance(first, int) and 0 <= first <= parts.ROW_LIMIT else 1,
            fewest=int(fewest),
            level=self.level(element, raw.get("components"), depth + 1),
        )
        for slot in rows.level.slots if rows.open else ():
            if getattr(slot.component, "readonly", False) is True:
                # A row has no identity once rows come and go: there is nothing to compare a fixed value with.
                self.findings.add(slot.component.id, "readonly-in-open-list", list=element)
        return rows


def _check_names(level: Level, findings: Findings) -> None:
    names: dict[tuple[str, ...], str] = {}
    for slot in level.slots:
        if slot.path and slot.path in names:
            findings.add(slot.component.id, "key-duplicated", key=slot.name, other=names[slot.path])
        names.setdefault(slot.path, slot.component.id)
    for slot in level.slots:
        if any(slot.path[:length] in names for length in range(1, len(slot.path))):
            findings.add(slot.component.id, "key-inside-another", key=slot.name)


def _static(raw: Json, findings: Findings) -> Static:
    source = parts.source(raw, findings)
    return Static(**parts.common(raw, findings), source=source, columns=parts.columns(raw))


def _words(raw: Json, findings: Findings) -> Static:
    return Static(**parts.common(raw, findings), blocks=parts.blocks(raw, findings))


def _computed(raw: Json, findings: Findings) -> Computed | None:
    expression = parts.expression(raw, "expression", findings)
    if expression is None:
        findings.add(parts.element(raw), "expression-missing")
        return None
    return Computed(**parts.common(raw, findings), key=parts.path(raw, "key", findings), expression=expression)


_BUILDERS: Mapping[str, Callable[[Json, Findings], Component | None]] = {
    **dict.fromkeys(_STATIC, _static),
    **parts.INPUTS,
    "text": _words,
    "expression": _computed,
}
