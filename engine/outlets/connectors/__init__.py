"""Connectors: what a service task may ask for, by topic. Rito's own, and those that a city brings as entry points.

They run outside every step's transaction, at least once, and never write to the store: see `contract`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import cast

from engine.house import House
from engine.outlets.connectors import http
from engine.outlets.connectors.contract import Call, Connector, Input, Inside, carry, fits
from engine.outlets.connectors.email import EMAIL
from engine.outlets.connectors.paper import PAPER, as_document, issued
from engine.outlets.connectors.paper import TOPIC as PAPER_TOPIC
from engine.outlets.connectors.plugins import Found, find
from engine.outlets.connectors.registers import CADASTRO, PIX

BUILT_IN: Mapping[str, Connector] = {
    "cadastro.consultar": CADASTRO,
    "pix.cobrar": PIX,
    "http": http.connector(),
    "email": EMAIL,
    PAPER_TOPIC: PAPER,
}


def known(house: House) -> Found:
    """Return the connectors of an installation by topic, and those that are broken with the reason.

    What lies on the house itself goes before: a test brings connectors of its own there, an installation cannot.
    """
    found = brought()
    own = cast(Mapping[str, Connector], house.connectors)
    return Found({**found.connectors, **BUILT_IN, **own}, found.broken)


@lru_cache(maxsize=1)
def brought() -> Found:
    """Return what the city's packages bring, looked for once in a process."""
    return find(BUILT_IN)


__all__ = [
    "BUILT_IN",
    "PAPER_TOPIC",
    "Call",
    "Connector",
    "Found",
    "Input",
    "Inside",
    "as_document",
    "carry",
    "fits",
    "issued",
    "known",
]
