"""What an operator reads of an incident: its cause as a sentence, and what is known beside it, by names people use.

It says nothing that the incident does not hold, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

CAUSES: Final[Mapping[str, LazyString]] = {
    "address-refused": _("%(host)s leva a um endereço que não é da internet aberta; a chamada não foi feita."),
    "answer-too-large": _("A resposta de %(host)s passa de um megabyte."),
    "answer-unreadable": _("A resposta de %(host)s não pôde ser lida."),
    "certificate-refused": _("O certificado de %(host)s não é válido; a chamada não foi feita."),
    "connector-broken": _("O conector falhou por dentro (%(error)s)."),
    "host-not-allowed": _("Chamadas a %(host)s não são permitidas; o administrador as permite em Integrações."),
    "http-redirect": _("%(host)s respondeu %(status)s, que manda a outro endereço; não se segue."),
    "http-status": _("%(host)s respondeu %(status)s."),
    "http-timeout": _("%(host)s não respondeu a tempo."),
    "http-unreachable": _("Não foi possível falar com %(host)s."),
    "input-missing": _("O diagrama não deu ao serviço a entrada %(input)s."),
    "input-type": _("A entrada %(input)s não é do tipo que o serviço espera (%(expected)s)."),
    "mail-address-refused": _("O endereço do destinatário não serve."),
    "mail-message-refused": _("A mensagem tem caracteres que um e-mail não leva."),
    "mail-refused": _("O servidor de e-mail recusou a mensagem (%(smtp)s)."),
    "mail-server-unfit": _("O servidor de e-mail não oferece a segurança pedida."),
    "mail-server-unreachable": _("Não foi possível falar com o servidor de e-mail."),
    "name-not-resolved": _("O nome de %(host)s não foi encontrado."),
    "paper-unknown": _("A versão do procedimento não tem o modelo %(paper)s."),
    "request-unfit": _("O que o diagrama manda enviar não serve (%(input)s)."),
    "result-unfit": _("O serviço devolveu o que não se pode guardar (%(reason)s)."),
    "topic-broken": _("O conector do serviço %(topic)s está com defeito nesta instalação; veja rito doctor."),
    "topic-unknown": _("O serviço %(topic)s já não existe nesta instalação."),
    "url-unfit": _("O endereço que o diagrama dá não é um endereço da web."),
    "value-not-in-cents": _("O valor a cobrar não é positivo, em reais e centavos."),
    "worker-lost": _("%(losses)s processos caíram ao tratar deste pedido. Veja a causa antes de tentar de novo."),
}
LABELS: Final[Mapping[str, LazyString]] = {
    "attempt": _("tentativas"),
    "host": _("destino"),
    "method": _("método"),
    "status": _("resposta"),
    "topic": _("serviço"),
    "paper": _("modelo"),
    "input": _("entrada"),
    "reason": _("motivo"),
    "error": _("erro"),
    "losses": _("processos perdidos"),
}
_SILENT = frozenset({"order", "kind", "what", "retry"})


class _Known(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "?"


def cause(code: str, facts: Mapping[str, Any]) -> str | None:
    """Return the sentence of an incident, by what an outlet says failed or by its own code; None when there is none."""
    said = CAUSES.get(str(facts.get("kind"))) or CAUSES.get(code)
    return None if said is None else str(said) % _Known(facts)


def known_facts(facts: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return (name as people know it, value) of what is to be shown of an incident's facts."""
    return [(str(LABELS.get(name, name)), value) for name, value in facts.items() if name not in _SILENT]
