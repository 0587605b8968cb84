"""What people read when something was not done: the sentence and the HTTP status of every error code, in Portuguese.

Facts of the error fill the places in the sentence. It never decides anything, and the engine never reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from engine.errors import Refused
from web.filters import moment_text
from web.hand_messages import HAND

SENTENCES: Final[Mapping[str, tuple[LazyString, int]]] = {
    "refused": (_("Isto não pôde ser feito."), 400),
    "not-found": (_("Não encontramos o que você procura, ou não está entre o que você pode ver."), 404),
    "denied": (_("Isto não cabe ao seu papel na prefeitura."), 403),
    "sign-in-needed": (_("Entre para continuar."), 401),
    "bad-login": (_("Usuário ou senha não conferem."), 401),
    "too-many-attempts": (_("Foram muitas tentativas. Espere %(wait)s e tente de novo."), 429),
    "answers-refused": (_("Há respostas a corrigir."), 422),
    "task-not-open": (_("Esta tarefa já foi concluída por %(by)s (%(at)s)."), 409),
    "task-taken": (_("Esta tarefa está com %(by)s."), 409),
    "case-moved": (_("O processo mudou enquanto você trabalhava nele. Abra-o de novo e repita."), 409),
    "key-reused": (_("Este formulário já foi enviado com outras respostas. Abra a página de novo."), 422),
    "diagram-refused": (_("O diagrama não pode ser publicado: há o que corrigir."), 422),
    "error-not-caught": (_("A atividade terminou com o erro %(error)s, que o diagrama não trata."), 422),
    "expression-refused": (_("A expressão não pôde ser lida: %(reason)s, linha %(line)s, coluna %(column)s."), 422),
    "call-refused": (_("A chamada %(element)s não pôde começar: %(reason)s."), 422),
    "decision-refused": (_("A tabela de decisão %(table)s não deu resposta: %(reason)s."), 422),
    "another-under-way": (_("Aqui se faz uma atividade de cada vez, e %(name)s já começou. Conclua-a antes."), 409),
    "instances-refused": (
        _("Não se pôde dizer quantas vezes a atividade %(element)s deve ser feita: %(why)s."), 422,
    ),
    "file-refused": (_("O arquivo %(name)s não pode ser aceito: %(why)s."), 422),
    "outlet-failed": (_("Outro sistema não respondeu como se esperava. Tente de novo em instantes."), 502),
    "message-unmatched": (_("Nenhum processo aguarda esta mensagem."), 404),
    "bad-input": (_("O pedido não está na forma esperada."), 400),
    "state-not-readable": (_("O andamento guardado do processo não pôde ser lido. A equipe técnica foi avisada."), 500),
    "runaway-case": (_("O processo não chegou a um ponto de espera. A equipe técnica foi avisada."), 500),
    "case-stuck": (_("O processo não pôde avançar. O que houve foi registrado, e um operador vai tratar disso."), 409),
    "begins-by-event": (_("Os processos deste procedimento começam por um evento; ninguém os inicia."), 409),
    "case-closed": (_("Este processo já terminou."), 409),
    "move-not-undone": (_("A mudança de versão não pode mais ser desfeita: o processo já andou depois dela."), 409),
    "signature-refused": (_("A assinatura não foi feita: %(why)s."), 422),
    "case-suspended": (_("O processo está suspenso desde %(at)s: nada nele anda até que seja retomado."), 409),
    "hand-refused": (_("Este ato não pode ser feito neste processo como ele está."), 409),
}  # fmt: skip

REASONS: Final[Mapping[str, LazyString]] = {
    "password": _("a senha não confere"),
    "document-not-ready": _("o documento ainda está sendo preparado; tente de novo em instantes"),
    "level": _("este nível de assinatura não está disponível aqui"),
    "empty": _("está vazio"),
    "null-collection": _("a lista não existe"),
    "not-a-list": _("o que foi indicado não é uma lista"),
    "not-a-number": _("o número não é inteiro, ou é negativo"),
    "too-many": _("são mais do que se permite"),
    "too-large": _("passa do tamanho permitido"),
    "unknown-type": _("o tipo não foi reconhecido"),
    "type-disagrees": _("o conteúdo não corresponde ao nome"),
    "type-refused": _("este tipo não é aceito aqui"),
}
STATUSES: Final[Mapping[int, LazyString]] = {
    400: _("O pedido não pôde ser entendido. Volte e tente de novo."),
    404: _("Esta página não existe, ou mudou de lugar."),
    405: _("Esta página não aceita o que foi pedido."),
    415: _("O tipo de conteúdo enviado não é aceito aqui."),
    413: _("O envio passa do tamanho permitido. Envie arquivos menores, ou menos de uma vez."),
    429: _("São muitos pedidos ao mesmo tempo. Espere um instante e tente de novo."),
    500: _("Algo deu errado do nosso lado. O que houve foi registrado; tente de novo em instantes."),
    503: _("O sistema está ocupado. Nada foi feito pela metade: espere alguns segundos e tente de novo."),
}  # fmt: skip
TITLES: Final[Mapping[int, LazyString]] = {
    400: _("Pedido não entendido"),
    401: _("É preciso entrar"),
    403: _("Sem permissão"),
    404: _("Não encontrado"),
    405: _("Pedido não aceito"),
    409: _("Mudou enquanto você trabalhava"),
    413: _("Envio grande demais"),
    415: _("Tipo de conteúdo não aceito"),
    422: _("Há o que corrigir"),
    429: _("Espere um pouco"),
    500: _("Algo deu errado"),
    503: _("Sistema ocupado"),
}
# What is wrong with the shape of a request to the API, by the code in BadInput's `errors`.
SHAPES: Final[Mapping[str, LazyString]] = {
    "required": _("Falta este campo."),
    "unknown": _("Este campo não é conhecido."),
    "invalid": _("O valor não é do tipo esperado."),
    "pattern": _("O valor não está no formato esperado."),
    "length": _("O texto é curto ou longo demais."),
    "range": _("O número está fora dos limites."),
    "not-an-option": _("O valor não está entre os aceitos."),
    "taken": _("Este nome já está em uso."),
    "cursor": _("Este marcador de página não é válido; use o que a página anterior deu."),
    "too-deep": _("O conteúdo tem níveis demais, um dentro do outro."),
    "too-long": _("O texto é longo demais."),
    "number-too-long": _("O número tem algarismos demais."),
    "bad-characters": _("Há caracteres que não podem ser guardados."),
}
STALE_PAGE: Final[LazyString] = _("A página ficou aberta tempo demais. Volte, recarregue e envie de novo.")
_CANCELLED: Final[LazyString] = _(
    "Esta tarefa foi encerrada pelo andamento do processo (%(at)s): não é mais preciso fazê-la."
)
_NOBODY: Final[LazyString] = _("outra pessoa")


@dataclass(frozen=True)
class Said:
    """An error as people read it."""

    status: int
    title: str
    sentence: str


class _Facts(dict[str, str]):
    """Facts as people read them; a place without a fact stays blank rather than break the page."""

    def __missing__(self, name: str) -> str:
        return ""


def say(refused: Refused) -> Said:
    """Return how a refusal reads and its HTTP status. Raises: KeyError for a code without a sentence (a test holds)."""
    sentence, status = SENTENCES[refused.code]
    if refused.code == "task-not-open" and refused.facts.get("by") == "motor":
        sentence = _CANCELLED
    if refused.code == "hand-refused":
        sentence = HAND.get(str(refused.facts.get("reason")), sentence)
    return Said(status, title(status), str(sentence) % _Facts(_spoken(refused.facts)))


def say_status(status: int) -> Said:
    """Return how a bare HTTP status reads."""
    return Said(status, title(status), str(STATUSES.get(status) or STATUSES[500 if status >= 500 else 400]))


def title(status: int) -> str:
    """Return the heading of an error page."""
    return str(TITLES.get(status) or TITLES[500 if status >= 500 else 400])


def _spoken(facts: Mapping[str, object]) -> dict[str, str]:
    spoken = {name: _words(value) for name, value in facts.items()}
    spoken["name"] = spoken.get("name") or spoken.get("element", "")
    spoken["by"] = spoken.get("by") or str(_NOBODY)
    reason = str(facts.get("reason") or "")
    spoken["why"] = str(REASONS.get(reason, reason))
    seconds = facts.get("retry_after")
    if isinstance(seconds, int):
        spoken["wait"] = _wait(seconds)
    return spoken


def _words(value: object) -> str:
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, list):
        return ", ".join(f"“{one}”" for one in value)
    return "" if value is None else str(value)


def _wait(seconds: int) -> str:
    if seconds < 90:
        return str(_("%(count)s segundos")) % {"count": seconds}
    return str(_("%(count)s minutos")) % {"count": -(-seconds // 60)}
