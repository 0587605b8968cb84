"""What an installation offers around a diagram and its cases: what service tasks may ask for, and where they may go."""

from __future__ import annotations

from sqlalchemy import select

from engine.access import By
from engine.bpmn.check.around import Topic
from engine.outlets.connectors import Connector, Found, fits
from engine.store.procedures import AllowedOrigin


def topics(found: Found) -> dict[str, Topic]:
    """Return what service tasks may ask for, the broken with the reason."""
    broken = {name: Topic(inputs={}, fits=fits, broken=why) for name, why in found.broken.items()}
    return broken | {name: _topic(connector) for name, connector in found.connectors.items()}


def _topic(connector: Connector) -> Topic:
    inputs = {one.name: (one.kind, one.required) for one in connector.inputs}
    return Topic(inputs=inputs, fits=fits, outputs=connector.outputs)


def origins(by: By) -> frozenset[str]:
    """Return every origin that calls may go to now."""
    allowed = select(AllowedOrigin.origin).where(AllowedOrigin.withdrawn_at.is_(None))
    return frozenset(by.connection.execute(allowed).scalars())
