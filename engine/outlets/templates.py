"""Document templates: a small markdown with fields to fill. Text and values in, blocks of plain runs out.

It must never run anything: a template has names, not expressions, and a value is text, never markup.

    # Título, ## Seção          **negrito**          - item          | coluna | coluna |  (the first row is the heading)
    {requerente.nome}           what the case holds there; — when it holds nothing
    {#exigencias}               alone on its line: the lines up to {/exigencias} once for each value of the list,
    - {texto} ({prazo})         its own fields first, then those of the case; {.} is the value itself
    {/exigencias}
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from engine.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTHING = "—"
LONGEST_TEMPLATE = 100_000
MOST_LINES = 5_000
FIELD = re.compile(r"\{(\.|[^\W\d]\w*(?:\.\w+)*)\}")
SECTION = re.compile(r"\s*\{([#/])([^\W\d]\w*(?:\.\w+)*)\}\s*")
BOLD = re.compile(r"\*\*(.+?)\*\*")
RULE = re.compile(r"\|?[\s:|-]*-[\s:|-]*\|?")
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Kind = Literal["title", "heading", "text", "item", "row"]
MARKS: Mapping[str, Kind] = {"## ": "heading", "# ": "title", "- ": "item"}


@dataclass(frozen=True)
class Words:
    """A run of text in one weight."""

    text: str
    bold: bool = False


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, item or row of a table; `cells` holds one list of runs, in a row one for each column."""

    kind: Kind
    cells: tuple[tuple[Words, ...], ...]


def fill(template: str, values: Mapping[str, object]) -> list[Block]:
    """Fill a template. Lists of scalars in `{campo}` are joined by commas; Decimals and dates are written as in Brazil.

    Raises: BadInput with errors {"template": [reason]}: too-long, section-open, section-closed, section-nested.
    """
    if len(template) > LONGEST_TEMPLATE:
        raise _unfit("too-long")
    blocks: list[Block] = []
    joins = False
    for line, scope in _lines(template, values):
        stripped = line.strip()
        if not stripped:
            joins = False
            continue
        if stripped.startswith("|") and RULE.fullmatch(stripped):
            continue
        block = _block(stripped, scope)
        if joins and block.kind == "text":
            blocks[-1] = Block("text", ((*blocks[-1].cells[0], Words(" "), *block.cells[0]),))
        else:
            blocks.append(block)
        joins = block.kind == "text"
    return blocks


def put_in(text: str, values: Mapping[str, object]) -> str:
    """Return a text with each `{campo}` replaced by what the case holds there, as a paper writes it; nothing else."""
    return FIELD.sub(lambda field: _value(field[1], (values,)), text)


def written(value: object) -> str:
    """Write a value of the case as a paper shows it. A fraction has two decimals at least; money comes as text."""
    if isinstance(value, bool):
        return "sim" if value else "não"
    if isinstance(value, int | Decimal):
        return _number(Decimal(value))
    if isinstance(value, date):
        return _day(value)
    if isinstance(value, list | tuple):
        return ", ".join(written(one) for one in value) or NOTHING
    return NOTHING if value is None or value == "" or isinstance(value, Mapping) else _text(str(value))


def _number(value: Decimal) -> str:
    if not value.is_finite():
        return NOTHING
    whole, _, fraction = f"{value:,f}".partition(".")
    return whole.replace(",", ".") + ("," + fraction.ljust(2, "0") if fraction else "")


def _text(text: str) -> str:
    if not ISO_DAY.fullmatch(text):
        return text
    try:
        return _day(date.fromisoformat(text))
    except ValueError:  # 2026-02-30 is not a day, but may be somebody's number
        return text


def _day(value: date) -> str:
    return value.strftime("%d/%m/%Y %H:%M" if isinstance(value, datetime) else "%d/%m/%Y")


def _lines(template: str, values: Mapping[str, object]) -> Iterator[tuple[str, Sequence[object]]]:
    """Each line with the scopes that its fields are looked up in, sections repeated."""
    opened: str | None = None
    inside: list[str] = []
    count = 0
    for line in template.splitlines():
        tag = SECTION.fullmatch(line)
        if tag is None and opened is not None:
            inside.append(line)
            continue
        repeated: list[tuple[str, Sequence[object]]] = [(line, (values,))] if tag is None else []
        if tag is not None:
            opened = _turn(tag, opened)
            if opened is None:
                repeated = [(one, (item, values)) for item in _items(values, tag[2]) for one in inside]
                inside = []
        count += len(repeated)
        if count > MOST_LINES:
            raise _unfit("too-long")
        yield from repeated
    if opened is not None:
        raise _unfit("section-open")


def _turn(tag: re.Match[str], opened: str | None) -> str | None:
    if tag[1] == "#":
        if opened is not None:
            raise _unfit("section-nested")
        return tag[2]
    if opened != tag[2]:
        raise _unfit("section-closed")
    return None


def _items(values: Mapping[str, object], name: str) -> Sequence[object]:
    found = _look_up(values, name)
    return found if isinstance(found, list | tuple) else []


def _look_up(scope: object, name: str) -> object:
    if name == ".":
        return None if isinstance(scope, Mapping) else scope
    for part in name.split("."):
        scope = scope.get(part) if isinstance(scope, Mapping) else None
    return scope


def _block(line: str, scopes: Sequence[object]) -> Block:
    for mark, kind in MARKS.items():
        if line.startswith(mark):
            return Block(kind, (_runs(line.removeprefix(mark), scopes),))
    if line.startswith("|"):
        return Block("row", tuple(_runs(cell.strip(), scopes) for cell in line.strip("|").split("|")))
    return Block("text", (_runs(line, scopes),))


def _runs(text: str, scopes: Sequence[object]) -> tuple[Words, ...]:
    """Split at the template's own marks first, and only then put the values in: a value cannot bring marks."""
    runs = []
    for place, part in enumerate(BOLD.split(text)):
        if part:
            runs.append(Words(FIELD.sub(lambda field: _value(field[1], scopes), part), bool(place % 2)))
    return tuple(runs)


def _value(name: str, scopes: Sequence[object]) -> str:
    for scope in scopes:
        found = _look_up(scope, name)
        if found is not None:
            return written(found)
    return NOTHING


def _unfit(reason: str) -> BadInput:
    return BadInput(errors={"template": [reason]})
