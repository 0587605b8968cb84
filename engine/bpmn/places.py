"""Places and words of a diagram: rectangles, points and names read from hostile XML into plain, bounded values.

Must never let through a number that is not finite or a name that steers the text around it.
"""

from __future__ import annotations

import math
import textwrap
import unicodedata
from dataclasses import dataclass

from lxml import etree

from engine.bpmn.source import B

FARTHEST = 50_000.0  # pixels; a shape beyond would shrink all others to dots
MAX_NAME = 200
LETTER = 5.9  # mean width in pixels of a letter at the size that labels are set in
Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle in the pixels of the diagram, y downwards."""

    x: float
    y: float
    w: float
    h: float

    @property
    def cx(self) -> float:
        return short(self.x + self.w / 2)

    @property
    def cy(self) -> float:
        return short(self.y + self.h / 2)

    def holds(self, x: float, y: float) -> bool:
        return self.x <= x <= self.x + self.w and self.y <= y <= self.y + self.h


def bend(before: Point, corner: Point, after: Point) -> str:
    start, end = _towards(corner, before), _towards(corner, after)
    return f"L{start[0]:g} {start[1]:g}Q{corner[0]:g} {corner[1]:g} {end[0]:g} {end[1]:g}"


def _towards(corner: Point, other: Point, radius: float = 6) -> Point:
    away = math.hypot(other[0] - corner[0], other[1] - corner[1])
    share = min(radius / away, 0.5) if away else 0
    return short(corner[0] + (other[0] - corner[0]) * share), short(corner[1] + (other[1] - corner[1]) * share)


def read_box(bounds: etree._Element | None) -> Box | None:
    """Return the rectangle, or None when a side is missing, is no number, has no extent or lies too far away."""
    if bounds is None:
        return None
    x, y, w, h = (_number(bounds.get(side)) for side in ("x", "y", "width", "height"))
    if x is None or y is None or not w or not h or w < 0 or h < 0:
        return None
    return Box(x=x, y=y, w=w, h=h)


def read_point(waypoint: etree._Element) -> Point | None:
    x, y = _number(waypoint.get("x")), _number(waypoint.get("y"))
    return None if x is None or y is None else (x, y)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return short(value) if abs(value) <= FARTHEST else None  # NaN compares false and goes out here too


def short(value: float) -> float:
    """Round to a tenth of a pixel, whole where it is whole: a page carries hundreds of these."""
    tenth = round(value, 1)
    return int(tenth) if tenth == int(tenth) else tenth


def wrap(name: str, width: float, rows: int) -> tuple[str, ...]:
    lines = textwrap.wrap(name, max(int(width / LETTER), 4), max_lines=rows, placeholder="…")
    return tuple(lines)


def name_of(node: etree._Element) -> str:
    """Return the name in one line without the characters that steer text (direction marks, controls)."""
    text = node.findtext(B + "text") if tag_of(node) == "textAnnotation" else node.get("name")
    clean = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text or "")
    return " ".join("".join(c for c in clean if unicodedata.category(c) != "Cf").split())[:MAX_NAME]


def tag_of(node: etree._Element) -> str:
    """Return the BPMN name of an element, empty for those of other namespaces."""
    return node.tag.removeprefix(B) if isinstance(node.tag, str) and node.tag.startswith(B) else ""
