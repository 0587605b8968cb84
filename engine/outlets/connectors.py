"""Connectors: what a service task may ask for, by topic. They run outside every step's transaction, at least once.

A connector gets the task's inputs and a stable key for idempotence, and returns a JSON object. It must never write to
the store: its result goes back into the case as a step.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from engine.house import House
from engine.outlets import OutletFailed
from engine.outlets.pix import br_code, txid_for
from engine.store.procedures import Lot
from engine.store.session import transaction


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of a connector: the inputs, the case's number, the stable key `case:task:order`, the moment."""

    house: House
    inputs: Mapping[str, Any]
    number: str
    key: str
    at: datetime
    pix_key: str
    due_at: datetime


_CENT = Decimal("0.01")
Connector = Callable[[Call], Mapping[str, Any]]


def _consult_cadastro(call: Call) -> Mapping[str, Any]:
    """Return the lot of an inscrição imobiliária as the city's register has it, and when that was.

    A registration that the register does not know is an answer too: `encontrado` is False.
    """
    registration = str(call.inputs.get("inscricao") or "")
    with transaction(call.house.store, writes=False) as session:
        row = session.execute(select(Lot.facts).where(Lot.registration == registration)).scalar_one_or_none()
    if row is None:
        return {"encontrado": False, "inscricao": registration, "consultado_em": call.at.isoformat()}
    return {"encontrado": True, **row, "inscricao": registration, "consultado_em": call.at.isoformat()}


def _charge_by_pix(call: Call) -> Mapping[str, Any]:
    """Return a Pix charge: txid from the case's number and a sequence, BR Code to copy, value and due date."""
    value = Decimal(str(call.inputs.get("valor") or 0))
    if value <= 0 or value != value.quantize(_CENT):
        raise OutletFailed("value-not-in-cents", retry=False)
    sequence = int(call.inputs.get("sequencia") or 0) + 1
    txid = txid_for(re.sub(r"\D", "", call.number), sequence)
    settings = call.house.settings
    code = br_code(
        call.pix_key, int(value.scaleb(2).to_integral_exact()), txid, f"Municipio de {settings.city}", settings.city
    )
    due = call.due_at.isoformat()
    return {"txid": txid, "valor": value, "sequencia": sequence, "copia_e_cola": code, "vencimento": due}


CONNECTORS: Mapping[str, Connector] = {"cadastro.consultar": _consult_cadastro, "pix.cobrar": _charge_by_pix}
TOPICS = frozenset(CONNECTORS)
