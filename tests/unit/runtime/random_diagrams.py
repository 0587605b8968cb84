"""Diagrams made by chance out of blocks: sequences, choices, parallel and inclusive parts, loops, sub-processes."""

from __future__ import annotations

import random
from itertools import pairwise

from tests.sketches import Node, boundary_timer, end, exclusive, inclusive, parallel, script, sketch, sub, task


class Random:
    """Draws one diagram. Every block has one way in and one way out, so that it can be understood and must end."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.count = 0

    def draw(self) -> bytes:
        nodes: list[Node] = []
        flows: list[str] = []
        into, out = self._block(3, nodes, flows)
        flows += [f"inicio > pedir > {into}", f"{out} > fim"]
        return sketch([task("pedir", "requerente"), *nodes, end("fim", "emitido")], "\n".join(flows))

    def _name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}_{self.count}"

    def _block(self, depth: int, nodes: list[Node], flows: list[str]) -> tuple[str, str]:
        kinds = [self._task, self._task, self._script]
        if depth:
            kinds += [self._sequence, self._sequence, self._choice, self._parallel, self._parallel]
            kinds += [self._inclusive, self._loop, self._sub]
        return self.chance.choice(kinds)(depth - 1, nodes, flows)

    def _task(self, _depth: int, nodes: list[Node], _flows: list[str]) -> tuple[str, str]:
        name = self._name("t")
        nodes.append(task(name))
        return name, name

    def _script(self, _depth: int, nodes: list[Node], _flows: list[str]) -> tuple[str, str]:
        name = self._name("x")
        nodes.append(script(name, f"{name} = (if {name} = null then 0 else {name}) + 1"))
        return name, name

    def _sequence(self, depth: int, nodes: list[Node], flows: list[str]) -> tuple[str, str]:
        blocks = [self._block(depth, nodes, flows) for _ in range(self.chance.randint(2, 3))]
        flows += [f"{before[1]} > {after[0]}" for before, after in pairwise(blocks)]
        return blocks[0][0], blocks[-1][1]

    def _choice(self, depth: int, nodes: list[Node], flows: list[str]) -> tuple[str, str]:
        return self._fork(depth, (exclusive, "g"), nodes, flows)

    def _parallel(self, depth: int, nodes: list[Node], flows: list[str]) -> tuple[str, str]:
        return self._fork(depth, (parallel, "p"), nodes, flows)

    def _inclusive(self, depth: int, nodes: list[Node], flows: list[str]) -> tuple[str, str]:
        return self._fork(depth, (inclusive, "i"), nodes, flows)

    def _fork(self, depth: int, kind: tuple, nodes: list[Node], flows: list[str]) -> tuple[str, str]:
        gateway, letter = kind
        into, out = self._name(letter), self._name(letter)
        nodes += [gateway(into), gateway(out)]
        for number in range(self.chance.randint(2, 3)):
            first, last = self._block(depth, nodes, flows)
            condition = "" if letter == "p" else " : *" if number == 0 else f" : sorte > {number * 3}"
            flows += [f"{into} > {first}{condition}", f"{last} > {out}"]
        return into, out

    def _loop(self, depth: int, nodes: list[Node], flows: list[str]) -> tuple[str, str]:
        into, out, mark = self._name("g"), self._name("g"), self._name("t")
        nodes += [exclusive(into), exclusive(out), task(mark)]
        first, last = self._block(depth, nodes, flows)
        flows += [f"{into} > {first}", f"{last} > {mark} > {out}", f"{out} > {into} : sorte > 6"]
        after = self._name("x")
        nodes.append(script(after, f"{after} = true"))
        flows.append(f"{out} > {after} : *")
        return into, after

    def _sub(self, depth: int, nodes: list[Node], flows: list[str]) -> tuple[str, str]:
        name, late, out = self._name("s"), self._name("b"), self._name("g")
        inside: list[Node] = []
        ways: list[str] = []
        first, last = self._block(depth, inside, ways)
        ways += [f"inicio_{name} > {first}", f"{last} > fim_{name}"]
        nodes += [sub(name, [*inside, end(f"fim_{name}")], "\n".join(ways)), boundary_timer(late, name, "P3D")]
        nodes.append(exclusive(out))
        flows += [f"{name} > {out}", f"{late} > {out}"]
        return name, out
