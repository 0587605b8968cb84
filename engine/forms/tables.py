"""Tables and document lists of a form as rows of text. Values only: no markup, no links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.forms.components import Static
from engine.forms.manner import Manner
from engine.forms.scalars import scalar_text

_ROW_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def table_of(component: Static, found: object, manner: Manner) -> Table | None:
    """Return a table's or document preview's rows; None when there is nothing to list."""
    given = [row for row in found[:_ROW_LIMIT] if isinstance(row, Mapping)] if isinstance(found, list) else []
    if component.kind == "documentPreview":
        names = [row.get("name") or row.get("fileName") for row in given]
        return Table((), tuple((scalar_text(name),) for name in names if name))
    if component.kind != "table":
        return None
    keys = [str(column.value) for column in component.columns]
    rows = tuple(tuple(manner.said(row.get(key)) for key in keys) for row in given)
    return Table(tuple(column.label for column in component.columns), rows)
