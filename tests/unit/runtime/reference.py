"""What a process of blocks means, told as simply as possible: the model that the engine is compared with.

It knows no tokens, gateways or joins: a block is begun, offers what may be done, is told what was done, and is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.unit.runtime.blocks import (
    HIGH,
    LOW,
    MOST_TURNS,
    Again,
    Block,
    Choice,
    Count,
    Fork,
    Hosted,
    Many,
    Race,
    Row,
    Scope,
    Some,
    Turned,
    Work,
)


@dataclass
class World:
    """What all blocks of a case see and write."""

    luck: int | None = None
    counts: dict[str, int] = field(default_factory=dict)


class Thrown(Exception):
    """An error on its way to the scope that catches it."""


@dataclass(eq=False)
class Offer:
    """Something that may be done now: complete, fire or deliver, and the element that it is done to."""

    kind: str
    element: str


class Going:
    """A block that was begun. `begin` and `take` return whether it is over."""

    def begin(self, world: World) -> bool:
        raise NotImplementedError

    def offers(self) -> list[Offer]:
        return []

    def take(self, offer: Offer, world: World) -> bool:
        raise NotImplementedError


class Level:
    """What runs beside the way through a scope: tasks that an event opened without interrupting anything."""

    def __init__(self) -> None:
        self.beside: list[Going] = []

    def add(self, going: Going, world: World) -> None:
        if not going.begin(world):
            self.beside.append(going)

    def offers(self) -> list[Offer]:
        return [offer for going in self.beside for offer in going.offers()]

    def take(self, offer: Offer, world: World) -> bool:
        """Return whether it was an offer of what runs beside."""
        for going in self.beside:
            if offer in going.offers():
                if going.take(offer, world):
                    self.beside.remove(going)
                return True
        return False


class Case(Going):
    """A whole process, or the inside of a sub-process: its ways, and what runs beside them."""

    def __init__(self, *blocks: Block) -> None:
        self.level = Level()
        self.ways = {number: going(block, self.level) for number, block in enumerate(blocks)}

    def begin(self, world: World) -> bool:
        for number, way in list(self.ways.items()):
            if way.begin(world):
                self._end(number, world)
        return self.over

    @property
    def over(self) -> bool:
        return not self.ways and not self.level.beside

    def offers(self) -> list[Offer]:
        return [*(offer for way in self.ways.values() for offer in way.offers()), *self.level.offers()]

    def take(self, offer: Offer, world: World) -> bool:
        if not self.level.take(offer, world):
            number, way = next((number, way) for number, way in self.ways.items() if offer in way.offers())
            if way.take(offer, world):
                self._end(number, world)
        return self.over

    def _end(self, number: int, world: World) -> None:
        del self.ways[number]
        self.ended(number, world)

    def ended(self, number: int, world: World) -> None:
        """Do what stands at the end of a way."""


class _Work(Going):
    def __init__(self, name: str) -> None:
        self.offer = Offer("complete", name)

    def begin(self, world: World) -> bool:
        return False

    def offers(self) -> list[Offer]:
        return [self.offer]

    def take(self, offer: Offer, world: World) -> bool:
        return True


class _Count(Going):
    def __init__(self, name: str) -> None:
        self.name = name

    def begin(self, world: World) -> bool:
        world.counts[self.name] = world.counts.get(self.name, 0) + 1
        return True


class _Turned(_Work):
    def __init__(self, block: Turned) -> None:
        super().__init__(block.name)
        self.before, self.turns = block.before, 0

    def begin(self, world: World) -> bool:
        return self.before and not self._more(world)

    def take(self, offer: Offer, world: World) -> bool:
        self.turns += 1
        self.offer = Offer("complete", offer.element)
        return not self._more(world)

    def _more(self, world: World) -> bool:
        return self.turns < MOST_TURNS and world.luck is not None and world.luck > LOW


class _Many(Going):
    def __init__(self, block: Many) -> None:
        self.block, self.left = block, block.count
        self.open: list[Offer] = []

    def begin(self, world: World) -> bool:
        for _ in range(min(self.left, 1 if self.block.sequential else self.left)):
            self._open()
        return not self.open

    def _open(self) -> None:
        self.left -= 1
        self.open.append(Offer("complete", self.block.name))

    def offers(self) -> list[Offer]:
        return list(self.open)

    def take(self, offer: Offer, world: World) -> bool:
        self.open.remove(offer)
        if self.left:
            self._open()
        return not self.open


class _Row(Going):
    def __init__(self, parts: Sequence[Block], level: Level) -> None:
        self.ahead, self.level = list(parts), level
        self.now: Going | None = None

    def begin(self, world: World) -> bool:
        while self.ahead:
            self.now = going(self.ahead.pop(0), self.level)
            if not self.now.begin(world):
                return False
        return True

    def offers(self) -> list[Offer]:
        return self.now.offers() if self.now else []

    def take(self, offer: Offer, world: World) -> bool:
        assert self.now is not None
        return self.now.take(offer, world) and self.begin(world)


class _Together(Going):
    """Those parts that were chosen when it began, all at once."""

    def __init__(self, block: Block, level: Level) -> None:
        self.block, self.level = block, level
        self.open: list[Going] = []

    def begin(self, world: World) -> bool:
        chosen = [going(part, self.level) for part in _chosen(self.block, world)]
        self.open = [one for one in chosen if not one.begin(world)]
        return not self.open

    def offers(self) -> list[Offer]:
        return [offer for one in self.open for offer in one.offers()]

    def take(self, offer: Offer, world: World) -> bool:
        mine = next(one for one in self.open if offer in one.offers())
        if mine.take(offer, world):
            self.open.remove(mine)
        return not self.open


def _chosen(block: Block, world: World) -> Sequence[Block]:
    default, *others = block.parts
    luck = -1 if world.luck is None else world.luck
    if isinstance(block, Fork):
        return block.parts
    if isinstance(block, Some):
        return [part for part, limit in zip(others, (LOW, HIGH), strict=False) if luck > limit] or [default]
    return [part for part, limit in zip(others, (HIGH, LOW), strict=False) if luck > limit][:1] or [default]


class _Again(Going):
    def __init__(self, block: Again, level: Level) -> None:
        self.block, self.level = block, level
        self.turn = _Row(block.parts, level)

    def begin(self, world: World) -> bool:
        return self.turn.begin(world)  # never over at once: a task stands at its end

    def offers(self) -> list[Offer]:
        return self.turn.offers()

    def take(self, offer: Offer, world: World) -> bool:
        if not self.turn.take(offer, world):
            return False
        if world.luck is None or world.luck <= HIGH:
            return True
        self.turn = _Row(self.block.parts, self.level)
        return self.turn.begin(world)


class _Race(Going):
    def __init__(self, block: Race, level: Level) -> None:
        self.block, self.level = block, level
        self.awaited = [Offer("deliver", f"{block.name}_m"), Offer("fire", f"{block.name}_t")]
        self.won: Going | None = None

    def begin(self, world: World) -> bool:
        return False

    def offers(self) -> list[Offer]:
        return self.won.offers() if self.won else list(self.awaited)

    def take(self, offer: Offer, world: World) -> bool:
        if self.won:
            return self.won.take(offer, world)
        self.won = going(self.block.parts[self.awaited.index(offer)], self.level)
        return self.won.begin(world)


class _Scope(Case):
    """A sub-process. `outside` is the level around it, where those who hear its escalation work."""

    def __init__(self, block: Scope, outside: Level) -> None:
        super().__init__(*block.parts)
        self.block, self.outside = block, outside
        self.handlers = Level()
        self.heard = [Offer("deliver", f"{block.name}_h_m")] if block.kind in {"hears", "overhears"} else []

    @property
    def over(self) -> bool:
        return super().over and not self.handlers.beside

    def offers(self) -> list[Offer]:
        return [*super().offers(), *self.handlers.offers(), *([] if super().over else self.heard)]

    def take(self, offer: Offer, world: World) -> bool:
        if offer in self.heard:
            self._hear(world)
        elif not self.handlers.take(offer, world):
            super().take(offer, world)
        return self.over

    def _hear(self, world: World) -> None:
        self.heard = [Offer("deliver", f"{self.block.name}_h_m")] if self.block.kind == "overhears" else []
        if self.block.kind == "hears":
            self._drop()
        self.handlers.add(_Work(f"{self.block.name}_h_t"), world)

    def _drop(self) -> None:
        self.ways, self.level.beside = {}, []

    def ended(self, number: int, world: World) -> None:
        if self.block.kind == "error" and world.luck is not None and world.luck > HIGH:
            raise Thrown
        if self.block.kind == "escalates":
            self.outside.add(_Work(f"{self.block.name}_bt"), world)
        if self.block.kind == "terminate" and number == 1:
            self._drop()


class _Hosted(Going):
    def __init__(self, block: Hosted, level: Level) -> None:
        self.block, self.level = block, level
        activity = block.activity
        self.now: Going = _Scope(activity, level) if isinstance(activity, Scope) else _Work(activity.name)
        self.events = [self._awaits(number) for number in range(len(block.events))]

    def _awaits(self, number: int) -> Offer:
        kinds = {"timer": "fire", "message": "deliver"}
        return Offer(kinds[self.block.events[number][0]], f"{self.block.name}_e{number}")

    def begin(self, world: World) -> bool:
        try:
            return self.now.begin(world)
        except Thrown:
            return self._instead(f"{self.block.activity.name}_bt", world)

    def offers(self) -> list[Offer]:
        return [*self.now.offers(), *self.events]

    def take(self, offer: Offer, world: World) -> bool:
        if offer not in self.events:
            try:
                return self.now.take(offer, world)
            except Thrown:
                return self._instead(f"{self.block.activity.name}_bt", world)
        kind, interrupting = self.block.events[int(offer.element[-1])]
        if interrupting:
            return self._instead(f"{offer.element}_t", world)
        self.events.remove(offer)
        if kind == "message":
            self.events.append(self._awaits(int(offer.element[-1])))
        self.level.add(_Work(f"{offer.element}_t"), world)
        return False

    def _instead(self, name: str, world: World) -> bool:
        self.now, self.events = _Work(name), []
        return self.now.begin(world)


_GOING: Mapping[type[Block], Callable[[Any, Level], Going]] = {
    Work: lambda block, _level: _Work(block.name),
    Count: lambda block, _level: _Count(block.name),
    Turned: lambda block, _level: _Turned(block),
    Many: lambda block, _level: _Many(block),
    Row: lambda block, level: _Row(block.parts, level),
    Again: _Again,
    Hosted: _Hosted,
    Race: _Race,
    Choice: _Together,
    Fork: _Together,
    Some: _Together,
}


def going(block: Block, level: Level) -> Going:
    """Return a block that is to be begun. `level` is the scope that it stands in."""
    return _GOING[type(block)](block, level)
