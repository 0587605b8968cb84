"""What an operator reads when an act by hand on a case is refused: reason to sentence, in Portuguese.

`name` is the element as drawn, `others` what else is concerned. It never decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

HAND: Final[Mapping[str, LazyString]] = {
    "no-such-element": _("O diagrama deste processo não tem o elemento “%(name)s”."),
    "only-undoes": _("“%(name)s” só é feito para desfazer outra atividade: o processo não é posto ali."),
    "in-a-called-process": _("“%(name)s” está em outro procedimento, chamado por este: mexa na atividade que o chama."),
    "no-token": _("O processo já não está neste ponto. Abra-o de novo e veja onde está."),
    "not-before-a-boundary-event": _(
        "“%(name)s” está preso a uma atividade: ponha o processo antes da atividade, ou depois do evento."
    ),
    "not-before-a-join": _(
        "“%(name)s” é uma junção de ramos, que conta de onde vem cada um: ponha o processo antes da última atividade de"
        " um ramo, ou depois da junção."
    ),
    "choose-a-way": _("De “%(name)s” saem vários caminhos: escolha o elemento por onde o processo deve seguir."),
    "nothing-after-the-end": _("Depois de “%(name)s” não há mais nada: ponha o processo antes dele."),
    "several-instances": _("“%(name)s” está aberto mais de uma vez, e não se sabe em qual das vezes mexer."),
    "one-of-many": _("“%(name)s” é uma de várias repetições da mesma atividade: mexa na atividade inteira."),
    "last-token": _("Nada mais está aberto ali além de “%(name)s”: mova-o, ou encerre o processo."),
    "scope-not-open": _("O subprocesso em volta de “%(name)s” não está aberto: mova para lá o que estiver aberto."),
    "not-done": _("“%(name)s” ainda não foi feito neste processo."),
    "already-there": _("O processo já está em “%(name)s”."),
    "nothing-came-of-it": _("Nada do que está aberto veio de “%(name)s”."),
    "not-ended": _("O processo ainda não terminou."),
    "not-a-value": _("“%(path)s” não é um valor que se possa corrigir: dê o caminho de um valor só."),
    "not-undoable": _("Este ato não pode ser desfeito."),
    "moved-since": _("O processo andou depois deste ato: faça um novo ato para acertá-lo."),
    "left-the-house": _("O que este ato provocou já saiu da prefeitura (aviso, documento ou cobrança): não se desfaz."),
    "already-suspended": _("O processo já está suspenso."),
    "not-suspended": _("O processo não está suspenso."),
    "not-returnable": _(
        "O processo não pode ser devolvido a “%(name)s”: ou não passou por ali antes desta tarefa, ou houve depois"
        " assinatura, documento emitido, cobrança ou resposta de fora, ou corre agora um prazo legal que a devolução"
        " encerraria."
    ),
    "join-would-starve": _("A junção “%(name)s” ficaria à espera, para sempre, do que viria de %(others)s."),
    "join-would-fire-twice": _("O mesmo ramo chegaria duas vezes à junção “%(name)s”."),
}
# What each act is called where it is offered and where it was done.
KINDS: Final[Mapping[str, LazyString]] = {
    "correct": _("Corrigir dado"),
    "skip": _("Pular etapa"),
    "move": _("Mover o processo"),
    "add": _("Abrir frente de trabalho"),
    "remove": _("Encerrar frente de trabalho"),
    "restart": _("Refazer etapa"),
    "end": _("Encerrar o processo"),
    "reopen": _("Reabrir o processo"),
    "suspend": _("Suspender o processo"),
    "resume": _("Retomar o processo"),
    "return": _("Devolução"),
}
MOTIVES: Final[Mapping[str, LazyString]] = {
    "documento-faltante": _("falta documento"),
    "informacao-incompleta": _("informação incompleta ou incorreta"),
    "analise-incompleta": _("análise incompleta"),
    "outro-setor": _("cabe a outro setor"),
    "fato-novo": _("fato novo"),
    "outro": _("outro motivo"),
}
