"""The engine's own figures, in this process on SQLite: deploying, scripts, very long cases, size, and the peers.

CPU of this process, everything committed; the peers do the same work in theirs.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from bench import peers, workloads
from bench.data import Town
from bench.stores import Stores
from engine.acts import procedures
from engine.acts.procedures import Bundle

NODES, SCRIPTS = 500, 20
EARLY, PEERS_LATE, VERY_LATE = 5, 480, 5_000  # plain SpiffWorkflow finds nothing ready beyond some 490 rounds
_ROUNDS, _EACH = 5, 20
Figures = dict[str, dict[str, Any]]


def figures(stores: Stores, folder: Path) -> Figures:
    """Measure G15, G17, a case of 5,000 rounds and the state of the permit."""
    town = Town(stores.new("engine"), folder)
    town.found()
    found = {"G15": deployed(town), "G17": scripts(town), "5,000 rounds": aged(town)}
    town.close()
    return found


def deployed(town: Town) -> dict[str, Any]:
    """Measure publishing a process of 500 nodes, tasks and decisions in a row, and starting its first case."""
    xml = _long(NODES)
    spent = [_seconds(lambda number=number: _publish(town, f"longo{number}", xml)) for number in range(3)]  # type: ignore[misc]  # mypy: no type for a default
    return {f"s for {NODES} nodes": round(statistics.median(spent), 2)}


def _publish(town: Town, key: str, xml: bytes) -> None:
    own = xml.replace(b'id="longo"', f'id="{key}"'.encode())
    with town.by() as by:
        procedures.publish(by, Bundle(key=key, name=key, xml=own, forms={}, tables={}, papers={}))


def _long(nodes: int) -> bytes:
    head = (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:c="http://camunda.org/schema/1.0/bpmn">'
    )
    body, before = ['<process id="longo" isExecutable="true"><startEvent id="n0"/>'], "n0"
    for number in range(1, nodes - 1):
        if number % 5:
            body.append(f'<userTask id="n{number}" name="Passo {number}" c:candidateGroups="protocolo"/>')
        else:
            body.append(f'<scriptTask id="n{number}" scriptFormat="feel"><script>x = {number}</script></scriptTask>')
        body.append(f'<sequenceFlow id="f{number}" sourceRef="{before}" targetRef="n{number}"/>')
        before = f"n{number}"
    body.append(f'<endEvent id="fim"/><sequenceFlow id="f_fim" sourceRef="{before}" targetRef="fim"/></process>')
    return "".join([head, *body, "</definitions>"]).encode()


def scripts(town: Town) -> dict[str, Any]:
    """Measure what each of 20 scripts adds to the completion that they follow."""
    gained = []
    for _ in range(_ROUNDS):
        with_scripts = [_second_task(town, workloads.SCRIPTS) for _ in range(_EACH)]
        without = [_second_task(town, workloads.FIVE_TASKS) for _ in range(_EACH)]
        above = _seconds(lambda tasks=with_scripts: [town.complete(task) for task in tasks])  # type: ignore[misc]  # as above
        below = _seconds(lambda tasks=without: [town.complete(task) for task in tasks])  # type: ignore[misc]  # as above
        gained.append((above - below) / _EACH / SCRIPTS * 1000)
    return {"ms for each script": round(statistics.median(gained), 3)}


def _second_task(town: Town, workload: str) -> UUID:
    (task,) = town.start(workload)
    return task


def aged(town: Town, rounds: int = VERY_LATE) -> dict[str, Any]:
    """Compare a completion after 5,000 rounds of a case with one after 5, each read anew."""
    old = [grown(town, rounds) for _ in range(2)]
    ratios = []
    for _ in range(_ROUNDS * 2):
        young = [grown(town, EARLY) for _ in range(2)]
        below = _seconds(lambda tasks=young: _anew(town, tasks))  # type: ignore[misc]  # as above
        ratios.append(_seconds(lambda: _anew(town, old)) / below)
    return {"times the CPU of 5 rounds": round(statistics.median(ratios), 2)}


def grown(town: Town, rounds: int) -> UUID:
    """Start a case of the loop, go round so often, and return the task that is then open."""
    (task,) = town.start(workloads.LOOP)
    for _ in range(rounds):
        (task,) = town.complete(task)
    return task


def _anew(town: Town, tasks: list[UUID]) -> None:
    for position, task in enumerate(tasks):
        town.forget()
        (tasks[position],) = town.complete(task)


def beside_peers(stores: Stores, folder: Path, cases: int = 40) -> Mapping[str, dict[str, Any] | str]:
    """Return the CPU per completion of ours and of each peer, with how many times ours it is (G16).

    After 480 rounds of one case, too, where a peer can.
    """
    peers.require_linux()
    town = Town(stores.new("peers"), folder)
    town.found()
    town.finish(workloads.FIVE_TASKS)
    ours = _seconds(lambda: [town.finish(workloads.FIVE_TASKS) for _ in range(cases)]) / (cases * 5) * 1000
    old = [grown(town, PEERS_LATE)]
    late = _seconds(lambda: [_anew(town, old) for _ in range(_EACH)]) / _EACH * 1000
    town.close()
    found: dict[str, dict[str, Any] | str] = {"Rito": {"ms": round(ours, 2), f"ms after {PEERS_LATE}": round(late, 2)}}
    for name, told in peers.measured(cases, PEERS_LATE):
        found[name] = told if isinstance(told, str) else _compared(told, ours, late)
    return found


def _compared(told: Mapping[str, Any], ours: float, late: float) -> dict[str, Any]:
    values = {"version": told["version"], "ms": round(told["ms"], 2), "times ours": round(told["ms"] / ours, 1)}
    if "late_ms" in told:
        values |= {f"ms after {PEERS_LATE}": round(told["late_ms"], 1)}
        values |= {f"times ours after {PEERS_LATE}": round(told["late_ms"] / late, 1)}
    return values


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
