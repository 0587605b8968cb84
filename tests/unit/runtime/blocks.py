"""Processes made of blocks, as Hypothesis draws them: each block has one way in and one way out. `draw` gives the BPMN.

What a block means stands in `reference.py`; here is only how it looks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from tests.sketches import (
    Node,
    after,
    boundary,
    boundary_error,
    end,
    escalate,
    escalation,
    event_based,
    exclusive,
    inclusive,
    message,
    on,
    parallel,
    script,
    sketch,
    sub,
    task,
    timer,
    told,
)

KEY = '"chave"'
HIGH, LOW = 6, 3  # `sorte`, 0 to 9, decides: above the first one way, above the second another, else the default
MOST_TURNS = 3


@dataclass(eq=False)
class Block:
    """One block. `name` is unique in its process once it was numbered."""

    parts: Sequence[Block] = ()
    name: str = field(default="", init=False)


class Work(Block):
    """A task of people."""


class Count(Block):
    """A script that counts how often it ran."""


class Row(Block):
    """Parts one after the other."""


class Choice(Block):
    """An exclusive gateway, its parts, and one that meets them."""


class Fork(Block):
    """A parallel gateway, its parts, and one that joins them."""


class Some(Block):
    """An inclusive gateway, its parts, and one that joins them. The first part is the default."""


class Again(Block):
    """A part and a task, once more while `sorte` is high."""


class Race(Block):
    """An event-based gateway: a message and the first part, or a timer and the second."""


@dataclass(eq=False)
class Turned(Block):
    """A task with a standard loop."""

    before: bool = False


@dataclass(eq=False)
class Many(Block):
    """A task with several instances."""

    count: int = 1
    sequential: bool = False


@dataclass(eq=False)
class Scope(Block):
    """A sub-process, always inside a `Hosted`. `kind`: what else is in it.

    plain; error: it ends in an error when `sorte` is high; terminate: a second part ends it whole; hears: an event
    sub-process that interrupts; overhears: one that does not; escalates: its part is followed by an escalation.
    """

    kind: str = "plain"


@dataclass(eq=False)
class Hosted(Block):
    """An activity (a `Work` or a `Scope`) with events on its boundary: (timer or message, interrupting), in order."""

    events: Sequence[tuple[str, bool]] = ()

    @property
    def activity(self) -> Block:
        return self.parts[0]


def numbered(block: Block) -> Block:
    """Give every block its name, in document order, and return the block."""
    count, ahead = 0, [block]
    while ahead:
        one = ahead.pop()
        count += 1
        one.name = f"{type(one).__name__.lower()}_{count}"
        ahead.extend(reversed(one.parts))
    return block


# -- drawing by chance ------------------------------------------------------------------------------------------------

_EVENT = st.tuples(st.sampled_from(["timer", "message"]), st.booleans())
_LEAF = st.one_of(
    st.builds(Work),
    st.builds(Work),
    st.builds(Count),
    st.builds(Turned, before=st.booleans()),
    st.builds(Many, count=st.integers(0, 3), sequential=st.booleans()),
)


def _larger(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    one = st.lists(inner, min_size=1, max_size=1)
    two = st.lists(inner, min_size=2, max_size=2)
    more = st.lists(inner, min_size=2, max_size=3)
    kinds = st.sampled_from(["plain", "error", "hears", "overhears", "escalates"])
    scopes = st.one_of(
        st.builds(Scope, parts=one, kind=kinds),
        st.builds(lambda parts: Scope([parts[0], Row([Work(), parts[1]])], kind="terminate"), two),
    )
    return st.one_of(
        st.builds(Row, parts=more),
        st.builds(Choice, parts=more),
        st.builds(Fork, parts=more),
        st.builds(Some, parts=more),
        st.builds(lambda parts: Again([parts[0], Work()]), one),
        st.builds(Race, parts=two),
        *[st.builds(lambda scope, events: Hosted([scope], events), scopes, st.lists(_EVENT, max_size=2))] * 3,
        st.builds(lambda events: Hosted([Work()], events), st.lists(_EVENT, min_size=1, max_size=2)),
    )


PROCESSES = _larger(st.recursive(_LEAF, _larger, max_leaves=7)).map(numbered)


# -- BPMN -------------------------------------------------------------------------------------------------------------


@dataclass
class _Sheet:
    """The nodes and flows of one scope."""

    nodes: list[Node] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)

    def gateway(self, node: Node) -> str:
        self.nodes.append(node)
        return node.id


def draw(block: Block) -> bytes:
    """Return the BPMN of a numbered block: a request, the block, an end."""
    sheet = _Sheet()
    into, out = _drawn(block, sheet)
    sheet.flows += [f"inicio > pedir > {into}", f"{out} > fim"]
    return sketch([task("pedir", "requerente"), *sheet.nodes, end("fim", "emitido")], "\n".join(sheet.flows))


def _drawn(block: Block, sheet: _Sheet) -> tuple[str, str]:
    """Draw a block; return its way in and its way out."""
    draws = _DRAWN.get(type(block))
    if draws is not None:
        return draws(block, sheet)
    sheet.nodes.append(_node(block))
    return block.name, block.name


def _row(block: Block, sheet: _Sheet) -> tuple[str, str]:
    ways = [_drawn(part, sheet) for part in block.parts]
    sheet.flows += [f"{before[1]} > {behind[0]}" for before, behind in pairwise(ways)]
    return ways[0][0], ways[-1][1]


def _node(block: Block) -> Node:
    name = block.name
    match block:
        case Count():
            return script(name, f"{name} = (if {name} = null then 0 else {name}) + 1")
        case Turned():
            words = f'testBefore="{str(block.before).lower()}" loopMaximum="{MOST_TURNS}"'
            condition = f"<bpmn:loopCondition>sorte &gt; {LOW}</bpmn:loopCondition>"
            loop = f"<bpmn:standardLoopCharacteristics {words}>{condition}</bpmn:standardLoopCharacteristics>"
            return Node("userTask", name, {"camunda:candidateGroups": "obras"}, loop)
        case Many():
            words = f'isSequential="{str(block.sequential).lower()}"'
            count = f"<bpmn:loopCardinality>{block.count}</bpmn:loopCardinality>"
            several = f"<bpmn:multiInstanceLoopCharacteristics {words}>{count}</bpmn:multiInstanceLoopCharacteristics>"
            return Node("userTask", name, {"camunda:candidateGroups": "obras"}, several)
        case Scope():
            return _scope(block)
        case _:
            return task(name)


def _fork(block: Block, sheet: _Sheet) -> tuple[str, str]:
    kind = {Choice: exclusive, Fork: parallel, Some: inclusive}[type(block)]
    into, out = sheet.gateway(kind(block.name)), sheet.gateway(kind(f"{block.name}_z"))
    conditions = _conditions(block)
    for part, condition in zip(block.parts, conditions, strict=True):
        first, last = _drawn(part, sheet)
        sheet.flows += [f"{into} > {first}{condition}", f"{last} > {out}"]
    return into, out


def _conditions(block: Block) -> list[str]:
    if isinstance(block, Fork):
        return [""] * len(block.parts)
    limits = [LOW, HIGH] if isinstance(block, Some) else [HIGH, LOW]
    return [" : *", *(f" : sorte > {limit}" for limit in limits[: len(block.parts) - 1])]


def _again(block: Block, sheet: _Sheet) -> tuple[str, str]:
    into, asks = sheet.gateway(exclusive(block.name)), sheet.gateway(exclusive(f"{block.name}_z"))
    behind = sheet.gateway(script(f"{block.name}_y", f"{block.name}_y = true"))
    first, last = _drawn(block.parts[0], sheet)
    mark, _ = _drawn(block.parts[1], sheet)
    sheet.flows += [f"{into} > {first}", f"{last} > {mark} > {asks}", f"{asks} > {into} : sorte > {HIGH}"]
    sheet.flows.append(f"{asks} > {behind} : *")
    return into, behind


def _race(block: Block, sheet: _Sheet) -> tuple[str, str]:
    into, out = sheet.gateway(event_based(block.name)), sheet.gateway(exclusive(f"{block.name}_z"))
    heard = sheet.gateway(message(f"{block.name}_m", f"m_{block.name}", KEY))
    late = sheet.gateway(timer(f"{block.name}_t", "P3D"))
    for event, part in zip((heard, late), block.parts, strict=True):
        first, last = _drawn(part, sheet)
        sheet.flows += [f"{into} > {event} > {first}", f"{last} > {out}"]
    return into, out


def _hosted(block: Hosted, sheet: _Sheet) -> tuple[str, str]:
    host = block.activity.name
    sheet.nodes.append(_node(block.activity))
    out = sheet.gateway(exclusive(f"{block.name}_z"))
    sheet.flows.append(f"{host} > {out}")
    for number, (kind, interrupting) in enumerate(block.events):
        event = f"{block.name}_e{number}"
        inner, words = (after("P5D"), {}) if kind == "timer" else (told(f"m_{event}"), {"chave": KEY})
        sheet.nodes += [boundary(event, host, inner, interrupting=interrupting, **words), task(f"{event}_t")]
        sheet.flows.append(f"{event} > {event}_t > " + (out if interrupting else f"{event}_f"))
        if not interrupting:
            sheet.nodes.append(end(f"{event}_f"))
    _catch(block.activity, sheet, out)
    return host, out


def _catch(activity: Block, sheet: _Sheet, out: str) -> None:
    """Draw what catches the error or hears the escalation of a sub-process that throws one."""
    kind, name = getattr(activity, "kind", ""), activity.name
    if kind == "error":
        sheet.nodes += [boundary_error(f"{name}_b", name, name), task(f"{name}_bt")]
        sheet.flows.append(f"{name}_b > {name}_bt > {out}")
    elif kind == "escalates":
        heard = boundary(f"{name}_b", name, escalation(name), interrupting=False)
        sheet.nodes += [heard, task(f"{name}_bt"), end(f"{name}_bf")]
        sheet.flows.append(f"{name}_b > {name}_bt > {name}_bf")


def _scope(block: Scope) -> Node:
    name, inside = block.name, _Sheet()
    first, last = _drawn(block.parts[0], inside)
    start, done = f"inicio_{name}", end(f"{name}_f")
    inside.nodes.append(done)
    if block.kind == "terminate":
        _terminated(block, inside, (first, last))
    elif block.kind == "error":
        asks = inside.gateway(exclusive(f"{name}_a"))
        inside.nodes.append(end(f"{name}_x", error=name))
        inside.flows += [f"{start} > {first}", f"{last} > {asks}", f"{asks} > {name}_x : sorte > {HIGH}"]
        inside.flows.append(f"{asks} > {done.id} : *")
    elif block.kind == "escalates":
        thrown = inside.gateway(escalate(f"{name}_x", name))
        inside.flows.append(f"{start} > {first}\n{last} > {thrown} > {done.id}")
    else:
        inside.flows.append(f"{start} > {first}\n{last} > {done.id}")
        if block.kind != "plain":
            inside.nodes.append(_handler(block))
    return sub(name, inside.nodes, "\n".join(inside.flows))


def _terminated(block: Scope, inside: _Sheet, way: tuple[str, str]) -> None:
    name = block.name
    fork = inside.gateway(parallel(f"{name}_p"))
    inside.nodes.append(Node("endEvent", f"{name}_x", {}, "<bpmn:terminateEventDefinition />"))
    first, last = _drawn(block.parts[1], inside)
    inside.flows += [f"inicio_{name} > {fork} > {way[0]}", f"{way[1]} > {name}_f"]
    inside.flows += [f"{fork} > {first}", f"{last} > {name}_x"]


def _handler(block: Scope) -> Node:
    name = f"{block.name}_h"
    start = on(f"{name}_m", told(f"m_{name}"), interrupting=block.kind == "hears", chave=KEY)
    return sub(name, [start, task(f"{name}_t"), end(f"{name}_f")], f"{name}_m > {name}_t > {name}_f", on_event=True)


_DRAWN: Mapping[type[Block], Callable[[Any, _Sheet], tuple[str, str]]] = {
    Row: _row,
    Choice: _fork,
    Fork: _fork,
    Some: _fork,
    Again: _again,
    Race: _race,
    Hosted: _hosted,
}
