"""The city's own figures: what its register knows of a lot, and a charge by Pix. They ask nobody outside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from engine.outlets import OutletFailed
from engine.outlets.connectors.contract import Call, Connector, Input
from engine.outlets.pix import br_code, txid_for
from engine.store.procedures import Lot
from engine.store.session import transaction
from engine.worktime import Term, due_at

_CENT = Decimal("0.01")
_USUAL_DAYS = 30


def _consult_cadastro(call: Call) -> Mapping[str, Any]:
    """Return the lot of an inscrição imobiliária as the city's register has it, and when that was.

    A registration that the register does not know is an answer too: `encontrado` is False.
    """
    registration = str(call.inputs.get("inscricao") or "")
    with transaction(call.house.house.store, writes=False) as session:
        row = session.execute(select(Lot.facts).where(Lot.registration == registration)).scalar_one_or_none()
    if row is None:
        return {"encontrado": False, "inscricao": registration, "consultado_em": call.at.isoformat()}
    return {"encontrado": True, **row, "inscricao": registration, "consultado_em": call.at.isoformat()}


def _charge_by_pix(call: Call) -> Mapping[str, Any]:
    """Return a Pix charge: txid from the case's number and a sequence, BR Code to copy, value and due date."""
    value = Decimal(str(call.inputs["valor"]))
    if value <= 0 or value != value.quantize(_CENT):
        raise OutletFailed("value-not-in-cents", retry=False)
    sequence = int(call.inputs.get("sequencia") or 0) + 1
    txid = txid_for(re.sub(r"\D", "", call.number), sequence)
    inside, settings = call.house, call.house.house.settings
    key, merchant = str(inside.parameter("pix_chave") or ""), f"Municipio de {settings.city}"
    code = br_code(key, int(value.scaleb(2).to_integral_exact()), txid, merchant, settings.city)
    days = inside.parameter("prazo_pagamento_dias")
    term = Term(int(days) if isinstance(days, Decimal) else _USUAL_DAYS, "corridos")
    due = due_at(call.at, term, inside.calendar).isoformat()
    return {"txid": txid, "valor": value, "sequencia": sequence, "copia_e_cola": code, "vencimento": due}


CADASTRO = Connector(run=_consult_cadastro, inputs=(Input("inscricao"),), inside=True)
PIX = Connector(
    run=_charge_by_pix,
    inputs=(Input("valor", "number", required=True), Input("sequencia", "number"), Input("descricao", "text")),
    outputs=frozenset({"txid", "valor", "sequencia", "copia_e_cola", "vencimento"}),
    inside=True,
)
