"""The words of the mails that Rito sends. Short, in plain Portuguese, with the protocol number and where to go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.settings import Settings

_OUTCOMES = {
    "emitido": "o documento foi emitido e pode ser baixado na página de acompanhamento",
    "indeferido": "o pedido foi indeferido; a decisão está na página de acompanhamento",
    "arquivado": "o pedido foi arquivado",
    "desistencia": "a desistência foi registrada e o processo foi encerrado",
    "tacito": "o pedido foi aprovado tacitamente; a certidão está na página de acompanhamento",
}


def written_notice(payload: Mapping[str, Any], settings: Settings) -> tuple[str, str]:
    """Return (subject, text) of a notice: demand, ended, near or validity."""
    number, what = payload["number"], str(payload.get("what") or "")
    subject, sentence = {
        "demand": ("aguarda você", f"A prefeitura aguarda a sua parte: {what}."),
        "ended": ("encerrado", f"O seu processo terminou: {_OUTCOMES.get(what, what)}."),
        "near": ("prazo próximo", f"O prazo está próximo: {what}."),
        "validity": ("validade próxima do fim", f"O documento emitido vale até {what[:10]}."),
    }[payload["notice"]]
    follow = f"Acompanhe em {settings.base_url}/acompanhar com o número do protocolo e o código de acesso."
    return f"Processo {number}: {subject}", f"{sentence}\n\n{follow}\n\nPrefeitura de {settings.city}\n"
