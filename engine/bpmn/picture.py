"""A diagram as shapes and lines with their places, ready to be painted.

Must never run anything, ask a database, or trust a number or a name: what cannot be placed is listed, not guessed.
Source: BPMN 2.0.2, chapter 12 (notation and diagrams).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from lxml import etree

from engine.bpmn.places import LETTER, Box, Point, bend, name_of, read_box, read_point, short, tag_of, wrap
from engine.bpmn.source import B, parse
from engine.bpmn.symbols import EVENTS, GATEWAYS, TASKS, event_icon, kind_of, marks_of

DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DD = "{http://www.omg.org/spec/DD/20100524/DI}"

LINE = 13.2
ICON_FOOT = 32.0  # a first line above it would run into the type icon of the task
MARGIN = 8.0

EDGES = {
    "sequenceFlow": "flow",
    "messageFlow": "message",
    "association": "association",
    "dataInputAssociation": "data",
    "dataOutputAssociation": "data",
}
WITHIN = frozenset({"pool", "lane", "sub", "group", "note"})  # their names are written inside them
STEPS = frozenset({"task", "sub", "event", "gateway"})
# from the back to the front
PAINTED = (
    "pool",
    "lane",
    "group",
    "sub",
    "data",
    "store",
    "note",
    "gateway",
    "task",
    "event",
)  # from the back to the front


@dataclass(frozen=True, kw_only=True)
class Shape(Box):
    """Something with a place. `kind`: task, sub, event, gateway, pool, lane, data, store, note or group.

    `icon` is the type of a task or gateway or what an event waits for or throws (None: plain); `place` is start,
    middle, boundary or end for events. `lines` are the name, wrapped; `label` is the middle of
    the first line's baseline.
    """

    id: str
    kind: str
    name: str
    lines: tuple[str, ...]
    label: Point
    icon: str | None = None
    place: str | None = None
    interrupting: bool = True
    throwing: bool = False
    upright: bool = False
    double: bool = False
    marks: tuple[str, ...] = ()
    lane: str = ""

    @property
    def is_step(self) -> bool:
        return self.kind in STEPS


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A line between shapes. `kind`: flow, message, association or data; the two claims mark its tail."""

    id: str
    kind: str
    points: tuple[Point, ...]
    name: str
    lines: tuple[str, ...]
    label: Point
    is_default: bool = False
    is_conditional: bool = False

    @property
    def path(self) -> str:
        """The line as the `d` of an SVG path, corners rounded."""
        first, last = self.points[0], self.points[-1]
        corners = zip(self.points, self.points[1:], self.points[2:], strict=False)
        bends = "".join(bend(before, corner, after) for before, corner, after in corners)
        return f"M{first[0]:g} {first[1]:g}{bends}L{last[0]:g} {last[1]:g}"


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A whole drawing, shapes from the back to the front. `undrawn` holds (id, name) of the steps without a place."""

    shapes: tuple[Shape, ...]
    edges: tuple[Edge, ...]
    bounds: Box
    undrawn: tuple[tuple[str, str], ...]

    @property
    def nodes(self) -> tuple[Shape, ...]:
        """The steps in reading order: from left to right, then from the top."""
        return tuple(sorted((s for s in self.shapes if s.is_step), key=lambda s: (s.x, s.y)))


Thing = TypeVar("Thing", Shape, Edge)


def draw(xml: bytes) -> Picture:
    """Return the first diagram of a BPMN document as a Picture; one without any place gives empty bounds.

    Raises: DiagramRefused when the document is not harmless BPMN (see `engine.bpmn.source.parse`).
    """
    root = parse(xml)
    elements = {node.get("id"): node for node in root.iter() if isinstance(node.tag, str) and node.get("id")}
    plane = root.find(f"{DI}BPMNDiagram/{DI}BPMNPlane")
    placed = list(plane) if plane is not None else []
    shapes = _in_lanes(_once(_shapes((n for n in placed if n.tag == f"{DI}BPMNShape"), elements)))
    edges = tuple(_once(_edges((n for n in placed if n.tag == f"{DI}BPMNEdge"), elements)))
    drawn = {shape.id for shape in shapes}
    steps = (node for node in elements.values() if kind_of(node) in STEPS)
    undrawn = tuple((node.get("id"), name_of(node)) for node in steps if node.get("id") not in drawn)
    return Picture(shapes=shapes, edges=edges, bounds=_bounds(shapes, edges), undrawn=undrawn)


def _shapes(places: Iterable[etree._Element], elements: dict[str, etree._Element]) -> Iterator[Shape]:
    for place in places:
        node, box = _target(place, elements), read_box(place.find(f"{DC}Bounds"))
        kind = kind_of(node) if node is not None else None
        if node is None or box is None or kind is None:
            continue
        upright = place.get("isHorizontal") == "false"
        lines, label = _caption(node, kind, box, place, upright=upright)
        plain = Shape(
            x=box.x,
            y=box.y,
            w=box.w,
            h=box.h,
            id=node.get("id"),
            kind=kind,
            name=name_of(node),
            lines=lines,
            label=label,
            upright=upright,
        )
        yield _detailed(plain, node, is_expanded=place.get("isExpanded") != "false")


def _detailed(shape: Shape, node: etree._Element, *, is_expanded: bool) -> Shape:
    tag = tag_of(node)
    if shape.kind == "event":
        return replace(
            shape,
            icon=event_icon(node),
            place=EVENTS[tag],
            interrupting="false" not in (node.get("cancelActivity"), node.get("isInterrupting")),
            throwing=tag in ("endEvent", "intermediateThrowEvent"),
        )
    if shape.kind == "sub":
        marks = marks_of(node) if is_expanded else (*marks_of(node), "collapsed")
        is_event_scope = node.get("triggeredByEvent") == "true"
        return replace(shape, marks=marks, interrupting=not is_event_scope, double=tag == "transaction")
    if shape.kind == "task":
        return replace(shape, icon=TASKS[tag], marks=marks_of(node))
    return replace(shape, icon=GATEWAYS.get(tag))


def _caption(
    node: etree._Element, kind: str, box: Box, place: etree._Element, *, upright: bool
) -> tuple[tuple[str, ...], Point]:
    """Wrap the name to the room it has, and say where its first line stands."""
    name = name_of(node)
    if kind == "task" or (kind == "sub" and place.get("isExpanded") == "false"):
        lines = wrap(name, box.w - 8, rows=max(1, int((box.h - 18) / LINE)))
        first = box.cy + 4 - (len(lines) - 1) * LINE / 2
        return lines, (box.cx, short(max(first, min(box.y + ICON_FOOT, box.y + box.h - len(lines) * LINE))))
    if kind in WITHIN:
        return _caption_within(name, kind, box, upright=upright)
    written = read_box(place.find(f"{DI}BPMNLabel/{DC}Bounds"))
    if written is None:
        return wrap(name, 96, rows=4), (box.cx, short(box.y + box.h + 14))
    return wrap(name, max(written.w, 84), rows=5), (written.cx, short(written.y + 11))


def _caption_within(name: str, kind: str, box: Box, *, upright: bool) -> tuple[tuple[str, ...], Point]:
    if kind == "note":
        return wrap(name, box.w - 8, rows=max(1, int(box.h / LINE))), (short(box.x + 6), short(box.y + 15))
    if kind in ("sub", "group"):
        return wrap(name, box.w - 20, rows=1), (box.cx, short(box.y + 18))
    if upright:
        return wrap(name, box.w, rows=1), (box.cx, short(box.y + 19))
    return wrap(name, box.h, rows=1), (short(box.x + 19), box.cy)


def _edges(places: Iterable[etree._Element], elements: dict[str, etree._Element]) -> Iterator[Edge]:
    defaults = {node.get("default") for node in elements.values()} - {None}
    for place in places:
        node = _target(place, elements)
        points = [read_point(waypoint) for waypoint in place.iterfind(f"{DD}waypoint")]
        sound = tuple(point for point in points if point is not None)
        if node is None or len(sound) < 2 or len(sound) != len(points) or tag_of(node) not in EDGES:
            continue
        written = read_box(place.find(f"{DI}BPMNLabel/{DC}Bounds"))
        middle = sound[(len(sound) - 1) // 2], sound[(len(sound) - 1) // 2 + 1]
        beside = short((middle[0][0] + middle[1][0]) / 2), short((middle[0][1] + middle[1][1]) / 2 - 6)
        yield Edge(
            id=node.get("id"),
            kind=EDGES[tag_of(node)],
            points=sound,
            name=name_of(node),
            lines=wrap(name_of(node), max(written.w if written else 0, 84), rows=4),
            label=(written.cx, short(written.y + 11)) if written else beside,
            is_default=node.get("id") in defaults,
            is_conditional=node.find(B + "conditionExpression") is not None and _leaves_work(node, elements),
        )


def _leaves_work(flow: etree._Element, elements: dict[str, etree._Element]) -> bool:
    """A condition is marked only where a task decides it by itself; at a gateway the gateway says so."""
    source = elements.get(flow.get("sourceRef") or "")
    return source is not None and kind_of(source) in ("task", "sub")


def _target(place: etree._Element, elements: dict[str, etree._Element]) -> etree._Element | None:
    """Return what a shape or line stands for; the reference is a qualified name, whose prefix some tools write."""
    name = place.get("bpmnElement") or ""
    return elements.get(name, elements.get(name.rpartition(":")[2]))


def _in_lanes(shapes: Iterable[Shape]) -> tuple[Shape, ...]:
    """Order the shapes from the back to the front and write into each step the smallest lane around it."""
    found = sorted(shapes, key=lambda s: (PAINTED.index(s.kind), -s.w * s.h))
    lanes = [shape for shape in reversed(found) if shape.kind == "lane"]
    return tuple(
        replace(s, lane=next((lane.name for lane in lanes if lane.holds(s.cx, s.cy)), "")) if s.is_step else s
        for s in found
    )


def _once(things: Iterable[Thing]) -> Iterable[Thing]:
    """Keep the first of those that share an id: a page may hold it once."""
    return {thing.id: thing for thing in reversed(list(things))}.values()


def _bounds(shapes: Iterable[Shape], edges: Iterable[Edge]) -> Box:
    points = [point for edge in edges for point in edge.points]
    for s in shapes:
        half = max((len(line) for line in s.lines), default=0) * LETTER / 2 if s.kind in ("event", "gateway") else 0
        foot = s.label[1] + len(s.lines) * LINE if half else s.y
        points += [(s.x, s.y), (s.x + s.w, s.y + s.h), (s.label[0] - half, s.y), (s.label[0] + half, foot)]
    if not points:
        return Box(x=0, y=0, w=0, h=0)
    left, top = min(x for x, _ in points) - MARGIN, min(y for _, y in points) - MARGIN
    right, foot = max(x for x, _ in points) + MARGIN, max(y for _, y in points) + MARGIN
    return Box(x=short(left), y=short(top), w=short(right - left), h=short(foot - top))
