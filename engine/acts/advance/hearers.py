"""Who hears: the cases that wait for a signal when it is thrown, and the procedures in force that begin with an event.

Each gets an order of its own, carried out in a step of its own. Who begins to wait later does not hear a signal: it is
not kept. Source: BPMN 2.0.2 §10.5.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import aliased

from engine.access import By
from engine.store.cases import SIGNAL, MessageWait
from engine.store.procedures import StartEvent, Version


@dataclass(frozen=True)
class Entrance:
    """An event at which a case of a version begins."""

    version_id: int
    element: str


def entrances(by: By, kind: str, name: str, key: str | None) -> list[Entrance]:
    """Return where a case begins by a message or signal: in the version in force of each procedure, oldest first.

    `key` None: by whatever key.
    """
    later = aliased(Version)
    newer = or_(
        later.effective_from > Version.effective_from,
        and_(later.effective_from == Version.effective_from, later.number > Version.number),
    )
    superseded = exists().where(later.procedure_id == Version.procedure_id, later.effective_from <= by.at, newer)
    query = (
        select(StartEvent.version_id, StartEvent.element)
        .join(Version, Version.id == StartEvent.version_id)
        .where(StartEvent.kind == kind, StartEvent.name == name)
        .where(Version.effective_from <= by.at, ~superseded)
        .order_by(Version.procedure_id, StartEvent.element)
    )
    if key is not None:
        query = query.where(StartEvent.key.is_(None) | (StartEvent.key == key))
    return [Entrance(row.version_id, row.element) for row in by.connection.execute(query)]


def signal_orders(by: By, name: str, payload: Mapping[str, Any], *, but: int | None = None) -> list[dict[str, Any]]:
    """Return the orders of the outbox by which every case that waits now, `but` the one that throws, hears a signal,
    and a case begins of each procedure that begins with it.
    """
    query = select(MessageWait.case_id, MessageWait.task_id, MessageWait.element).where(
        MessageWait.name == name, MessageWait.key == "", MessageWait.kind == SIGNAL
    )
    waits: dict[int, list[list[str]]] = {}
    for case_id, task_id, element in by.connection.execute(query.order_by(MessageWait.case_id)):
        if case_id != but:
            waits.setdefault(case_id, []).append([str(task_id), element])
    said = {"name": name, "payload": dict(payload)}
    heard = [{"case_id": one, "kind": SIGNAL, "payload": {**said, "waits": mine}} for one, mine in waits.items()]
    return heard + [
        {"case_id": but, "kind": "start", "payload": {**said, "version_id": one.version_id, "element": one.element}}
        for one in entrances(by, SIGNAL, name, "")
    ]
