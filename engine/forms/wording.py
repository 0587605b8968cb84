"""The words of a form: templates with `{{expression}}` and the little markdown of text components, as plain structure.

It never makes HTML and never reads a value as markdown: structure is fixed when the form is read, values come later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.feel import Expression, compile_expression
from engine.forms.components import Block, Span, Text

# Each of these reads a text once: none looks past the next sign that could begin it again.
_HOLE = re.compile(r"\{\{((?:(?!\{\{).)*?)\}\}", re.DOTALL)
_MARK = re.compile("\ue000([0-9]+)\ue001")
_HEADING = re.compile(r"(#{1,6})\s+(.*)$")
_BULLET = re.compile(r"\s{0,3}[-*+]\s+(.*)$")
_NUMBERED = re.compile(r"\s{0,3}[0-9]{1,3}[.)]\s+(.*)$")
_STYLE = re.compile(
    r"\*\*(?P<bold>[^*\n]+)\*\*|__(?P<bold2>[^_\n]+)__|\*(?P<italic>[^*\n]+)\*|(?<!\w)_(?P<italic2>[^_\n]+)_(?!\w)"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<href>[^()\s]+)\)"
)
_HREF = re.compile(r"(?:https?://|mailto:)[^\s\"'<>\\]+$|/(?![/\\])[^\s\"'<>\\]*$", re.IGNORECASE)


class TemplateRefused(ValueError):
    """A template uses blocks (`{{#if}}`, `{{#loop}}`), which are not part of what we show."""


def read_text(source: str) -> Text:
    """Return the words of a label, description or adornment: `=expression`, or literal text with `{{expression}}`.

    Raises: ExpressionRefused; TemplateRefused for template blocks.
    """
    if source.lstrip().startswith("="):
        return Text((compile_expression(source.lstrip()[1:]),))
    literal, holes = _take_holes(source)
    return _text(literal, holes)


def read_blocks(source: str) -> tuple[Block, ...]:
    """Return the structure of a text component: headings, paragraphs, lists, bold, italic and safe links.

    A text that is one expression (`=...`) is a single paragraph: its value is never read as markdown.
    """
    if source.lstrip().startswith("="):
        return (Block("p", ((Span(read_text(source)),),)),)
    literal, holes = _take_holes(source)
    return tuple(_blocks(literal.splitlines(), holes))


def _take_holes(source: str) -> tuple[str, list[Expression]]:
    holes: list[Expression] = []

    def take(match: re.Match[str]) -> str:
        inside = match.group(1).strip()
        if inside.startswith(("#", "/")):
            raise TemplateRefused(inside)
        holes.append(compile_expression(inside.removeprefix("=")))
        return f"\ue000{len(holes) - 1}\ue001"

    return _HOLE.sub(take, source.replace("\ue000", "").replace("\ue001", "")), holes


def _text(literal: str, holes: list[Expression]) -> Text:
    pieces = _MARK.split(literal)
    parts = [holes[int(piece)] if index % 2 else piece for index, piece in enumerate(pieces)]
    return Text(tuple(part for part in parts if part != ""))


def _blocks(lines: list[str], holes: list[Expression]) -> Iterator[Block]:
    kind, gathered = "", list[str]()
    for line in [*lines, ""]:
        now, words = _kind_of(line)
        if gathered and (now != kind or now.startswith("h")):
            yield _block(kind, gathered, holes)
            gathered = []
        kind = now
        if now:
            gathered.append(words)


def _kind_of(line: str) -> tuple[str, str]:
    if not line.strip():
        return "", ""
    if heading := _HEADING.match(line):
        return f"h{len(heading.group(1))}", heading.group(2).rstrip().rstrip("#").rstrip()
    if bullet := _BULLET.match(line):
        return "ul", bullet.group(1)
    if numbered := _NUMBERED.match(line):
        return "ol", numbered.group(1)
    return "p", line.strip()


def _block(kind: str, gathered: list[str], holes: list[Expression]) -> Block:
    lines = [" ".join(gathered)] if kind == "p" else gathered
    return Block(kind, tuple(tuple(_spans(line, holes)) for line in lines))


def _spans(line: str, holes: list[Expression]) -> Iterator[Span]:
    end = 0
    for match in _STYLE.finditer(line):
        if match.start() > end:
            yield Span(_text(line[end : match.start()], holes))
        yield _styled(match, holes)
        end = match.end()
    if end < len(line):
        yield Span(_text(line[end:], holes))


def _styled(match: re.Match[str], holes: list[Expression]) -> Span:
    bold = match["bold"] or match["bold2"]
    italic = match["italic"] or match["italic2"]
    if bold or italic:
        return Span(_text(bold or italic, holes), bold=bool(bold), italic=bool(italic))
    href = match["href"]
    if _HREF.match(href) and not _MARK.search(href):
        return Span(_text(match["label"], holes), href=href)
    return Span(_text(match.group(0), holes))
